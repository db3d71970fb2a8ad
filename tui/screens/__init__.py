"""What fills the terminal: the overview, the areas, details, the server switcher, help."""
