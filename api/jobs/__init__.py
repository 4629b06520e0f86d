"""Long work: solver jobs in child processes of the service."""
