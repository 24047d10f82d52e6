"""Certificates issued and drawn in one process; started by ``bench.certificates``, one or two at a time."""

import datetime as dt
import hashlib
import resource
import time
from typing import Any

import weasyprint

from bench import service
from campus.certificates import services
from campus.certificates.models import Certificate, CertificateTemplate
from campus.certificates.queries import verify_address
from campus.certificates.rendering import batch, codes, engine, sources
from campus.certificates.services import Award
from campus.institutions.models import Institution
from campus.people.models import Student

NAMES = ("Ada Lovelace", "محمد عبد الرحمن", "রবীন্দ্রনাথ ঠাকুর", "ಕುವೆಂಪು", "李小龙")


def prepare(people: int) -> None:
    """An institution, its students (names in five scripts), and a template."""
    place = Institution.objects.create(name="Quad University", slug="bench")
    Student.objects.bulk_create(
        Student(institution=place, name=f"{NAMES[n % len(NAMES)]} {n}", number=f"B{n:06}")
        for n in range(people)
    )
    services.write_template(
        actor=None, changes={"name": "Plain", "institution": place, **sources.EXAMPLE}
    )


def issue(reason: str, number: int) -> None:
    """Certify so many students; their PDFs are missing then."""
    awards = [
        Award(title="Reading data with Python", date=dt.date(2026, 3, 14), student=one)
        for one in Student.objects.order_by("number")[:number]
    ]
    template = CertificateTemplate.objects.get()
    made = services.issue(template=template, awards=awards, reason=reason, actor=None)
    assert len(made) == number


def alone(reason: str, number: int) -> float:
    """Milliseconds of processor time for each PDF that WeasyPrint makes on its own, and nothing else."""
    rows = list(Certificate.objects.filter(reason=reason).select_related("version")[:number])
    look = batch.look_of(rows[0].version)
    styles = engine.sheet(look.version, background=True)
    spent = 0.0
    for row in rows:
        facts = sources.facts_of(row, verify_address(row))
        code = {sources.QR: (codes.svg(facts.address), "image/svg+xml")}
        html = engine.document(look.version, styles, [sources.fill(look.version.html, facts)])
        fetcher = engine.fetcher(look.files | code)
        began = time.process_time()
        weasyprint.HTML(string=html, base_url="template:", url_fetcher=fetcher).write_pdf()
        spent += time.process_time() - began
    return spent * 1000 / len(rows)


def render(reason: str, at: float) -> dict[str, float]:
    """The job that makes the PDFs of a reason, as a worker runs it; what it took, and memory in MB."""
    while time.time() < at:
        time.sleep(0.001)
    began, cpu = time.perf_counter(), time.process_time()
    made = services.render_all(reason=reason)
    return {
        "made": made,
        "seconds": time.perf_counter() - began,
        "cpu": time.process_time() - cpu,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def check(reason: str) -> dict[str, int]:
    """How many there are, and how many whose stored file has the stored hash, each another."""
    rows = Certificate.objects.filter(reason=reason)
    hashes = set()
    for row in rows:
        with row.pdf.open("rb") as file:
            if hashlib.sha256(file.read()).hexdigest() == row.sha256:
                hashes.add(row.sha256)
    return {"all": len(rows), "right": len(hashes)}


def answer(asked: dict[str, Any]) -> Any:
    """Do what a line asks for."""
    match asked["do"]:
        case "prepare":
            return prepare(asked["people"])
        case "issue":
            return issue(asked["reason"], asked["number"])
        case "alone":
            return alone(asked["reason"], asked["number"])
        case "render":
            return render(asked["reason"], asked["at"])
        case "check":
            return check(asked["reason"])
    raise ValueError(asked)


if __name__ == "__main__":
    service.serve(answer)
