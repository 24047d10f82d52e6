"""The access table, and the tests that hold the portal against it."""
