"""The only user of OR-Tools: model, search and reading back, one subject a file."""
