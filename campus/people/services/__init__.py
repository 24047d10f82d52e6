"""Every write to students, guardians and staff, split by noun.

Locks are taken in one order: the guardian's account, the institution (for a number), students by id.
"""

from campus.people.services.children import (
    MOST_CHILDREN,
    add_guardian,
    change_guardianship,
    create_child,
    edit_child,
    remove_guardian,
    set_guardians_may_see,
)
from campus.people.services.invitations import (
    hand_over_account,
    invite,
    withdraw_invitations,
)
from campus.people.services.members import BINDING, join_institution
from campus.people.services.mentors import assign_mentor
from campus.people.services.profiles import (
    STAFF_FIELDS,
    STUDENT_FIELDS,
    make_student,
    next_student_number,
    update_staff,
    update_student,
)
from campus.people.services.staff import delete_staff, write_staff
from campus.people.services.students import remove_student, save_student

__all__ = [
    "BINDING",
    "MOST_CHILDREN",
    "STAFF_FIELDS",
    "STUDENT_FIELDS",
    "add_guardian",
    "assign_mentor",
    "change_guardianship",
    "create_child",
    "delete_staff",
    "edit_child",
    "hand_over_account",
    "invite",
    "join_institution",
    "make_student",
    "next_student_number",
    "remove_guardian",
    "remove_student",
    "save_student",
    "set_guardians_may_see",
    "update_staff",
    "update_student",
    "withdraw_invitations",
    "write_staff",
]
