"""The watcher: samples the servers, assesses, does what consoles ask for."""
