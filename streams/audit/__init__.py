"""An audit: the input log, folded apart from the steps, against what the workers made of it. Read-only.

Nothing of `streams.domain`, the steps or their tables decides here what is right, so that a mistake there
cannot be made here, too. Why: docs/decisions/012.
"""
