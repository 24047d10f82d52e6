"""Reading the words of a catalog: credit hours, degree attributes, prerequisites."""

import html
import re
from collections.abc import Container
from decimal import Decimal

CREDIT = re.compile(r"^(\d+(?:\.\d+)?)(?:\s+(?:TO|OR)\s+(\d+(?:\.\d+)?))?\s*(?:hours?)?\.?$", re.I)
PREREQUISITE = re.compile(r"\bPrerequisites?:\s*(?P<words>.+)$", re.S)
CODE = r"[A-Z]{2,5} \d{3}"
ALL_OF = re.compile(
    rf"^(?:completion of |credit in |credit for )?({CODE}(?:(?:, and |, | and ){CODE})*)$", re.I
)
# A word of these makes what stands in the same sentence less than a hard requirement.
SOFTENING = re.compile(
    r"\b(equivalent|consent|permission|approval|recommended|placement|waive\w*|exempt\w*)\b", re.I
)
AT_THE_SAME_TIME = re.compile(r"\bconcurrent", re.I)

# The groups of degree attributes, as a category's name; the first that fits files the course.
CATEGORIES = (
    ("Nat Sci & Tech", "Natural Sciences and Technology"),
    ("Social & Beh Sci", "Social and Behavioral Sciences"),
    ("Humanities", "Humanities and the Arts"),
    ("Cultural Studies", "Cultural Studies"),
    ("Quantitative Reasoning", "Quantitative Reasoning"),
    ("Advanced Composition", "Composition"),
    ("Composition I", "Composition"),
)
WORDS = (
    ("Phys Sciences", "Physical Sciences"),
    ("Soc Sci", "Social Sciences"),
    ("Beh Sci", "Behavioral Sciences"),
    ("Lit & Arts", "Literature and the Arts"),
    ("Hist & Phil", "Historical and Philosophical Perspectives"),
    ("Non-West", "Non-Western"),
    ("US Minority", "US Minority Cultures"),
)


def clean(text: str | None) -> str:
    """One line of plain text: entities unescaped, spaces single."""
    return " ".join(html.unescape(text or "").replace("\xa0", " ").split())


def credit_range(text: str) -> tuple[Decimal | None, Decimal | None]:
    """The least and the most of '3 hours.', '1 TO 4 hours.', '3 OR 4 hours.'; raises ValueError."""
    if not text:
        return None, None
    found = CREDIT.match(text)
    if not found:
        raise ValueError(f"credit hours '{text}' are not understood")
    least = Decimal(found[1])
    most = Decimal(found[2] or found[1])
    if most < least:
        raise ValueError(f"credit hours '{text}' end before they begin")
    return least, most


def degree_attributes(text: str) -> tuple[str, list[str]]:
    """The category's name ('' if none) and the tags of 'Humanities - Lit & Arts, and … course.'"""
    parts = [
        part.strip().removeprefix("and ").strip()
        for part in text.removesuffix(".").removesuffix("course").split(",")
    ]
    parts = [part for part in parts if part]
    category = next(
        (name for start, name in CATEGORIES if any(part.startswith(start) for part in parts)), ""
    )
    tags = []
    for part in parts:
        tag = part.partition(" - ")[2] or part
        for short, long in WORDS:
            if tag == short:
                tag = long
        tags.append(tag)
    return category, sorted(set(tags))


def split_description(description: str, section_info: str, schedule: str) -> tuple[str, str, str]:
    """What a course is about, its notes, and its prerequisites in words.

    The source repeats its notes at the end of the description and the prerequisites in both.
    """
    prerequisite = ""
    found = PREREQUISITE.search(description) or PREREQUISITE.search(section_info)
    if found:
        prerequisite = found["words"].strip()
    about = description
    if section_info and about.endswith(section_info) and about != section_info:
        about = about.removesuffix(section_info).strip()
    about = PREREQUISITE.sub("", about).strip()
    notes = PREREQUISITE.sub("", section_info).strip()
    if notes == about:
        notes = ""
    return about, " ".join(part for part in (notes, schedule) if part), prerequisite


def hard_prerequisites(text: str, *, known: Container[str]) -> list[str]:
    """The courses that are clearly all required, of those that are ``known``.

    Told apart with care: 'MATH 241 and STAT 400.' names two; of 'IS 101 or IS 202' or 'one of …'
    none is required by itself; where a sentence softens itself (consent, an equivalent, enrollment
    at the same time), nothing of it becomes a rule that would lock a student out.
    """
    if AT_THE_SAME_TIME.search(text):
        return []
    required: set[str] = set()
    for sentence in re.split(r"\.(?:\s+|$)", text):
        clauses = [clause.strip() for clause in sentence.split(";")]
        alternative = any(re.match(r"(or|otherwise|alternatively)\b", c, re.I) for c in clauses)
        if SOFTENING.search(sentence) or alternative:
            continue
        for clause in clauses:
            found = ALL_OF.match(re.sub(r"^and ", "", clause, flags=re.I))
            if found:
                required.update(re.findall(CODE, found[1]))
    return sorted(code for code in required if code in known)
