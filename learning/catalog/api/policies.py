"""Who may do what, where several viewsets say the same."""

from learning.catalog.rules import EDIT
from portal.permissions import PUBLIC, requires

READ = {"list": PUBLIC, "retrieve": PUBLIC}


WRITE = {
    "create": requires(EDIT),
    "partial_update": requires(EDIT),
    "destroy": requires(EDIT),
}
