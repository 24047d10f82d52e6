"""Pages of one's own data (P9)."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from campus.accounts.acting import acting_user
from campus.personal import services
from campus.personal.errors import NotConfirmed
from campus.personal.forms import ConfirmForm
from campus.personal.models import DataExport
from portal.errors import DomainError
from portal.pages import guarded
from portal.permissions import SIGNED_IN

SHOWN = 5


def archive_answer(user: Any, export_id: uuid.UUID) -> FileResponse:
    """The file of ``user``'s own download; raises ``Http404`` for another's and for one that is gone."""
    found = DataExport.objects.visible_to(user).fetchable().filter(pk=export_id).first()
    if found is None:
        raise Http404
    try:
        opened = found.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    name = f"quad-{found.created_at:%Y-%m-%d}.zip"
    return FileResponse(
        opened,
        as_attachment=True,
        filename=name,
        content_type="application/zip",
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"},
    )


@guarded(SIGNED_IN)
@require_safe
def archive(request: HttpRequest, export_id: uuid.UUID) -> Any:
    """Fetch a download."""
    return archive_answer(request.user, export_id)


@method_decorator(never_cache, name="dispatch")
class DataView(LoginRequiredMixin, View):
    """Downloads, and the way to erasure."""

    policy = SIGNED_IN

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        user = acting_user(request)
        context = {
            "exports": DataExport.objects.visible_to(user)[:SHOWN],
            "erasure": services.waiting_erasure(user),
            "days": settings.DATA_EXPORT_DAYS,
        }
        return render(request, "personal/data.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask for a download."""
        user = acting_user(request)
        try:
            services.request_export(user=user, actor=user)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(
                request, _("Your data is being gathered. We tell you when it is ready.")
            )
        return HttpResponseRedirect(reverse("personal:data"))


@method_decorator(never_cache, name="dispatch")
class ErasureView(LoginRequiredMixin, View):
    """Ask to be erased, or take it back."""

    policy = SIGNED_IN

    def get(self, request: HttpRequest) -> HttpResponse:
        """What will happen, and the form."""
        return self._page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask, with the password and the second factor; or take it back."""
        user = acting_user(request)
        try:
            if request.POST.get("action") == "cancel":
                services.cancel_erasure(user=user, actor=user)
                messages.success(request, _("Your account stays."))
                return HttpResponseRedirect(reverse("personal:data"))
            form = ConfirmForm(request.POST, needs_code=services.needs_code(user))
            if not form.is_valid():
                return self._page(request, form, status=422)
            try:
                services.confirm(user=user, **form.cleaned_data)
            except NotConfirmed as wrong:
                form.add_error(wrong.param if wrong.param in form.fields else None, str(wrong))
                return self._page(request, form, status=422)
            services.ask_erasure(user=user, actor=user)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("personal:erasure"))

    def _page(
        self, request: HttpRequest, form: ConfirmForm | None = None, status: int = 200
    ) -> HttpResponse:
        user = acting_user(request)
        context = {
            "form": form or ConfirmForm(needs_code=services.needs_code(user)),
            "erasure": services.waiting_erasure(user),
            "days": settings.ERASURE_GRACE_DAYS,
            "has_password": user.has_usable_password(),
        }
        return render(request, "personal/erasure.html", context, status=status)
