"""One user's wish each, one transaction each: load, decide, save."""
