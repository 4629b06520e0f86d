"""The demo: a day of couriers in central Helsinki, moved through the public API."""
