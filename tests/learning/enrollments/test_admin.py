"""S5: the admin lists, filters, decides and enrolls, by the same services and for admins alone."""

import pytest
from django.contrib.auth.models import Group, Permission

from learning.enrollments import services
from learning.enrollments.models import Enrollment, EnrollmentRequest
from portal.roles import Role
from tests.learning.enrollments import world

pytestmark = pytest.mark.django_db
BASE = "/admin"


@pytest.fixture
def desk(sign_in):
    """An admin's browser in the Wagtail admin."""
    admin = world.user(Role.ADMIN, is_staff=True)
    access = Permission.objects.get(codename="access_admin")
    Group.objects.get(name=Role.ADMIN).permissions.add(access)
    return sign_in(admin)


def asked():
    student = world.student()
    section = world.section(needs_approval=True)
    return services.enroll(student=student, section_id=section.pk, actor=student.user)


def test_s5_lists_show_filter_and_keep_the_history(desk):
    student, section = world.student(), world.section()
    enrollment = services.enroll(student=student, section_id=section.pk, actor=student.user)
    page = desk.get(f"{BASE}/enrollments_admin/", {"state": "active"})
    assert student.name in page.content.decode()
    hidden = desk.get(f"{BASE}/enrollments_admin/", {"state": "dropped"}).content.decode()
    assert student.name not in hidden
    assert desk.get(f"{BASE}/enrollments_admin/inspect/{enrollment.pk}/").status_code == 200
    history = desk.get(f"{BASE}/enrollments_admin/history/{enrollment.pk}/").content.decode()
    assert "Enrolled" in history


def test_s5_requests_are_approved_and_rejected_through_the_services(desk):
    first, second = asked(), asked()
    assert desk.get(f"{BASE}/enrollment_requests_admin/").status_code == 200
    approve = f"{BASE}/enrollment_requests_admin/approve/{first.pk}/"
    assert desk.get(approve).status_code == 200
    assert EnrollmentRequest.objects.get(pk=first.pk).state == "pending"
    assert desk.post(approve).status_code == 302
    assert Enrollment.objects.get(student=first.student).state == "active"
    desk.post(f"{BASE}/enrollment_requests_admin/reject/{second.pk}/", {"reason": "Full of holes"})
    second.refresh_from_db()
    assert (second.state, second.reason) == ("rejected", "Full of holes")
    assert desk.post(approve).status_code == 200  # decided already: the form says so


def test_s5_an_admin_enrolls_a_student_and_takes_one_out(desk):
    child, section = world.student(user=None), world.section()
    form = {"student": child.number, "section": section.number}
    assert desk.get(f"{BASE}/enrollments_admin/enroll/").status_code == 200
    assert desk.post(f"{BASE}/enrollments_admin/enroll/", form).status_code == 302
    enrollment = Enrollment.objects.get(student=child)
    refused = desk.post(f"{BASE}/enrollments_admin/enroll/", form)
    assert "Already enrolled" in refused.content.decode()
    assert desk.post(f"{BASE}/enrollments_admin/enroll/", {"student": "?"}).status_code == 200
    assert desk.post(f"{BASE}/enrollments_admin/drop/{enrollment.pk}/").status_code == 302
    enrollment.refresh_from_db()
    assert enrollment.state == "dropped"


def test_an_editor_in_the_admin_gets_nothing_of_it(sign_in):
    editor = world.user(Role.EDITOR, is_staff=True)
    Group.objects.get(name=Role.EDITOR).permissions.add(
        Permission.objects.get(codename="access_admin")
    )
    request, browser = asked(), sign_in(editor)
    browser.post(f"{BASE}/enrollment_requests_admin/approve/{request.pk}/")
    assert student_name_hidden(browser, request)
    request.refresh_from_db()
    assert request.state == "pending"


def student_name_hidden(browser, request):
    return (
        request.student.name
        not in browser.get(f"{BASE}/enrollment_requests_admin/", follow=True).content.decode()
    )
