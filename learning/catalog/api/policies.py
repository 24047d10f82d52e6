"""Who may do what, where several viewsets say the same."""

from learning.catalog.rules import EDIT, MANAGE, READ_SCOPE
from portal.permissions import PUBLIC, requires

READ = {"list": PUBLIC, "retrieve": PUBLIC}
READ_SCOPES = {"list": READ_SCOPE, "retrieve": READ_SCOPE}


WRITE = {
    "create": requires(EDIT),
    "partial_update": requires(EDIT),
    "destroy": requires(EDIT),
}

MANAGED = {
    "create": requires(MANAGE),
    "partial_update": requires(MANAGE),
    "destroy": requires(MANAGE),
}
