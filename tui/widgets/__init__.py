"""What draws: a widget takes lines, rows or series, and sends only the cells that changed."""
