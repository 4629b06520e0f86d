"""Detector and ETA figures against the truth, beside the baselines."""
