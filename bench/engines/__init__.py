"""The engines that run the video fold, each in the set-ups that were found best for it.

Each is a program that takes its orders from the environment: BROKER (host:port), RUN (its consumer group and
the prefix of its own topics), SOURCE, SINK, DATA (a directory), GUARANTEE (at_least_once or exactly_once),
EVENTS (how many there are in all) and INDEX (of the process). It prints BEGIN with its first record, flushes
when it has seen all events itself, and works until SIGTERM.
"""
