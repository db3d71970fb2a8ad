"""A repository in a bucket of S3, or of something that speaks it."""
