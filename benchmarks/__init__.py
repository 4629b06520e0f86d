"""Measurements of Corridor beside its peers; not part of the installed distribution."""
