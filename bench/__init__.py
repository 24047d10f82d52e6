"""The figures of ``docs/benchmarks.md``: each measured beside its limit in the same run."""
