"""The pages that dispatchers and operators see."""
