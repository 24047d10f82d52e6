"""Who sees, revokes and designs certificates: the rows of the table in one place.

The public page needs no rule: whoever has the paper may ask whether it holds (C2).
"""

from typing import Any

import rules

from campus.accounts.rules import is_signed_in
from campus.certificates.models import Certificate
from campus.institutions.scope import administers
from campus.people import rules as people


@rules.predicate
def is_own(user: Any, certificate: Certificate | None) -> bool:
    """It is the person's own; at the door whoever is signed in passes."""
    if certificate is None:
        return bool(is_signed_in(user))
    holder = certificate.holder_user
    return holder is not None and holder.pk == user.pk


@rules.predicate
def is_childs(user: Any, certificate: Certificate | None) -> bool:
    """It is a child's of the person (P10); at the door any parent passes."""
    student = None if certificate is None else certificate.student
    if certificate is not None and student is None:
        return False
    return bool(people.is_guardian(user, student))


VIEW = "certificates.view_certificates"
REVOKE = "certificates.revoke_certificates"
MANAGE = "certificates.manage_templates"

rules.add_perm(VIEW, is_own | is_childs | administers)
rules.add_perm(REVOKE, administers)
rules.add_perm(MANAGE, administers)
