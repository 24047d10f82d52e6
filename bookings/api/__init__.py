"""The API of halls and their bookings."""
