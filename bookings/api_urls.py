"""Addresses of the API of this room."""

from rest_framework.routers import SimpleRouter

from bookings.api.bookings import HallBookingViewSet
from bookings.api.halls import HallViewSet

router = SimpleRouter()
router.register("halls", HallViewSet, basename="hall")
router.register("hall-bookings", HallBookingViewSet, basename="hall-booking")

urlpatterns = router.urls
