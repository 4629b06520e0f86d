"""One file a phone app: what it sends, read into pings; pure, the moment of receiving is an argument."""
