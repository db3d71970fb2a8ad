"""The demonstration's clients: ``python -m core.demo.workload`` with a brief on standard input."""
