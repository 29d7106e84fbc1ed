"""The catalogue's way in and out of files."""
