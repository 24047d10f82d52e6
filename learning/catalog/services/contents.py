"""Writing what stands in a course and beside it: chapters, contents and files."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.core.files.storage import Storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from learning.catalog.errors import Gone
from learning.catalog.models import Content, Module, Resource
from learning.catalog.rules import EDIT
from learning.catalog.services.common import of_institution, remove, require, store
from portal.audit import record
from portal.errors import DomainError, InvalidInput, NotAllowed


def write_module(*, actor: Any, changes: Mapping[str, Any], module: Module | None = None) -> Module:
    """Make a chapter of a course, or correct one; both courses must be the actor's to edit."""
    for course in {getattr(module, "course", None), changes.get("course")} - {None}:
        require(actor, EDIT, course)
    return store(module or Module(), changes=changes, actor=actor)


def write_content(
    *, actor: Any, changes: Mapping[str, Any], content: Content | None = None
) -> Content:
    """Make a content of a chapter, or correct one; both chapters must be the actor's to edit."""
    for module in {getattr(content, "module", None), changes.get("module")} - {None}:
        require(actor, EDIT, module)
    return store(content or Content(), changes=changes, actor=actor)


class Part(NamedTuple):
    """A content of a chapter that is written whole: its new values, and which one it was (None: new)."""

    changes: Mapping[str, Any]
    content_id: int | None = None


def write_module_whole(
    *,
    actor: Any,
    changes: Mapping[str, Any],
    parts: Sequence[Part],
    gone: Sequence[int] = (),
    module: Module | None = None,
) -> Module:
    """Make or correct a chapter and its contents in one transaction; ``gone`` are ids to take out.

    A refusal of a content names it by its place in ``parts``: ``contents.2.title``. Raises NotAllowed,
    InvalidInput, and Gone for a content that is no more.
    """
    with transaction.atomic():
        stored = write_module(actor=actor, changes=changes, module=module)
        held = {content.pk: content for content in Content.objects.filter(module=stored)}
        for content_id in gone:
            if content_id in held:
                delete_part(part=held[content_id], actor=actor)
        for place, part in enumerate(parts):
            try:
                _write_part(actor, part, stored, held)
            except DomainError as refusal:
                refusal.param = f"contents.{place}.{refusal.param or ''}"
                raise
    return stored


def _write_part(actor: Any, part: Part, module: Module, held: Mapping[int, Content]) -> None:
    if part.content_id is None:
        write_content(actor=actor, changes={**part.changes, "module": module})
    elif part.content_id not in held:
        raise Gone
    else:
        write_content(actor=actor, changes=part.changes, content=held[part.content_id])


@transaction.atomic
def delete_part(*, part: Module | Content, actor: Any) -> None:
    """Take a chapter with its contents, or one content, out of its course."""
    require(actor, EDIT, part)
    record(action="wagtail.delete", instance=part, actor=actor)
    part.delete()


def write_resource(
    *, actor: Any, changes: Mapping[str, Any], resource: Resource | None = None
) -> Resource:
    """Make a file beside the teaching, or correct one: admins, and teachers for courses of their own.

    A file that is replaced goes when the new one is stored. Raises NotAllowed, naming ``course`` where a
    teacher names none or not their own, and InvalidInput for a department of another institution and for
    an admin of some institutions who names neither.
    """
    if resource is not None:
        require(actor, EDIT, resource)
    held = resource or Resource()
    course = changes.get("course", held.course)
    department = changes.get("department", held.department)
    if course is not None and department is not None:
        of_institution(course.institution_id, department.institution_id, "department")
    after = Resource(course=course, department=department)
    if actor is not None and not actor.has_perm(EDIT, after):
        if course is None and department is None and resource is None:
            raise InvalidInput(_("Say to which course this belongs."), param="course")
        raise NotAllowed(param="course" if course is not None else "department")
    old = (held.file.storage, held.file.name) if resource is not None else None
    with transaction.atomic():
        stored = store(held, changes=changes, actor=actor, unique="title")
        if old is not None and old[1] != stored.file.name:
            _drop_later(*old)
    return stored


def delete_resource(*, resource: Resource, actor: Any) -> None:
    """Take a file away. Raises NotAllowed."""
    require(actor, EDIT, resource)
    with transaction.atomic():
        remove(resource, actor=actor)
        _drop_later(resource.file.storage, resource.file.name)


def _drop_later(storage: Storage, name: str | None) -> None:
    if name:
        transaction.on_commit(lambda: storage.delete(name), robust=True)
