"""Addresses of the API of this app."""

from rest_framework.routers import SimpleRouter

from learning.catalog.api import contents, courses, pages, seasons, sections

router = SimpleRouter()
router.register("seasons", seasons.SeasonViewSet, basename="season")
router.register("programs", seasons.ProgramViewSet, basename="program")
router.register("courses", courses.CourseViewSet, basename="course")
router.register("modules", contents.ModuleViewSet, basename="module")
router.register("contents", contents.ContentViewSet, basename="content")
router.register("sections", sections.SectionViewSet, basename="section")
router.register("resources", contents.ResourceViewSet, basename="resource")

__all__ = ["pages", "urlpatterns"]  # importing ``pages`` registers what course pages tell (F3)

urlpatterns = router.urls
