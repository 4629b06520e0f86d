"""The edge: web, database, jobs and command line."""
