"""Orders and shifts become a plan: who goes where, and when."""
