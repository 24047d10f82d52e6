"""Who may bring files at all; each kind has a permission of its own (``Importer.permission``)."""

from typing import Any

import rules

from portal.imports.registry import importers_for

USE = "imports.use"


@rules.predicate
def may_bring_something(user: Any) -> bool:
    """May use an importer."""
    return bool(user is not None and user.is_authenticated and importers_for(user))


rules.add_perm(USE, may_bring_something)
