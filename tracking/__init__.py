"""Pings become positions, lateness and news: what really happens."""
