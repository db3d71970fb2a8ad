"""TOML in, validated settings out; secrets are references, never values."""
