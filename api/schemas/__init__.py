"""Shapes of requests and answers; the only place where JSON names are chosen."""
