"""Whole pages kept for the anonymous, and never a stale one.

A view says that its answer may be kept, and what the answer is made of::

    may_cache(request, "courses", params=("level", "page"))

and whoever changes what such pages show says so, inside the transaction of the change::

    touch("courses", f"course:{course.pk}")

What pages ask for again and again (a menu, the choices of a form) is kept by ``remember`` under the
same tags. How it holds together stands in ``docs/decisions/0010-page-cache.md``.

Tags in use: ``site`` (the words of editors, the catalog, names of people and places; all that is kept
depends on it), ``courses`` (which sections in lists are full), ``course:<id>`` (seats and waiting
lists of one course's sections), ``events`` (lists of events, and which are full), ``event:<id>`` (one
event with its places), ``clubs`` (lists of clubs), ``club:<id>`` (one club).
"""

from portal.pagecache.marks import may_cache
from portal.pagecache.registry import register
from portal.pagecache.values import remember
from portal.pagecache.versions import touch
from portal.pagecache.wsgi import PageCache, observe

__all__ = ["PageCache", "may_cache", "observe", "register", "remember", "touch"]
