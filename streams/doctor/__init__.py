"""Whether a worker would do well here: a look at the machine, the broker, the topics and our rights on them.

Changes nothing, on the broker least of all.
"""
