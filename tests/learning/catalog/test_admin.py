"""The catalog in the Wagtail admin: every list and form, the history, teachers' own rooms, copies."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from wagtail.models import ModelLogEntry, Site

from campus.accounts.models import User
from learning.catalog.models import (
    Category,
    Content,
    Course,
    CourseIndexPage,
    Module,
    Resource,
    Season,
    Section,
)
from learning.catalog.signals import section_seats_changed
from learning.catalog.viewsets.sections import SectionForm
from learning.enrollments.services import enroll
from portal.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
VIEWSETS = [
    *("catalog_course", "catalog_section", "catalog_season", "catalog_program"),
    *("catalog_category", "catalog_module", "catalog_resource"),
    *("institutions_institution", "institutions_department", "venues_building", "venues_hall"),
]


def name(viewset: str, view: str) -> str:
    """The name of a view of a viewset: they are named after the model."""
    return f"{viewset.split('_', 1)[1]}:{view}"


@pytest.mark.parametrize("viewset", VIEWSETS)
def test_s5_every_list_and_form_opens_and_searches(sign_in: SignIn, viewset: str) -> None:
    section = factories.section(instructors=[factories.staff()])
    factories.meeting(section=section, hall=factories.hall())
    admin = sign_in(factories.user(Role.ADMIN))
    for address in (
        reverse(name(viewset, "index")),
        reverse(name(viewset, "index")) + "?q=a",
        reverse(name(viewset, "add")),
    ):
        assert admin.get(address).status_code == 200, address
    for role in (Role.STUDENT, Role.EDITOR):
        answer = sign_in(factories.user(role)).get(reverse(name(viewset, "add")))
        assert answer.status_code in {302, 403}


def section_form(section: Section, **meeting: Any) -> dict[str, Any]:
    """What the form of a section sends."""
    return {
        "course": section.course_id,
        "season": section.season_id,
        "number": section.number,
        "code": section.code,
        "delivery": section.delivery,
        "price": "0",
        "currency": "USD",
        "capacity": "12",
        "instructors": [],
        "meetings-TOTAL_FORMS": "1",
        "meetings-INITIAL_FORMS": "0",
        "meetings-MIN_NUM_FORMS": "0",
        "meetings-MAX_NUM_FORMS": "1000",
        "meetings-0-weekday": "2",
        "meetings-0-starts": "09:00",
        "meetings-0-ends": "10:00",
        "meetings-0-place": "Garden",
        **{f"meetings-0-{key}": value for key, value in meeting.items()},
    }


def test_s5_a_section_with_its_meetings_is_edited_and_its_history_kept(sign_in: SignIn) -> None:
    section = factories.section()
    told: list[int] = []

    def hear(section_id: int, **kwargs: Any) -> None:
        told.append(section_id)

    section_seats_changed.connect(hear)
    user = factories.user(Role.ADMIN)
    admin = sign_in(user)
    address = reverse("section:edit", args=[section.pk])
    assert admin.get(address).status_code == 200
    answer = admin.post(address, section_form(section))
    assert answer.status_code == 302, answer.context["form"].errors
    section.refresh_from_db()
    assert section.capacity == 12
    assert told == [section.pk]
    assert section.meetings.get().place == "Garden"
    entry = ModelLogEntry.objects.for_instance(section).get()
    assert (entry.action, entry.user_id) == ("wagtail.edit", user.pk)
    assert admin.get(reverse("section:history", args=[section.pk])).status_code == 200


def test_s5_the_form_of_a_section_writes_by_the_service(sign_in: SignIn) -> None:
    """Its history says what was and what is, the hours too; hours that cannot be are told at their field."""
    section = factories.section(capacity=5)
    admin = sign_in(factories.user(Role.ADMIN))
    address = reverse("section:edit", args=[section.pk])
    assert admin.post(address, section_form(section)).status_code == 302
    entry = ModelLogEntry.objects.for_instance(section).get()
    assert (entry.data["before"]["capacity"], entry.data["after"]["capacity"]) == (5, 12)
    assert entry.data["before"]["meetings"] == []
    assert entry.data["after"]["meetings"] == ["2 09:00–10:00 Garden"]
    held = section.meetings.get()

    def again(**second: str) -> Any:
        form = section_form(section, id=held.pk, place="Meadow")
        form |= {"meetings-TOTAL_FORMS": "2", "meetings-INITIAL_FORMS": "1"}
        return admin.post(address, {**form, **{f"meetings-1-{k}": v for k, v in second.items()}})

    clash = again(weekday="2", starts="09:30", ends="10:30")
    assert clash.status_code == 200
    rows = clash.context["form"].formsets["meetings"].forms
    assert [sorted(row.errors) for row in rows] == [[], ["starts"]]
    held.refresh_from_db()
    assert (held.place, section.meetings.count()) == ("Garden", 1)
    assert ModelLogEntry.objects.for_instance(section).count() == 1
    assert again(weekday="3", starts="09:30", ends="10:30").status_code == 302
    held.refresh_from_db()  # the row stays, with another place
    assert (held.place, section.meetings.count()) == ("Meadow", 2)


def test_s5_a_section_is_added_with_its_hours_and_taken_away_only_unused(sign_in: SignIn) -> None:
    section = factories.section()
    admin = sign_in(factories.user(Role.ADMIN))
    form = {**section_form(section), "number": "77777"}
    answer = admin.post(reverse("section:add"), form)
    assert answer.status_code == 302, answer.context["form"].errors
    made = Section.objects.get(number="77777")
    assert made.meetings.get().place == "Garden"
    entry = ModelLogEntry.objects.for_instance(made).get()
    assert (entry.action, entry.data["after"]["number"]) == ("wagtail.create", "77777")
    student = factories.student()
    enroll(student=student, section_id=section.pk, actor=student.user)
    for one, stays in ((made, False), (section, True)):
        admin.post(reverse("section:delete", args=[one.pk]))
        assert Section.objects.filter(pk=one.pk).exists() is stays


def course_form(course: Course, **changes: Any) -> dict[str, Any]:
    """What the form of a course sends."""
    return {
        "institution": course.institution_id,
        "department": course.department_id,
        "code": course.code,
        "slug": course.slug,
        "title": course.title,
        "is_published": "on",
        **changes,
    }


def test_s5_the_form_of_a_course_writes_by_the_service(sign_in: SignIn) -> None:
    """What the service refuses is told at the field, and nothing of the form is stored."""
    course = factories.course(title="Old")
    needs = factories.course()
    needs.prerequisites.add(course)
    admin = sign_in(factories.user(Role.ADMIN))
    address = reverse("course:edit", args=[course.pk])
    answer = admin.post(address, course_form(course, title="New", prerequisites=[needs.pk]))
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["prerequisites"]
    course.refresh_from_db()
    assert (course.title, course.prerequisites.count()) == ("Old", 0)
    assert not ModelLogEntry.objects.for_instance(course).exists()
    answer = admin.post(address, course_form(course, title="New", tags="river, bridge"))
    assert answer.status_code == 302, answer.context["form"].errors
    entry = ModelLogEntry.objects.for_instance(course).get()
    assert entry.data["before"]["title"] == "Old"
    assert entry.data["after"]["title"] == "New"
    assert entry.data["after"]["tags"] == ["bridge", "river"]
    form = course_form(course, code="NEW 1", slug="new-1", title="Added")
    assert admin.post(reverse("course:add"), form).status_code == 302
    added = Course.objects.get(slug="new-1")
    assert ModelLogEntry.objects.for_instance(added).get().action == "wagtail.create"
    factories.section(course=course)
    for one, stays in ((added, False), (course, True)):
        admin.post(reverse("course:delete", args=[one.pk]))
        assert Course.objects.filter(pk=one.pk).exists() is stays


def test_l2_the_form_of_a_file_writes_by_the_service(
    sign_in: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    """A file that is replaced goes, and one that is deleted; a teacher gives none to another's course."""
    teacher = factories.teacher()
    mine = factories.section(instructors=[teacher.staff_profile])
    client = sign_in(teacher)

    def send(address: str, content: bytes, **changes: Any) -> Any:
        file = SimpleUploadedFile("notes.pdf", content, "application/pdf")
        form = {"title": "Notes", "course": mine.course_id, "file": file, **changes}
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(address, form)

    answer = send(reverse("resource:add"), b"%PDF-1.4 first")
    assert answer.status_code == 302, answer.context["form"].errors
    resource = Resource.objects.get()
    storage, first = resource.file.storage, resource.file.name
    address = reverse("resource:edit", args=[resource.pk])
    assert send(address, b"%PDF-1.4 second").status_code == 302
    resource.refresh_from_db()
    assert not storage.exists(first)
    assert storage.exists(resource.file.name)
    theirs = factories.course()
    assert send(address, b"%PDF-1.4 third", course=theirs.pk).status_code == 200
    assert Resource.objects.get().course_id == mine.course_id
    actions = ModelLogEntry.objects.for_instance(resource).order_by("pk")
    assert [entry.action for entry in actions] == ["wagtail.create", "wagtail.edit"]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("resource:delete", args=[resource.pk]))
    assert not Resource.objects.exists()
    assert not storage.exists(resource.file.name)


def test_s5_what_the_database_forbids_is_refused_with_a_sentence(sign_in: SignIn) -> None:
    section = factories.section(capacity=5, seats_taken=3)
    admin = sign_in(factories.user(Role.ADMIN))
    address = reverse("section:edit", args=[section.pk])
    answer = admin.post(address, {**section_form(section), "capacity": "2"})
    assert answer.status_code == 200
    assert "capacity is below the number enrolled" in answer.content.decode()
    answer = admin.post(address, section_form(section, starts="11:00"))
    assert answer.status_code == 200
    assert "ends after it starts" in answer.content.decode()
    section.refresh_from_db()
    assert section.capacity == 5
    assert not section.meetings.exists()


def test_l4_a_seat_taken_between_check_and_saving_is_told_at_the_field(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = factories.section(capacity=5, seats_taken=2)
    checked = SectionForm.clean

    def then_somebody_enrolls(form: SectionForm) -> dict[str, Any]:
        data = checked(form)
        Section.objects.filter(pk=section.pk).update(seats_taken=3)
        return data

    monkeypatch.setattr(SectionForm, "clean", then_somebody_enrolls)
    admin = sign_in(factories.user(Role.ADMIN))
    form = {**section_form(section), "capacity": "2"}
    answer = admin.post(reverse("section:edit", args=[section.pk]), form)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == ["capacity"]
    section.refresh_from_db()
    assert (section.capacity, section.seats_taken) == (5, 3)
    assert not section.meetings.exists()
    assert not ModelLogEntry.objects.for_instance(section).exists()


def test_l4_an_edit_never_writes_the_counters_back() -> None:
    section = factories.section(capacity=5)
    stale = Section.objects.get(pk=section.pk)
    Section.objects.filter(pk=section.pk).update(seats_taken=3, last_queue_number=7)
    stale.title = "Edited meanwhile"
    stale.save()
    section.refresh_from_db()
    assert (section.title, section.seats_taken, section.last_queue_number) == (
        "Edited meanwhile",
        3,
        7,
    )


def module_form(course_id: int, title: str) -> dict[str, Any]:
    """What the form of a module with one new content sends."""
    return {
        "course": course_id,
        "title": title,
        "position": "0",
        "contents-TOTAL_FORMS": "1",
        "contents-INITIAL_FORMS": "0",
        "contents-MIN_NUM_FORMS": "0",
        "contents-MAX_NUM_FORMS": "1000",
        "contents-0-title": "Hello",
        "contents-0-kind": "text",
        "contents-0-text": "Hello.",
        "contents-0-position": "0",
    }


def test_instructors_write_modules_of_their_own_courses_alone(sign_in: SignIn) -> None:
    teacher = factories.teacher()
    mine = factories.section(instructors=[teacher.staff_profile])
    theirs = factories.section()
    other = Module.objects.create(course=theirs.course, title="Not yours")
    client = sign_in(teacher)
    assert "Not yours" not in client.get(reverse("module:index")).content.decode()
    answer = client.post(reverse("module:add"), module_form(mine.course_id, "First"))
    assert answer.status_code == 302, answer.context["form"].errors
    module = Module.objects.get(title="First")
    assert Content.objects.get().module_id == module.pk
    assert client.get(reverse("module:edit", args=[module.pk])).status_code == 200
    # Neither another's module, nor one of one's own moved to another's course.
    assert client.get(reverse("module:edit", args=[other.pk])).status_code in {302, 403, 404}
    refused = client.post(reverse("module:add"), module_form(theirs.course_id, "Second"))
    assert refused.status_code == 200
    assert not Module.objects.filter(title="Second").exists()
    for viewset in ("course", "section", "season", "hall"):
        assert client.get(reverse(f"{viewset}:index")).status_code in {302, 403}


def test_a_module_is_written_whole_or_not_at_all(sign_in: SignIn) -> None:
    teacher = factories.teacher()
    course = factories.section(instructors=[teacher.staff_profile]).course
    client = sign_in(teacher)
    client.post(reverse("module:add"), module_form(course.pk, "First"))
    module, first = Module.objects.get(), Content.objects.get()
    address = reverse("module:edit", args=[module.pk])
    form = module_form(course.pk, "Renamed") | {
        "contents-TOTAL_FORMS": "2",
        "contents-INITIAL_FORMS": "1",
        "contents-0-id": str(first.pk),
        "contents-0-title": "Changed",
        "contents-1-title": "Second",
        "contents-1-kind": "text",
        "contents-1-position": "1",
    }
    asked = client.post(address, form | {"contents-1-text": "a\u202eb"})
    assert asked.status_code == 200
    assert list(Content.objects.values_list("title", flat=True)) == ["Hello"]
    assert Module.objects.get().title == "First"
    assert client.post(address, form).status_code == 302
    assert list(Content.objects.values_list("title", flat=True)) == ["Changed", "Second"]
    # The log names each thing that differed, and nothing that did not.
    logged = ModelLogEntry.objects.filter(content_type__model="content", action="wagtail.edit")
    assert [entry.data["after"] for entry in logged] == [{"title": "Changed"}]
    second = Content.objects.get(title="Second")
    gone = form | {"contents-0-DELETE": "1", "contents-INITIAL_FORMS": "2"}
    assert client.post(address, gone | {"contents-1-id": str(second.pk)}).status_code == 302
    assert list(Content.objects.all()) == [second]
    assert ModelLogEntry.objects.filter(
        content_type__model="content", action="wagtail.delete", object_id=str(first.pk)
    ).exists()


def test_a_category_is_written_by_the_service_and_kept_while_a_course_is_of_it(
    sign_in: SignIn,
) -> None:
    client = sign_in(factories.user(Role.ADMIN))
    added = client.post(reverse("category:add"), {"name": "Letters", "slug": "letters"})
    assert added.status_code == 302
    category = Category.objects.get(slug="letters")
    course = factories.course()
    Course.objects.filter(pk=course.pk).update(category=category)
    refused = client.post(reverse("category:delete", args=[category.pk]), follow=True)
    assert Category.objects.filter(pk=category.pk).exists()
    assert "still belongs to this: courses" in refused.content.decode()
    local = sign_in(factories.administrator(factories.institution(slug="college", name="College")))
    local.post(reverse("category:edit", args=[category.pk]), {"name": "Mine", "slug": "mine"})
    category.refresh_from_db()
    assert category.name == "Letters"


def test_l3_copying_in_the_admin(sign_in: SignIn) -> None:
    section = factories.section(instructors=[factories.staff()])
    factories.meeting(section=section)
    season = factories.season(starts=dt.date(2033, 5, 16), ends=dt.date(2033, 8, 5))
    admin = sign_in(factories.user(Role.ADMIN))
    address = reverse("catalog_copy_section", args=[section.pk])
    assert admin.get(address).status_code == 200
    assert address in admin.get(reverse("section:index")).content.decode()
    assert admin.post(address, {"season": season.pk}).status_code == 302
    copied = Section.objects.get(season=season)
    assert not copied.instructors.exists()
    again = admin.post(address, {"season": season.pk})
    assert "in that season already" in again.content.decode()
    other = Season.objects.get(pk=section.season_id)
    course_address = reverse("catalog_copy_course", args=[section.course_id])
    third = factories.season()
    body = {"source": other.pk, "season": third.pk}
    assert admin.post(course_address, body).status_code == 302
    assert Section.objects.filter(season=third).count() == 1
    for role in (Role.TEACHER, Role.EDITOR):
        answer = sign_in(factories.user(role)).post(address, {"season": season.pk})
        assert answer.status_code in {302, 403}
    assert Section.objects.count() == 3


def test_s4_a_course_is_chosen_by_searching_its_code_and_title(sign_in: SignIn) -> None:
    for code, title in (("CHEM 101", "General chemistry"), ("CHEM 202", "Acids"), ("ART 1", "Oil")):
        factories.course(code=code, title=title)
    editor = sign_in(factories.user(Role.EDITOR))

    def found(words: str) -> set[str]:
        answer = editor.get(reverse("course_chooser:choose_results"), {"q": words})
        assert answer.status_code == 200
        return {course.code for course in answer.context["results"]}

    assert found("") == {"ART 1", "CHEM 101", "CHEM 202"}
    assert found("chem") == {"CHEM 101", "CHEM 202"}
    assert found("acid CHEM") == {"CHEM 202"}
    assert found("nothing") == set()
    assert editor.get(reverse("course_chooser:choose")).status_code == 200
    student = sign_in(factories.student().user)
    assert student.get(reverse("course_chooser:choose_results")).status_code in {302, 403}


def test_s4_the_form_of_a_course_page_lists_no_courses(sign_in: SignIn) -> None:
    course = factories.course(title="One of a thousand")
    home = Site.objects.get(is_default_site=True).root_page
    parent = CourseIndexPage.objects.first() or home.add_child(
        instance=CourseIndexPage(title="Courses", slug="courses")
    )
    admin = sign_in(factories.user(Role.ADMIN))
    html = admin.get(
        reverse("wagtailadmin_pages:add", args=["catalog", "coursepage", parent.pk])
    ).content.decode()
    assert "Choose a course" in html
    assert course.title not in html
    assert '<select name="course"' not in html
