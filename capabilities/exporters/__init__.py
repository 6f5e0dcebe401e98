"""Requirements as files that people edit and our importers read back. Plain values in, text out."""
