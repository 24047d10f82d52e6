"""The import of a OneRoster archive of 10,000 rows: rows a second beside a bare bulk insert, and its memory.

The archive holds as many roles, users and enrollments of new students in one new section. The bare run reads
users and enrollments of the same archive by ``csv`` and inserts students and enrollments by ``bulk_create``
in one transaction: no check, no preview, no rules, no log. Runs alternate; each brings a new institution.
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
import csv, io, json, time, tracemalloc, zipfile
from django.db import transaction
from django.utils import timezone
from campus.accounts import services as accounts
from campus.accounts.models import User
from campus.institutions.models import Department, Institution
from campus.people.models import Student
from learning.catalog.models import Course, Season, Section
from learning.enrollments.models import Enrollment
from portal.imports import engine, services
from portal.roles import Role

PEOPLE = ROWS_IN_ALL // 3
admin = User.objects.create_superuser("bench-rosters@x.example", None)
accounts.set_roles(user=admin, roles={Role.ADMIN}, actor=None)

def archive(tag, people):
    place = Institution.objects.create(slug=f"r{tag}", name=f"Roster {tag}")
    numbers = [f"s{n}" for n in range(people)]
    tables = {
        "manifest": ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.2"],
        "orgs": [
            "sourcedId,name,type,identifier", f"o,{place.name},school,{place.slug}", "d,Dept,department,D"
        ],
        "academicSessions": ["sourcedId,title,type,startDate,endDate", "t,Term,term,2099-01-01,2099-06-01"],
        "courses": ["sourcedId,title,courseCode,orgSourcedId", f"c,Course,{tag} 1,d"],
        "classes": ["sourcedId,title,courseSourcedId,schoolSourcedId,termSourcedIds", "k,Class,c,o,t"],
        "roles": ["sourcedId,userSourcedId,role,orgSourcedId", *(f"r{n},{n},student,o" for n in numbers)],
        "users": ["sourcedId,givenName,familyName", *(f"{n},Person,Number {n}" for n in numbers)],
        "enrollments": [
            "sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role",
            *(f"e{n},k,o,{n},student" for n in numbers),
        ],
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, lines in tables.items():
            file.writestr(f"{name}.csv", "\\r\\n".join(lines))
    return place, out.getvalue()

def bare(place, data):
    department = Department.objects.create(institution=place, code="D", name="Dept", slug=f"{place.slug}-d")
    course = Course.objects.create(
        institution=place, department=department, code="C", slug=f"{place.slug}-c", title="Course"
    )
    season = Season.objects.create(
        institution=place, code="t", name="Term", starts="2099-01-01", ends="2099-06-01"
    )
    section = Section.objects.create(course=course, season=season, number="k")
    began = time.perf_counter()
    with zipfile.ZipFile(io.BytesIO(data)) as file, transaction.atomic():
        def rows(name):
            return csv.DictReader(io.TextIOWrapper(file.open(f"{name}.csv"), "utf-8", newline=""))
        students = {
            row["sourcedId"]: Student(
                institution=place, number=row["sourcedId"], name=f"{row['givenName']} {row['familyName']}"
            )
            for row in rows("users")
        }
        Student.objects.bulk_create(students.values(), batch_size=1000)
        now = timezone.now()
        Enrollment.objects.bulk_create(
            [
                Enrollment(student=students[row["userSourcedId"]], section=section, since=now)
                for row in rows("enrollments")
            ],
            batch_size=1000,
        )
    return time.perf_counter() - began

def ours(place, data, people):
    began = time.perf_counter()
    owner = services.upload(kind="oneroster", file=io.BytesIO(data), name="r.zip", actor=admin)
    engine.check(owner.pk)
    checked = time.perf_counter()
    owner.refresh_from_db()
    services.apply(owner=owner, actor=admin)
    engine.apply(owner.pk)
    owner.refresh_from_db()
    assert owner.result.get("enrolled") == people, (owner.state, owner.problem, owner.result)
    return checked - began, time.perf_counter() - checked

told = {"bare": [], "check": [], "apply": []}
ours(*archive("warm", 10), 10); bare(*archive("warmbare", 10))
for round in range(ROUNDS_RUN):
    told["bare"].append(bare(*archive(f"b{round}", PEOPLE)))
    check, write = ours(*archive(f"o{round}", PEOPLE), PEOPLE)
    told["check"].append(check); told["apply"].append(write)
peaks = {}
for people in (PEOPLE // 10, PEOPLE):
    place, data = archive(f"m{people}", people)
    tracemalloc.start()
    ours(place, data, people)
    peaks[people] = tracemalloc.get_traced_memory()[1] / 1024**2
    tracemalloc.stop()
told["peak"], told["peak_tenth"] = peaks[PEOPLE], peaks[PEOPLE // 10]
print(json.dumps(told))
""".replace("ROWS_IN_ALL", str(ROWS)).replace("ROUNDS_RUN", str(ROUNDS))


def figures(env: Mapping[str, str]) -> list[Figure]:
    """Speed and memory, on a migrated database."""
    told = json.loads(tools.python(dict(env), CODE).strip().splitlines()[-1])
    whole = [check + write for check, write in zip(told["check"], told["apply"], strict=True)]
    how = (
        f"{ROWS:,} rows of roles, users and enrollments of new students by OneRoster, PostgreSQL, one "
        f"process, {ROUNDS} alternating rounds"
    )
    return [
        ratio_figure(
            name="Import of a OneRoster archive of 10,000 rows, written (all or nothing)",
            values=[ROWS / seconds for seconds in told["apply"]],
            unit="rows/s",
            limit_name="bare bulk insert of the same students and enrollments",
            limits=[ROWS / seconds for seconds in told["bare"]],
            target="at least 15% of the bare insert, with the rules of enrolling, locks and log",
            at_least=0.15,
            run=how,
        ),
        Figure(
            name="Import of a OneRoster archive of 10,000 rows, upload to result",
            value=statistics.median(whole),
            unit="s",
            target="told for information",
            run=f"{how}; checking {statistics.median(told['check']):.1f} s of it",
        ),
        bound_figure(
            name="Import of a OneRoster archive of 10,000 rows, peak of memory (Python's own)",
            values=[told["peak"]],
            unit="MB",
            at_most=MEMORY_AT_MOST,
            target=f"at most {MEMORY_AT_MOST:.0f} MB",
            run=f"{how}; with 1,000 rows {told['peak_tenth']:.1f} MB",
        ),
    ]
