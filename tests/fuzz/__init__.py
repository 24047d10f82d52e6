"""The API against its own description: schemathesis draws requests, everybody sends them (F1, F2)."""
