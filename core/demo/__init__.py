"""A demonstration server with a live workload, which leaves nothing behind."""
