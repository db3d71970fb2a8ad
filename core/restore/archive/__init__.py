"""What is in a backup's archive, and which of it a restore takes."""
