"""Whether this container's server can serve: what compose asks. Ends with 0 if so, else with the reason."""

import os
import sys
from urllib.error import URLError
from urllib.request import Request, urlopen

ADDRESS = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/health/ready"
# Django answers only to its own names; ".example.edu" stands for all names below it.
HOST = (
    os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".").replace("*", "localhost")
)

try:
    with urlopen(Request(ADDRESS, headers={"Host": HOST or "localhost"}), timeout=4):
        pass
except URLError as error:  # a 503 is one, too
    sys.exit(f"{ADDRESS}: {error}")
