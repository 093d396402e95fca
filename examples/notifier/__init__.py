"""A reference subscriber: tells creators what happens to their links, and spares them what comes and goes."""
