"""The video fold: one table, five kinds of facts, a change where a count changes. What all engines run."""
