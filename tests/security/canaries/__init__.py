"""Secrets that sing: planted at every door of real processes, and looked for wherever words are kept."""
