"""Readers and writers of the file formats that orders and plans come in."""
