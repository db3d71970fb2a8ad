"""Where backups are kept: one protocol, spoken by a folder and by a bucket of S3."""
