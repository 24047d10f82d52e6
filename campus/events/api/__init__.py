"""The API of events, split by noun: events, those who come, the door, calendars."""
