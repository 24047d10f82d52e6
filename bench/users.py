"""The admin's list of users: with a million beside a thousand, in time and in queries.

``python -m bench users``.
"""

from bench import tools
from bench.figures import Figure, bound_figure
from bench.pages import grown, queries

FEW, MANY = 1_000, 1_000_000
LIST = "/admin/users/"
ADDRESSES = {
    "first page": LIST,
    "second page": LIST + "?p=2",
    "searched for part of a name": LIST + "?q=ilsen%20Brook4711",
    "searched for part of an e-mail": LIST + "?q=person4711%40",
}
MAKE = """
from django.db import connection
from campus.accounts.models import User
pattern = User.objects.create_user(email="pattern@example.org")
with connection.cursor() as c:
    c.execute("SET synchronous_commit = off")
    # Copies of one user that the portal made, whatever columns there are.
    c.execute('''INSERT INTO accounts_user SELECT (jsonb_populate_record(u, jsonb_build_object(
          'id', 1000 + n, 'email', 'person' || n || '@example.org',
          'full_name', 'Nilsen Brook' || n || ' ' || md5(n::text),
          'last_login', CASE WHEN n %% 3 = 0 THEN now() - n * interval '1 second' END))).*
      FROM accounts_user u, generate_series(1, {number}) n WHERE u.id = %s''', [pattern.pk])
    c.execute('''INSERT INTO accounts_user_groups (user_id, group_id)
      SELECT u.id, g.id FROM accounts_user u, auth_group g WHERE g.name = 'student' ''')
    c.execute("VACUUM ANALYZE")
"""
ADMIN = """
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from campus.accounts.models import User
user = User.objects.create_superuser(email="bench@quad.example", password=None, full_name="Bench")
store = SessionStore()
store[SESSION_KEY] = str(user.pk)
store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
store[HASH_SESSION_KEY] = user.get_session_auth_hash()
store.create()
print(settings.SESSION_COOKIE_NAME + "=" + store.session_key)
"""
QUERIES_AT_MOST = 20


def run() -> list[Figure]:
    """Times of each address with many users beside few; queries with many."""
    with tools.surroundings() as few:
        cookie = tools.python(few, ADMIN).split()[-1]
        with tools.database(template=few["DATABASE_URL"]) as url, tools.redis() as redis:
            many = few | {"DATABASE_URL": url, "REDIS_URL": redis}
            tools.python(few, MAKE.replace("{number}", str(FEW)))
            tools.python(many, MAKE.replace("{number}", str(MANY)))
            with tools.start_server(few) as small, tools.start_server(many) as large:
                figures = [
                    _times(small, large, cookie, name, address)
                    for name, address in ADDRESSES.items()
                ]
            return [*figures, _queries(many, cookie)]


def _times(
    small: tools.Server, large: tools.Server, cookie: str, name: str, address: str
) -> Figure:
    return grown(
        small,
        large,
        address,
        name=f"The admin's list of users, {MANY:,} users, {name}",
        beside=f"{FEW:,} users",
        at_most=1.5,
        headers={"Cookie": cookie},
    )


def _queries(env: tools.Env, cookie: str) -> Figure:
    return bound_figure(
        name=f"The same: queries, {MANY:,} users, first page",
        values=[queries(env, LIST, cookie)],
        unit="queries",
        at_most=QUERIES_AT_MOST,
        target=f"at most {QUERIES_AT_MOST}",
        run="no server: Django's test client in one process, second rendering",
    )


if __name__ == "__main__":
    for figure in run():
        print(figure)
