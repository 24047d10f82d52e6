"""Tests in a real browser: what a person with a phone, a keyboard or a screen reader meets."""
