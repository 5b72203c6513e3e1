"""Benchmarks: the same models on the same data by skdask, scikit-learn and their peers.

`python -m benchmarks` runs them; README.md tells the protocol. What a child process imports
(this file, `child`, `data`, `systems`, `workloads`) needs nothing but NumPy and the measured
system, so that a peer can run in an environment of its own.
"""
