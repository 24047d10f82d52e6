"""The pages of halls and their bookings."""
