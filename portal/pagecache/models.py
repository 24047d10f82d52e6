"""The version of each tag, where no Redis holds them."""

from django.db import models


class TagVersion(models.Model):
    """When something that public pages show last changed.

    ``version`` comes from one growing row of numbers over all tags, so that "touched since I began to
    render" is one comparison. On SQLite the row is written in the transaction of the change itself:
    data and version become visible together, in every process.
    """

    name = models.CharField(max_length=100, primary_key=True)
    version = models.BigIntegerField(db_index=True)

    class Meta:
        db_table = "pagecache_tag"

    def __str__(self) -> str:
        return f"{self.name} @{self.version}"
