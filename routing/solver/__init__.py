"""The only user of OR-Tools and of compiled code: models, kernels and searches, one subject a file."""
