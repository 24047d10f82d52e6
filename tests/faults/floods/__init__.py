"""Whoever connects and does not behave: heads, bodies and frames that flood, lie or stand still."""
