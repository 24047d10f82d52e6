"""Pages of events, split by who opens them: everybody, the registered, organizers, the door."""
