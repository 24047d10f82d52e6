"""Addresses of the API of this app."""

from rest_framework.routers import SimpleRouter

from learning.catalog.api import pages, views

router = SimpleRouter()
router.register("seasons", views.SeasonViewSet, basename="season")
router.register("programs", views.ProgramViewSet, basename="program")
router.register("courses", views.CourseViewSet, basename="course")
router.register("modules", views.ModuleViewSet, basename="module")
router.register("contents", views.ContentViewSet, basename="content")
router.register("sections", views.SectionViewSet, basename="section")
router.register("resources", views.ResourceViewSet, basename="resource")

__all__ = ["pages", "urlpatterns"]  # importing ``pages`` registers what course pages tell (F3)

urlpatterns = router.urls
