"""The API of clubs, split by noun."""
