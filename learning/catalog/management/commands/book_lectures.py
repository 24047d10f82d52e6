"""Bring the halls' calendars to the sections: ``manage.py book_lectures [--season CODE]`` (B4)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from learning.catalog.lectures import book_lectures
from learning.catalog.models import Section


class Command(BaseCommand):
    """Book every lecture to come; running it again changes nothing."""

    help = "Books the halls of all sections that are not over, and names what clashes."

    def add_arguments(self, parser: CommandParser) -> None:
        """One season alone, by its code."""
        parser.add_argument("--season", help="Code of one season.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Book, then tell what was done and what has no hall."""
        sections = Section.objects.filter(season__ends__gte=timezone.localdate())
        if options["season"]:
            sections = sections.filter(season__code=options["season"])
        done = book_lectures(sections=list(sections.values_list("pk", flat=True)), actor=None)
        for clash in done.clashes:
            lecture = clash.lecture
            other = f" ({clash.other})" if clash.other else ""
            self.stdout.write(
                f"  {lecture.hall}, {lecture.period.starts:%Y-%m-%d %H:%M}: {lecture.purpose}: "
                f"{clash.message}{other}"
            )
        self.stdout.write(
            f"Booked {done.booked}, kept {done.kept}, gave back {done.given_back}; "
            f"{len(done.clashes)} clashes."
        )
