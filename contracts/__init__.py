"""What others hold on to, made from the models and `topics.yaml`: the AsyncAPI document and its page,
released schemas, and the gate that no breaking change passes. The program does not need it.
"""
