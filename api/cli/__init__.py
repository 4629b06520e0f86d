"""The `corridor` command."""
