"""HTTP endpoints: parse, call one action, format."""
