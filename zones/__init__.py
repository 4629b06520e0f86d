"""Places on the earth, and which delivery zone a place is in."""
