"""A replay: workers of this release fold the whole input log anew, into topics beside the live ones.

What they publish in the end is compared with what stands: the trial before a new release goes live. The audit
asks whether the state is right; a replay asks whether this program would make the same of it.
"""
