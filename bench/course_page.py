"""The public course page: kept, rendered for the anonymous, rendered for a student signed in."""

from bench.figures import Figure
from bench.pages import UNCACHED, Case, kept, rendered
from bench.tools import manage, python, start_server, surroundings

CHOOSE = """
from django.db.models import Count
from learning.catalog.models import Course
found = list(Course.objects.published().annotate(n=Count("sections")).filter(n__gt=0).order_by("n", "code"))
print(found[len(found) // 2].get_absolute_url(), found[-1].get_absolute_url())
"""
SIGN_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.conf import settings
from campus.accounts.models import User
user = User.objects.get(email="student@quad.example")
store = SessionStore()
store[SESSION_KEY] = str(user.pk)
store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
store[HASH_SESSION_KEY] = user.get_session_auth_hash()
store.create()
print(settings.SESSION_COOKIE_NAME + "=" + store.session_key)
"""
NAME = "Course page"


def run() -> list[Figure]:
    """Measure all of it against the bare view (``bench/bare.py``)."""
    with surroundings() as env:
        manage(env, "seed_demo")
        typical, many = python(env, CHOOSE).split()[-2:]
        cookie = python(env, SIGN_IN).split()[-1]
        cases = {
            "anonymous, median number of sections": Case(typical + UNCACHED),
            "anonymous, most sections": Case(many + UNCACHED, judged=False),
            "signed in, median number of sections": Case(typical, cookie),
            "signed in, most sections": Case(many, cookie, judged=False),
        }
        with (
            start_server(env) as ours,
            start_server(env, target="bench.bare:application") as bare,
        ):
            return [
                *kept(ours, bare, many, name=NAME),
                *rendered(env, ours, bare, cases, name=NAME),
            ]
