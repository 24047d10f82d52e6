"""Pages of long lists in the Wagtail admin."""

from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin.paginator import WagtailPaginator


class BoundedPaginator(WagtailPaginator):
    """Pages of the first ten thousand: to count and to leaf through a million helps nobody.

    What is further down is found by search and filters.
    """

    MOST = 10_000

    @cached_property
    def _counted(self) -> int:
        return int(self.object_list.order_by()[: self.MOST + 1].count())

    @cached_property
    def count(self) -> int:
        """How many there are, at most ``MOST``."""
        return min(self._counted, self.MOST)

    @cached_property
    def items_count_label(self) -> str:
        """What stands above the list: how many, or that they are more than are counted."""
        if self._counted <= self.MOST:
            return str(super().items_count_label)
        count = number_format(self.MOST)
        things = self.verbose_name_plural
        return _("more than %(count)s %(things)s") % {"count": count, "things": things}
