"""What makes tests cheap without making them different."""

import gc
from typing import Any

from django.conf import settings
from whitenoise.middleware import WhiteNoiseMiddleware

_list = WhiteNoiseMiddleware.add_files_from_finders
_lists: dict[tuple[Any, ...], dict[str, Any]] = {}


def _list_once(self: Any) -> None:
    """Each client of a test makes the middleware anew, which reads the headers of each static file."""
    key = (
        *(self.static_prefix, self.max_age, self.charset, self.allow_all_origins),
        *(tuple(settings.STATICFILES_DIRS), tuple(settings.STATICFILES_FINDERS)),
    )
    if key not in _lists:
        others, self.files = self.files, {}
        _list(self)
        _lists[key], self.files = self.files, others
    self.files.update(_lists[key])


def be_quicker() -> None:
    """List static files once; let the collector pass by what lives as long as the process."""
    WhiteNoiseMiddleware.add_files_from_finders = _list_once
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
