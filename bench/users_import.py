"""The import of 10,000 users: rows a second beside a bare bulk insert, and the memory it takes at its peak.

The bare run reads the same file by ``csv`` and inserts the accounts by ``bulk_create`` in one transaction:
no check, no preview, no roles, no log, no invitations. Runs alternate; each brings new people.
"""

import json
import statistics
from collections.abc import Mapping

from bench import tools
from bench.figures import Figure, bound_figure, ratio_figure

ROWS = 10_000
ROUNDS = 2
MEMORY_AT_MOST = 64.0
CODE = """
import csv, io, json, time, tracemalloc
from django.db import transaction
from django.contrib.auth.hashers import make_password
from campus.accounts.models import User
from campus.accounts import services as accounts
from portal.imports import engine, services
from portal.roles import Role

ROWS, ROUNDS = 10_000, ROUNDS_RUN
admin = User.objects.create_superuser("bench@x.example", None)
accounts.set_roles(user=admin, roles={Role.ADMIN}, actor=None)

def content(tag, rows):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["email", "full_name", "roles", "language"])
    for n in range(rows):
        writer.writerow([f"p{tag}-{n}@x.example", f"Person {n}", "student", "en"])
    return out.getvalue().encode()

def bare(data):
    password = make_password(None)
    rows = csv.DictReader(io.StringIO(data.decode()))
    users = [
        User(email=row["email"], full_name=row["full_name"], language=row["language"], password=password)
        for row in rows
    ]
    with transaction.atomic():
        User.objects.bulk_create(users, batch_size=1000)

def ours(data):
    began = time.perf_counter()
    owner = services.upload(kind="users", file=io.BytesIO(data), name="u.csv", actor=admin)
    engine.check(owner.pk)
    checked = time.perf_counter()
    owner.refresh_from_db()
    services.apply(owner=owner, actor=admin)
    engine.apply(owner.pk)
    owner.refresh_from_db()
    assert owner.result == {"created": ROWS} or owner.rows_total != ROWS, owner.problem
    return checked - began, time.perf_counter() - checked

told = {"bare": [], "check": [], "apply": []}
ours(content("warm", 10)); bare(content("warmbare", 10))
for round in range(ROUNDS):
    data = content(f"b{round}", ROWS)
    began = time.perf_counter(); bare(data); told["bare"].append(time.perf_counter() - began)
    check, write = ours(content(f"o{round}", ROWS))
    told["check"].append(check); told["apply"].append(write)
peaks = {}
for rows in (1_000, ROWS):
    data = content(f"m{rows}", rows)
    tracemalloc.start()
    ours(data)
    peaks[rows] = tracemalloc.get_traced_memory()[1] / 1024**2
    tracemalloc.stop()
told["peak"], told["peak_tenth"] = peaks[ROWS], peaks[1_000]
print(json.dumps(told))
""".replace("ROUNDS_RUN", str(ROUNDS))


def figures(env: Mapping[str, str]) -> list[Figure]:
    """Speed and memory, on a migrated database."""
    told = json.loads(tools.python(dict(env), CODE).strip().splitlines()[-1])
    whole = [check + write for check, write in zip(told["check"], told["apply"], strict=True)]
    how = f"{ROWS:,} new accounts by CSV, PostgreSQL, one process, {ROUNDS} alternating rounds"
    return [
        ratio_figure(
            name="Import of 10,000 users, written (all or nothing)",
            values=[ROWS / seconds for seconds in told["apply"]],
            unit="rows/s",
            limit_name="bare bulk insert of the accounts alone",
            limits=[ROWS / seconds for seconds in told["bare"]],
            target="at least 20% of the bare insert, with roles, addresses, log and invitations",
            at_least=0.2,
            run=how,
        ),
        Figure(
            name="Import of 10,000 users, upload to result",
            value=statistics.median(whole),
            unit="s",
            target="told for information",
            run=f"{how}; checking {statistics.median(told['check']):.1f} s of it",
        ),
        bound_figure(
            name="Import of 10,000 users, peak of memory (Python's own)",
            values=[told["peak"]],
            unit="MB",
            at_most=MEMORY_AT_MOST,
            target=f"at most {MEMORY_AT_MOST:.0f} MB",
            run=f"{how}; with 1,000 rows {told['peak_tenth']:.1f} MB",
        ),
    ]
