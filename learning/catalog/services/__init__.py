"""Every write of the catalog by its people: checked, stored and logged in one transaction."""

from learning.catalog.services.categories import delete_category, write_category
from learning.catalog.services.contents import (
    Part,
    delete_part,
    delete_resource,
    write_content,
    write_module,
    write_module_whole,
    write_resource,
)
from learning.catalog.services.copies import copy_course, copy_section
from learning.catalog.services.courses import create_course, delete_course, update_course
from learning.catalog.services.meetings import WeeklyHour
from learning.catalog.services.seasons import (
    delete_program,
    delete_season,
    write_program,
    write_season,
)
from learning.catalog.services.sections import (
    create_section,
    delete_section,
    update_section,
)

__all__ = [
    "Part",
    "WeeklyHour",
    "copy_course",
    "copy_section",
    "create_course",
    "create_section",
    "delete_category",
    "delete_course",
    "delete_part",
    "delete_program",
    "delete_resource",
    "delete_season",
    "delete_section",
    "update_course",
    "update_section",
    "write_category",
    "write_content",
    "write_module",
    "write_module_whole",
    "write_program",
    "write_resource",
    "write_season",
]
