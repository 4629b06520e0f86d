"""What `make bench-tracking` draws."""
