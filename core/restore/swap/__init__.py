"""In place by swap: restored beside, compared, then both names exchanged in one transaction."""
