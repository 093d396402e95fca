"""The commands of `link-status`, a file each: they ask, call, and print. What they do is done elsewhere."""
