"""The catalog's API: parse, authorize, call one service, answer."""
