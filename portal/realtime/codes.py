"""The close codes of our sockets; ``docs/realtime.md`` tells clients what to do on each."""

RESTART = 1012
TRY_LATER = 1013
SIGNED_OUT = 4401
RIGHT_LOST = 4403
TOO_SLOW = 4408
TOO_MANY = 4429
