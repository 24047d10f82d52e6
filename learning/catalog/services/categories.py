"""Writing categories: every institution's, so the admins' of the whole portal."""

from collections.abc import Mapping
from typing import Any

from learning.catalog.models import Category
from learning.catalog.rules import MANAGE
from learning.catalog.services.common import remove, require, store


def write_category(
    *, actor: Any, changes: Mapping[str, Any], category: Category | None = None
) -> Category:
    """Make a category, or correct one. Raises NotAllowed, and InvalidInput for a name that is taken."""
    held = category or Category()
    require(actor, MANAGE, held)
    return store(held, changes=changes, actor=actor, unique="name")


def delete_category(*, category: Category, actor: Any) -> None:
    """Take a category away that no course is of. Raises NotAllowed and StillInUse."""
    require(actor, MANAGE, category)
    remove(category, actor=actor)
