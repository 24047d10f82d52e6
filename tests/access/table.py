"""Who may do what: the table of roles, one line for each route and method.

The columns are the roles. What a cell says is told to two people of that role: the *owner*, to whom the
things in the address belong (the student whose enrollment it is, the parent of the child, the teacher of
the section, the mentor of the student, the admin of the institution), and the *stranger*, who has things
of their own elsewhere.

``yes``    both pass the door (an empty form may still be told what it lacks)
``no``     both are refused: 403; a visitor 401, on a page sent to sign in
``none``   for both there is nothing: 404, word for word as of a thing that does not exist
``own``    the owner passes, for the stranger there is nothing
``may``    the owner passes, the stranger is refused: they may see it and not do it
``away``   a page that sends them on to another one (not to sign in)
``led``    the owner passes, the stranger is sent on to another page
``door``   the page that signs in, which leads on whoever is

A new route needs a line here; the test that misses it says which. Arguments in braces are made in
``world.py``, bodies that an address needs stand in ``asking.py``, and what may be read is kept in
``reads.json``.
"""

from typing import NamedTuple

from tests.access.people import ROLES

MEANING = {"own": ("yes", "none"), "may": ("yes", "no"), "led": ("yes", "away")}


class Row(NamedTuple):
    """One line: what each role is told."""

    method: str
    path: str
    cells: dict[str, tuple[str, str]]

    @property
    def key(self) -> str:
        """How a row is called elsewhere."""
        return f"{self.method} {self.path}"

    def outcome(self, role: str, *, owner: bool) -> str:
        """What somebody of ``role`` is told."""
        return self.cells[role][0 if owner else 1]

    def tells_apart(self, role: str) -> bool:
        """Whether owner and stranger of ``role`` are told different things."""
        return self.cells[role][0] != self.cells[role][1]


def cell(text: str) -> tuple[str, str]:
    """What a cell says to owner and stranger."""
    if text in MEANING:
        return MEANING[text]
    owner, _, stranger = text.partition("|")
    return owner, stranger or owner


def parse(text: str) -> list[Row]:
    """The rows of a table."""
    rows = []
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        method, path, *cells = words
        if len(cells) != len(ROLES):
            raise ValueError(f"{len(cells)} cells for {len(ROLES)} roles: {line}")
        rows.append(Row(method, path, dict(zip(ROLES, map(cell, cells), strict=True))))
    return rows


ROWS = parse(
    """
    #                                                           visi stud pare teac ment orga edit admi loca
    GET    health/live                                          yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    health/ready                                         yes  yes  yes  yes  yes  yes  yes  yes  yes

    GET    favicon.ico                                          away away away away away away away away away

    GET    api/v1/profile/                                      no   yes  yes  yes  yes  yes  yes  yes  yes
    PATCH  api/v1/profile/                                      no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/profile/identity-number/                      no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/profile/student/                              no   yes  none none none none none none none
    PATCH  api/v1/profile/student/                              no   yes  none none none none none none none
    GET    api/v1/profile/staff/                                no   none none yes  yes  none none none none
    PATCH  api/v1/profile/staff/                                no   none none yes  yes  none none none none
    GET    api/v1/profile/export/                               no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/profile/export/                               no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/profile/export/{export}/file/                 no   own  own  own  own  own  own  own  own
    GET    api/v1/profile/erasure/                              no   none none none none none none none none
    POST   api/v1/profile/erasure/                              no   yes  yes  yes  yes  yes  yes  yes  yes
    DELETE api/v1/profile/erasure/                              no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/admin/users/{waiting}/approve/                no   no   no   no   no   no   no   yes  no
    POST   api/v1/admin/users/{waiting}/refuse/                 no   no   no   no   no   no   no   yes  no
    GET    api/v1/admin/users/                                  no   no   no   no   no   no   no   yes  yes
    POST   api/v1/admin/users/                                  no   no   no   no   no   no   no   yes  no
    POST   api/v1/admin/users/bulk-create/                      no   no   no   no   no   no   no   yes  no
    GET    api/v1/admin/users/{learner}/                        no   no   no   no   no   no   no   yes  own
    PATCH  api/v1/admin/users/{learner}/                        no   no   no   no   no   no   no   yes  own
    POST   api/v1/admin/users/{learner}/disable/                no   no   no   no   no   no   no   yes  own
    POST   api/v1/admin/users/{learner}/enable/                 no   no   no   no   no   no   no   yes  own
    POST   api/v1/admin/users/{learner}/invite/                 no   no   no   no   no   no   no   yes  own
    POST   api/v1/admin/users/{learner}/reset-password/         no   no   no   no   no   no   no   yes  own
    POST   api/v1/admin/users/{learner}/unlock/                 no   no   no   no   no   no   no   yes  own
    POST   api/v1/admin/users/{learner}/erase/                  no   no   no   no   no   no   no   yes  own

    GET    api/v1/notifications/                                no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/notifications/mark-all-read/                  no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/notifications/unread-count/                   no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/notifications/{notification}/                 no   own  own  own  own  own  own  own  own
    POST   api/v1/notifications/{notification}/mark-read/       no   own  own  own  own  own  own  own  own
    POST   api/v1/notifications/{notification}/take-action/     no   own  own  own  own  own  own  own  own

    GET    api/v1/notification-preferences/                     no   yes  yes  yes  yes  yes  yes  yes  yes
    PATCH  api/v1/notification-preferences/                     no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/announcements/                               yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/announcements/{announcement}/                none none none yes  none none yes  yes  none

    GET    api/v1/audit-logs/                                   no   no   no   no   no   no   no   yes  no
    GET    api/v1/audit-logs/export/                            no   no   no   no   no   no   no   yes  no
    GET    api/v1/audit-logs/{entry}/                           no   no   no   no   no   no   no   yes  no

    GET    api/v1/institutions/                                 yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/institutions/                                 no   no   no   no   no   no   no   yes  no
    DELETE api/v1/institutions/{institution}/                   no   no   no   no   no   no   no   yes  no
    GET    api/v1/institutions/{institution}/                   yes  yes  yes  yes  yes  yes  yes  yes  yes
    PATCH  api/v1/institutions/{institution}/                   no   no   no   no   no   no   no   yes  may
    GET    api/v1/faculties/                                    yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/faculties/                                    no   no   no   no   no   no   no   yes  yes
    DELETE api/v1/faculties/{faculty}/                          no   no   no   no   no   no   no   yes  may
    GET    api/v1/faculties/{faculty}/                          yes  yes  yes  yes  yes  yes  yes  yes  yes
    PATCH  api/v1/faculties/{faculty}/                          no   no   no   no   no   no   no   yes  may
    GET    api/v1/departments/                                  yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/departments/                                  no   no   no   no   no   no   no   yes  yes
    DELETE api/v1/departments/{department}/                     no   no   no   no   no   no   no   yes  may
    GET    api/v1/departments/{department}/                     yes  yes  yes  yes  yes  yes  yes  yes  yes
    PATCH  api/v1/departments/{department}/                     no   no   no   no   no   no   no   yes  may
    GET    api/v1/staff/                                        yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/staff/                                        no   no   no   no   no   no   no   yes  yes
    DELETE api/v1/staff/{staff}/                                no   no   no   no   no   no   no   yes  may
    GET    api/v1/staff/{staff}/                                yes  yes  yes  yes  yes  yes  yes  yes  yes
    PATCH  api/v1/staff/{staff}/                                no   no   no   no   no   no   no   yes  may

    GET    api/v1/seasons/                                      yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/seasons/                                      no   no   no   no   no   no   no   yes  may
    GET    api/v1/seasons/{season}/                             yes  yes  yes  yes  yes  yes  yes  yes  yes
    PATCH  api/v1/seasons/{season}/                             no   no   no   no   no   no   no   yes  may
    DELETE api/v1/seasons/{season}/                             no   no   no   no   no   no   no   yes  may

    GET    api/v1/programs/                                     yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/programs/                                     no   no   no   no   no   no   no   yes  may
    GET    api/v1/programs/{program}/                           yes  yes  yes  yes  yes  yes  yes  yes  yes
    PATCH  api/v1/programs/{program}/                           no   no   no   no   no   no   no   yes  may
    DELETE api/v1/programs/{program}/                           no   no   no   no   no   no   no   yes  may

    GET    api/v1/courses/                                      yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/courses/                                      no   no   no   yes  no   no   no   yes  may
    GET    api/v1/courses/{course}/                             yes  yes  yes  yes  yes  yes  yes  yes  yes
    PATCH  api/v1/courses/{course}/                             no   no   no   may  no   no   no   yes  may
    DELETE api/v1/courses/{course}/                             no   no   no   no   no   no   no   yes  may
    POST   api/v1/courses/{course}/copy/                        no   no   no   no   no   no   no   yes  may

    GET    api/v1/modules/                                      yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/modules/                                      no   no   no   may  no   no   no   yes  yes
    DELETE api/v1/modules/{module}/                             no   no   no   may  no   no   no   yes  may
    GET    api/v1/modules/{module}/                             yes  yes  yes  yes  yes  yes  yes  yes  yes
    PATCH  api/v1/modules/{module}/                             no   no   no   may  no   no   no   yes  may

    POST   api/v1/contents/                                     no   no   no   may  no   no   no   yes  yes
    DELETE api/v1/contents/{content}/                           no   no   no   may  no   no   no   yes  may
    GET    api/v1/contents/{content}/                           no   may  may  may  no   no   no   yes  may
    PATCH  api/v1/contents/{content}/                           no   no   no   may  no   no   no   yes  may
    GET    api/v1/contents/{content}/file/                      no   may  may  may  no   no   no   yes  may

    GET    api/v1/sections/                                     yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/sections/                                     no   no   no   may  no   no   no   yes  may
    GET    api/v1/sections/{section}/                           yes  yes  yes  yes  yes  yes  yes  yes  yes
    PATCH  api/v1/sections/{section}/                           no   no   no   may  no   no   no   yes  may
    DELETE api/v1/sections/{section}/                           no   no   no   no   no   no   no   yes  may
    POST   api/v1/sections/{section}/copy/                      no   no   no   no   no   no   no   yes  may

    GET    api/v1/resources/                                    yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/resources/                                    no   no   no   yes  no   no   no   yes  yes
    GET    api/v1/resources/{resource}/                         none own  own  own  none none none yes  own
    PATCH  api/v1/resources/{resource}/                         no   no   no   own  no   no   no   yes  own
    DELETE api/v1/resources/{resource}/                         no   no   no   own  no   no   no   yes  own
    GET    api/v1/resources/{resource}/file/                    none own  own  own  none none none yes  own

    GET    api/v1/enrollments/                                  no   yes  yes  yes  no   no   no   yes  yes
    POST   api/v1/enrollments/                                  no   yes  yes  no   no   no   no   yes  yes
    GET    api/v1/enrollments/{enrollment}/                     no   own  own  own  no   no   no   yes  own
    POST   api/v1/enrollments/{enrollment}/drop/                no   own  own  no   no   no   no   yes  own

    GET    api/v1/enrollment-requests/                          no   yes  yes  yes  no   no   no   yes  yes
    GET    api/v1/enrollment-requests/{request}/                no   own  own  own  no   no   no   yes  own
    POST   api/v1/enrollment-requests/{request}/approve/        no   no   no   own  no   no   no   yes  own
    POST   api/v1/enrollment-requests/{request}/reject/         no   no   no   own  no   no   no   yes  own
    POST   api/v1/enrollment-requests/{request}/withdraw/       no   own  own  no   no   no   no   yes  own

    GET    api/v1/sections/{section}/students/                  no   no   no   may  no   no   no   yes  may
    PUT    api/v1/sections/{section}/capacity/                  no   no   no   no   no   no   no   yes  may

    POST   api/v1/profile/claim/                                no   yes  yes  yes  yes  yes  yes  yes  yes

    GET    api/v1/admin/mentees/                                no   no   no   no   no   no   no   yes  yes
    POST   api/v1/admin/mentees/bulk-assign/                    no   no   no   no   no   no   no   yes  yes

    GET    api/v1/profile/children/                             no   no   yes  no   no   no   no   no   no
    POST   api/v1/profile/children/                             no   no   yes  no   no   no   no   no   no
    GET    api/v1/profile/children/{child}/                     no   no   own  no   no   no   no   no   no
    PATCH  api/v1/profile/children/{child}/                     no   no   own  no   no   no   no   no   no
    POST   api/v1/profile/children/{child}/invite/              no   no   own  no   no   no   no   no   no

    GET    api/v1/students/                                     no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/students/mentees/                             no   no   no   no   yes  no   no   no   no
    GET    api/v1/students/{student}/                           no   own  own  own  own  none none yes  own
    POST   api/v1/students/{student}/assign/                    no   no   no   no   no   no   no   yes  own

    GET    api/v1/mentors/                                      no   no   no   no   yes  no   no   yes  yes
    GET    api/v1/mentors/{mentor}/                             no   no   no   no   own  no   no   yes  own
    GET    api/v1/mentors/{mentor}/mentees/                     no   no   no   no   own  no   no   yes  own

    GET    api/v1/profile/children/{child}/timetable/           no   no   own  no   no   no   no   no   no
    GET    api/v1/profile/children/{child}/enrollments/         no   no   own  no   no   no   no   no   no

    GET    api/v1/point-categories/                             yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/point-categories/                             no   no   no   no   no   no   no   yes  yes
    GET    api/v1/point-categories/{point-category}/            yes  yes  yes  yes  yes  yes  yes  yes  yes
    PATCH  api/v1/point-categories/{point-category}/            no   no   no   no   no   no   no   yes  may
    GET    api/v1/point-transactions/                           no   yes  yes  no   yes  no   no   yes  yes
    POST   api/v1/point-transactions/                           no   yes  no   no   no   no   no   no   no
    POST   api/v1/point-transactions/bulk-decide/               no   no   no   no   own  no   no   yes  own
    GET    api/v1/point-transactions/{points}/                  no   own  own  no   own  no   no   yes  own
    POST   api/v1/point-transactions/{points}/approve/          no   no   no   no   own  no   no   yes  own
    POST   api/v1/point-transactions/{points}/reject/           no   no   no   no   own  no   no   yes  own
    POST   api/v1/point-transactions/{points}/correct/          no   no   no   no   own  no   no   yes  own
    GET    api/v1/students/{student}/points/                    no   own  own  no   own  no   no   yes  own
    GET    api/v1/admin/reports/                               no   no   no   yes  yes  yes  no   yes  yes
    GET    api/v1/admin/reports/{report}/                      no   no   no   none none yes  no   yes  yes
    GET    api/v1/certificates/                                 no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/certificates/{certificate}/                   no   own  own  none none none none yes  own
    GET    api/v1/certificates/{certificate}/download/          no   own  own  none none none none yes  own
    GET    api/v1/certificates/{certificate}/badge/             no   own  own  none none none none yes  own
    POST   api/v1/certificates/{certificate}/revoke/            no   no   no   no   no   no   no   yes  own
    POST   api/v1/certificates/{certificate}/supersede/         no   no   no   no   no   no   no   yes  own
    POST   api/v1/certificates/verify/                          yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/certificates/verify/{certificate-hash}/       yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/certificate-templates/                        no   no   no   no   no   no   no   yes  yes
    POST   api/v1/certificate-templates/                        no   no   no   no   no   no   no   yes  yes
    GET    api/v1/certificate-templates/{certificate-template}/ no   no   no   no   no   no   no   yes  own
    PATCH  api/v1/certificate-templates/{certificate-template}/ no   no   no   no   no   no   no   yes  own

    GET    api/v1/halls/                                        yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/halls/available/                              yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/halls/utilization/                            no   no   no   no   no   no   no   yes  yes
    GET    api/v1/halls/{hall}/                                 yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/halls/{hall}/calendar/                        yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/hall-bookings/                                no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/hall-bookings/                                no   no   no   yes  no   yes  no   yes  yes
    GET    api/v1/hall-bookings/pending/                        no   no   no   no   no   no   no   yes  yes
    POST   api/v1/hall-bookings/series/                         no   no   no   yes  no   yes  no   yes  yes
    POST   api/v1/hall-bookings/series/{series}/cancel/         no   none none own  none own  none yes  own
    GET    api/v1/hall-bookings/{booking}/                      no   none none own  none own  none yes  own
    GET    api/v1/hall-bookings/{booking}/conflict/             no   no   no   no   no   no   no   yes  own
    POST   api/v1/hall-bookings/{booking}/approve/              no   no   no   no   no   no   no   yes  own
    POST   api/v1/hall-bookings/{booking}/reject/               no   no   no   no   no   no   no   yes  own
    POST   api/v1/hall-bookings/{booking}/cancel/               no   none none own  none own  none yes  own

    GET    api/v1/rosters/                                      no   no   no   no   no   no   no   yes  yes
    GET    api/v1/rosters/{season}/oneroster/                   no   no   no   no   no   no   no   yes  own
    GET    api/v1/rosters/{season}/csv/                         no   no   no   no   no   no   no   yes  own
    GET    api/v1/rosters/{season}/xlsx/                        no   no   no   no   no   no   no   yes  own
    GET    api/v1/clubs/                                        yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/clubs/{club}/                                 yes  yes  yes  yes  yes  yes  yes  yes  yes
    PATCH  api/v1/clubs/{club}/                                 no   no   no   no   no   may  no   yes  may
    POST   api/v1/clubs/{club}/join/                            no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/clubs/{club}/leave/                           no   none none none none own  none none none
    GET    api/v1/clubs/{club}/members/                         no   no   no   no   no   may  no   yes  may
    POST   api/v1/clubs/{club}/members/{member}/accept/         no   no   no   no   no   may  no   yes  may
    POST   api/v1/clubs/{club}/members/{member}/refuse/         no   no   no   no   no   may  no   yes  may
    POST   api/v1/clubs/{club}/members/{member}/remove/         no   no   no   no   no   may  no   yes  may
    GET    api/v1/clubs/{club}/roles/                           no   no   no   no   no   may  no   yes  may
    POST   api/v1/clubs/{club}/roles/                           no   no   no   no   no   no   no   yes  may
    PATCH  api/v1/clubs/{club}/roles/{club-role}/               no   no   no   no   no   no   no   yes  may
    GET    api/v1/club-organizers/                              no   no   no   no   no   yes  no   yes  yes
    GET    api/v1/admin/clubs/                                  no   no   no   no   no   no   no   yes  yes
    POST   api/v1/admin/clubs/                                  no   no   no   no   no   no   no   yes  yes
    GET    api/v1/admin/clubs/{club}/                           no   no   no   no   no   no   no   yes  own
    PATCH  api/v1/admin/clubs/{club}/                           no   no   no   no   no   no   no   yes  own
    POST   api/v1/admin/clubs/{club}/set-state/                 no   no   no   no   no   no   no   yes  own
    POST   api/v1/admin/clubs/{club}/assign-organizer/          no   no   no   no   no   no   no   yes  own
    POST   api/v1/admin/clubs/{club}/assign-coordinator/        no   no   no   no   no   no   no   yes  own
    POST   api/v1/admin/clubs/{club}/assign-club-head/          no   no   no   no   no   no   no   yes  own

    GET    api/v1/events/                                       yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/events/                                       no   no   no   no   no   may  no   yes  may
    GET    api/v1/events/calendar.ics                           yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/events/self-check-in/                         no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/events/door-pass/                             yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/events/{event}/                               yes  yes  yes  yes  yes  yes  yes  yes  yes
    PATCH  api/v1/events/{event}/                               no   no   no   no   no   may  no   yes  may
    GET    api/v1/events/{event}/calendar.ics                   yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/events/{event}/register/                      no   yes  yes  yes  yes  no   no   no   no
    POST   api/v1/events/{event}/unregister/                    no   own  yes  none none no   no   no   no
    POST   api/v1/events/{event}/schedule/                      no   no   no   no   no   may  no   yes  may
    POST   api/v1/events/{event}/start/                         no   no   no   no   no   may  no   yes  may
    POST   api/v1/events/{event}/complete/                      no   no   no   no   no   may  no   yes  may
    POST   api/v1/events/{event}/cancel/                        no   no   no   no   no   may  no   yes  may
    POST   api/v1/events/{event}/move/                          no   no   no   no   no   may  no   yes  may
    POST   api/v1/events/{event}/clone/                         no   no   no   no   no   may  no   yes  may
    POST   api/v1/events/{event}/repeat/                        no   no   no   no   no   may  no   yes  may
    PUT    api/v1/events/{event}/questions/                     no   no   no   no   no   may  no   yes  may
    PUT    api/v1/events/{event}/organizers/                    no   no   no   no   no   may  no   yes  may
    POST   api/v1/events/{event}/generate-certificates/         no   no   no   no   no   may  no   yes  may
    GET    api/v1/events/{event}/completion/                    no no no no no none|no no none none|no
    GET    api/v1/events/{event}/participants/                  no   no   no   no   no   may  no   yes  may
    POST   api/v1/events/{event}/check-in/                      no   no   no   no   no   may  no   yes  may
    POST   api/v1/events/{event}/take-back/                     no   no   no   no   no   may  no   yes  may
    POST   api/v1/events/{event}/scans/                         no   no   no   no   no   may  no   yes  may
    GET    api/v1/events/{event}/door/                          no   no   no   no   no   may  no   yes  may
    POST   api/v1/events/{event}/upload-attendance/             no   no   no   no   no   may  no   yes  may
    GET    api/v1/events/{draft}/                               none none none none none own  none yes  own
    GET    api/v1/event-registrations/                          no   yes  yes  yes  yes  yes  no   yes  yes
    GET    api/v1/event-registrations/{registration}/           no   own  own  none none own  no   yes  own
    POST   api/v1/event-registrations/{registration}/approve/   no   no   no   no   no   own  no   yes  own
    POST   api/v1/event-registrations/{registration}/reject/    no   no   no   no   no   own  no   yes  own
    POST   api/v1/event-registrations/{registration}/cancel/    no   own  own  none none own  no   yes  own
    GET    api/v1/event-registrations/{registration}/ticket/    no   own  own  none none no   no   no   no
    GET    api/v1/event-registrations/{registration}/ticket.pdf no   own  own  none none no   no   no   no
    GET    api/v1/event-registrations/{registration}/ticket.ics no   own  own  none none no   no   no   no
    GET    api/v1/calendar-feed/                                no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   api/v1/calendar-feed/                                no   yes  yes  yes  yes  yes  yes  yes  yes
    DELETE api/v1/calendar-feed/                                no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/calendar-feeds/{feed-token}.ics               yes  yes  yes  yes  yes  yes  yes  yes  yes

    GET    api/v1/imports/                                      no   no   no   no   no   yes  no   yes  yes
    POST   api/v1/imports/                                      no   no   no   no   no   yes  no   yes  yes
    GET    api/v1/imports/kinds/                                no   no   no   no   no   yes  no   yes  yes
    GET    api/v1/imports/{import}/                             no   no   no   no   no   own  no   yes  own
    POST   api/v1/imports/{import}/apply/                       no   no   no   no   no   own  no   yes  own
    POST   api/v1/imports/{import}/check/                       no   no   no   no   no   own  no   yes  own
    POST   api/v1/imports/{import}/discard/                     no   no   no   no   no   own  no   yes  own
    GET    api/v1/imports/{import}/errors/                      no   no   no   no   no   own  no   yes  own
    GET    api/v1/imports/{import}/rows/                        no   no   no   no   no   own  no   yes  own

    GET    .well-known/openid-configuration                     yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    .well-known/badges/jwks.json                         yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    .well-known/badges/keys/{badge-key}/                 yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    .well-known/badges/issuers/{institution}/            yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    .well-known/badges/revoked/{institution}/            yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    .well-known/jwks.json                                yes  yes  yes  yes  yes  yes  yes  yes  yes

    GET    api/v1/search/                                       yes  yes  yes  yes  yes  yes  yes  yes  yes

    GET    api/v1/schema/                                       yes  yes  yes  yes  yes  yes  yes  yes  yes

    GET    api/v1/docs/                                         yes  yes  yes  yes  yes  yes  yes  yes  yes

    GET    api/v1/pages/                                        yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    api/v1/pages/{page}/                                 yes  yes  yes  yes  yes  yes  yes  yes  yes

    GET    admin/login/                                         no   door door door door door door door door
    POST   admin/login/                                         no   door door door door door door door door
    GET    admin/password_reset/                                away away away away away away away away away
    GET    admin/password_reset/{rest}                          away away away away away away away away away
    GET    admin/reports/site-history/                          no   no   no   no   no   no   no   yes  no
    GET    admin/reports/site-history/results/                  no   no   no   no   no   no   no   yes  no
    GET    admin/statistics/                                   no   no   no   yes  door yes  no   yes  yes
    GET    admin/statistics/{report}/                          no   no   no   none door yes  no   yes  yes
    GET    admin/catalog/course/{course}/copy-to-season/        no   no   no   no   no   no   no   yes  own
    POST   admin/catalog/course/{course}/copy-to-season/        no   no   no   no   no   no   no   yes  own
    GET    admin/catalog/section/{section}/copy-to-season/      no   no   no   no   no   no   no   yes  own
    POST   admin/catalog/section/{section}/copy-to-season/      no   no   no   no   no   no   no   yes  own
    GET    admin/rosters/                                       no   no   no   no   no   no   no   yes  yes
    GET    admin/rosters/{season}/{form}/                       no   no   no   no   no   no   no   yes  own
    GET    admin/openid_clients/                                no   no   no   no   no   no   no   yes  no
    GET    admin/openid_clients/results/                        no   no   no   no   no   no   no   yes  no
    GET    admin/openid_clients/new/                            no   no   no   no   no   no   no   yes  no
    POST   admin/openid_clients/new/                            no   no   no   no   no   no   no   yes  no
    GET    admin/openid_clients/edit/{client}/                  no   no   no   no   no   no   no   yes  no
    POST   admin/openid_clients/edit/{client}/                  no   no   no   no   no   no   no   yes  no
    DELETE admin/openid_clients/delete/{client}/                no   no   no   no   no   no   no   yes  no
    GET    admin/openid_clients/delete/{client}/                no   no   no   no   no   no   no   yes  no
    POST   admin/openid_clients/delete/{client}/                no   no   no   no   no   no   no   yes  no
    GET    admin/openid_clients/secret/{client}/                no   no   no   no   no   no   no   yes  no
    POST   admin/openid_clients/secret/{client}/                no   no   no   no   no   no   no   yes  no

    GET    api/                                                 none none none none none none none none none
    GET    media/{file}                                         none none none none none none none none none

    GET    en/profile/                                          no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/profile/                                          no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/profile/identity-number/                          no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/profile/identity-number/                          no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/profile/data/                                     no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/profile/data/                                     no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/profile/data/{export}/                            no   own  own  own  own  own  own  own  own
    GET    en/profile/erasure/                                  no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/profile/erasure/                                  no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/i18n/setlang/                                     yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/dev/inbox/                                        yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/inbox/                                            no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/inbox/menu/                                       no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/inbox/read-all/                                   no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/inbox/preferences/                                no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/inbox/preferences/                                no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/inbox/unsubscribe/{unsubscribe}/                  yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/inbox/unsubscribe/{unsubscribe}/                  yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/inbox/{notification}/read/                        no   own  own  own  own  own  own  own  own
    POST   en/inbox/{notification}/action/                      no   own  own  own  own  own  own  own  own
    GET    en/announcements/                                   yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/announcements/{announcement-slug}/               none none none yes  none none yes  yes  none
    GET    en/departments/                                      yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/departments/{department-slug}/                    yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/faculties/{faculty-slug}/                         yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/institutions/{institution-slug}/                  yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/people/                                           yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/people/{nameless}/                                yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/people/{staff}-{staff-words}/                     yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/courses/                                          yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/courses/{course-slug}/                            yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/contents/{content}/                               away led  led  led  away away away yes  led
    GET    en/contents/{content}/file/                          away led  led  led  away away away yes  led
    GET    en/resources/{resource}/file/                        none own  own  own  none none none yes  own
    POST   en/sections/{section}/enroll/                        no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/sections/{section}/students/                      no   no   no   may  no   no   no   yes  may
    GET    en/sections/{section}/students.csv                   no   no   no   may  no   no   no   yes  may
    POST   en/enrollments/{enrollment}/drop/                    no   own  own  no   no   no   no   yes  own
    POST   en/enrollment-requests/{request}/withdraw/           no   own  own  no   no   no   no   yes  own
    POST   en/enrollment-requests/{request}/{decision}/         no   no   no   own  no   no   no   yes  own
    GET    en/profile/apps/                                     no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/profile/apps/                                     no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/two-factor/                                       no   away away away away away away away away
    POST   en/sessions/{session}/end/                           no   own  own  own  own  own  own  own  own
    GET    en/children/new/                                     no   no   yes  no   no   no   no   no   no
    POST   en/children/new/                                     no   no   yes  no   no   no   no   no   no
    GET    en/children/{child}/edit/                            no   no   own  no   no   no   no   no   no
    POST   en/children/{child}/edit/                            no   no   own  no   no   no   no   no   no
    GET    en/children/{child}/invite/                          no   no   own  no   no   no   no   no   no
    POST   en/children/{child}/invite/                          no   no   own  no   no   no   no   no   no
    POST   en/children/{child}/leave/                           no   no   own  no   no   no   no   no   no
    GET    en/claim/                                            no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/claim/                                            no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/children/{child}/                                 no   no   own  no   no   no   no   no   no
    GET    en/mentees/                                          no   no   no   no   yes  no   no   no   no
    GET    en/points/                                           no   yes  no   no   no   no   no   no   no
    POST   en/points/                                           no   yes  no   no   no   no   no   no   no
    GET    en/points/deciding/                                  no   no   no   no   yes  no   no   yes  yes
    POST   en/points/deciding/decide/                           no   no   no   no   own  no   no   yes  own
    GET    en/points/students/{student}/                        no   own  own  no   own  no   no   yes  own
    GET    en/points/{points}/evidence/                         no   own  own  no   own  no   no   yes  own
    GET    en/clubs/                                            yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/clubs/{club-slug}/                                yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/clubs/{club-slug}/members/                        no   no   no   no   no   may  no   yes  may
    POST   en/clubs/{club-slug}/members/{member}/{member-deed}/ no   no   no   no   no   may  no   yes  may
    POST   en/clubs/{club-slug}/join/                           no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/clubs/{club-slug}/leave/                          no   none none none none own  none none none
    GET    en/events/                                           yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/events/calendar/                                  yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/events/{event-slug}/                              yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/events/{event-slug}/event.ics                     yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/events/{event-slug}/register/                     no   yes  yes  yes  yes  no   no   no   no
    GET    en/events/calendar/mine/                             no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/events/calendar/mine/{feed-deed}/                 no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/events/organize/                                  no   no   no   no   no   yes  no   yes  yes
    GET    en/events/organize/new/                              no   no   no   no   no   yes  no   yes  yes
    POST   en/events/organize/new/                              no   no   no   no   no   yes  no   yes  yes
    GET    en/events/{event-slug}/organize/                     no   no   no   no   no   may  no   yes  may
    GET    en/events/{event-slug}/organize/edit/                no   no   no   no   no   may  no   yes  may
    POST   en/events/{event-slug}/organize/edit/                no   no   no   no   no   may  no   yes  may
    GET    en/events/{event-slug}/organize/questions/           no   no   no   no   no   may  no   yes  may
    POST   en/events/{event-slug}/organize/questions/           no   no   no   no   no   may  no   yes  may
    POST   en/events/{event-slug}/organize/schedule/            no   no   no   no   no   may  no   yes  may
    GET    en/events/{event-slug}/organize/move/                no   no   no   no   no   may  no   yes  may
    POST   en/events/{event-slug}/organize/move/                no   no   no   no   no   may  no   yes  may
    GET    en/events/{event-slug}/organize/cancel/              no   no   no   no   no   may  no   yes  may
    POST   en/events/{event-slug}/organize/cancel/              no   no   no   no   no   may  no   yes  may
    GET    en/events/{event-slug}/organize/copy/                no   no   no   no   no   may  no   yes  may
    POST   en/events/{event-slug}/organize/copy/                no   no   no   no   no   may  no   yes  may
    GET    en/events/{event-slug}/organize/participants/        no   no   no   no   no   may  no   yes  may
    GET    en/events/{event-slug}/organize/participants.csv     no   no   no   no   no   may  no   yes  may
    GET en/events/{event-slug}/organize/participants/{registration}/reject/ no no no no no may no   yes  may
    POST en/events/{event-slug}/organize/participants/{registration}/reject/ no no no no no may no   yes  may
    POST en/events/{event-slug}/organize/participants/{registration}/{deed}/ no no no no no may no   yes  may
    GET    en/events/{event-slug}/organize/attendance/          no   no   no   no   no   may  no   yes  may
    POST   en/events/{event-slug}/organize/attendance/          no   no   no   no   no   may  no   yes  may
    GET    en/events/{event-slug}/organize/attendance/{list}/   no no no no no yes|no no yes none|no
    POST   en/events/{event-slug}/organize/attendance/{list}/{list-deed}/ no no no no no yes|no no yes none|no
    POST   en/events/{event-slug}/organize/now/{step}/          no   no   no   no   no   may  no   yes  may
    GET    en/events/{event-slug}/door/                         no   no   no   no   no   may  no   yes  may
    POST   en/events/{event-slug}/door/                         no   no   no   no   no   may  no   yes  may
    GET    en/events/{event-slug}/door/screen/                  no   no   no   no   no   may  no   yes  may
    GET    en/here/{door-token}/                                no   yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/here/{door-token}/arrive/                         no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/tickets/{registration}/                           no   own  own  none none none no   none none
    POST   en/tickets/{registration}/cancel/                    no   own  own  none none own  no   yes  own
    GET    en/reports/                                         no   no   no   yes  yes  yes  no   yes  yes
    GET    en/reports/{report}/                                no   no   no   none none yes  no   yes  yes
    GET    en/certificates/                                     no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/certificates/{certificate}/                       no   own  own  none none none none yes  own
    GET    en/certificates/{certificate}/pdf/                   no   own  own  none none none none yes  own
    GET    en/certificates/{certificate}/badge/                 no   own  own  none none none none yes  own
    GET    en/certificates/verify/                              yes  yes  yes  yes  yes  yes  yes  yes  yes
    POST   en/certificates/verify/                              yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/certificates/verify/{certificate-hash}/           yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/halls/                                            yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/halls/utilization/                                no   no   no   no   no   no   no   yes  yes
    GET    en/halls/{hall}/                                     yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/halls/{hall}/calendar.ics                         yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/halls/{hall}/ask/                                 no   no   no   yes  no   yes  no   yes  yes
    POST   en/halls/{hall}/ask/                                 no   no   no   yes  no   yes  no   yes  yes
    GET    en/hall-bookings/                                    no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/hall-bookings/pending/                            no   no   no   no   no   no   no   yes  yes
    GET    en/hall-bookings/{booking}/                          no   none none own  none own  none yes  own
    POST   en/hall-bookings/{booking}/cancel/                   no   none none own  none own  none yes  own
    GET    en/hall-bookings/{booking}/decide/                   no   no   no   no   no   no   no   yes  own
    POST   en/hall-bookings/{booking}/decide/                   no   no   no   no   no   no   no   yes  own
    GET    en/search/                                           yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/search/suggest/                                   yes  yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/dashboard/                                        no   yes  yes  yes  yes  yes  yes  yes  yes
    GET    en/_util/login/                                      no   door door door door door door door door
    POST   en/_util/login/                                      no   door door door door door door door door
    """
)

UNTRIED = {
    "api/v1/auth/": "allauth's own doors, in tests/campus/accounts; policies in test_policies.py",
    "identity/": "OAuth's own answers, by client and token: tests/campus/accounts/openid",
    "en/invitation/": "whoever holds the link: tests/campus/accounts",
    "metrics": "by token or internal address: tests/portal/test_operations.py",
}
"""Addresses that are not tried with every role, and where they are tried."""


def whole_row(cells: str) -> Row:
    return parse(f"ROOM - {cells}")[0]
