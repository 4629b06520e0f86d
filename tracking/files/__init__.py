"""Tracks and plans read from files: GPX, JSON lines, CSV, GeoJSON."""
