"""Plans in progress: how long one more order, a search around it and slots on the phone take."""
