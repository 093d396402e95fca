"""The whole job: five sources, both steps, all sinks, in worker processes."""
