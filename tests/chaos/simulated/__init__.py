"""Schedules without a broker: the real steps, tasks, tables, commits and restoration, on a Kafka of lists.

One seed is one world: what is published, which worker does what when, and where each dies.
"""
