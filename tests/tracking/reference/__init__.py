"""The detectors in plain Python, as they were written first: what the compiled ones have to agree with."""
