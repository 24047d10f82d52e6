"""Addresses of the API of this app."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from campus.points.api import (
    PointCategoryViewSet,
    PointTransactionViewSet,
    StudentPointsViewSet,
)

router = SimpleRouter()
router.register("point-categories", PointCategoryViewSet, basename="point-category")
router.register("point-transactions", PointTransactionViewSet, basename="point-transaction")

urlpatterns: list[URLPattern | URLResolver] = [
    *router.urls,
    path(
        "students/<uuid:student_id>/points/",
        StudentPointsViewSet.as_view({"get": "retrieve"}),
        name="student-points",
    ),
]
