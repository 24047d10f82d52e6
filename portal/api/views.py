"""The base of every API view of ours: envelope, policy, limits, idempotency and ETags in one place.

An app's view derives from ``ApiView``, ``ApiViewSet`` or ``ReadOnlyApiViewSet`` and declares:

``policy``      who may use it: a ``Policy``, or a mapping of action (for ``ApiView``: method in lower
                case) to ``Policy``. Without one it refuses everybody.
``scope``       what a token of another system must be allowed (``portal.scopes``): a name, or a mapping of
                action to name. Without one no such token reaches it (P7).
``idempotent``  True on a view whose POST books, registers or sends (F5).
``rate``        a limit of its own beside the general ones, such as ``"10/min"`` (F6).
``ending``      a ``versions.Ending`` where this operation goes before its version does (F4).
``ordering``    of a list: fields that are never NULL, a unique one last.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework import exceptions, mixins, viewsets
from rest_framework.parsers import BaseParser, FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.api import etag, idempotency, throttling, versions
from portal.api.envelope import SENTENCES, EnvelopeRenderer
from portal.api.errors import exception_handler
from portal.api.filters import FilterBackend
from portal.api.pagination import KeysetPagination
from portal.api.parsers import OrjsonParser, refuse_unreadable
from portal.api.schema import Schema
from portal.api.versions import Ending
from portal.permissions import Policies


class ApiBehavior(APIView):
    """What the three base classes share."""

    policy: Policies | None = None
    scope: str | Mapping[str, str] | None = None
    idempotent: bool = False
    rate: str | None = None
    ending: Ending | None = None
    throttle_classes = ()  # counted in perform_authentication, refusals included
    renderer_classes = (EnvelopeRenderer,)
    parser_classes: tuple[type[BaseParser], ...] = (OrjsonParser, FormParser, MultiPartParser)
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    metadata_class = None
    schema = Schema()

    def get_exception_handler(self) -> Callable[..., Any]:
        """Our own handler, here and not in the global default (see ``envelope.py``)."""
        return exception_handler

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse an address that is malformed (bodies: ``portal.bodies``); then DRF's checks."""
        meta = request.META
        if "%00" in meta.get("QUERY_STRING", "") or "\0" in request.path_info:
            raise exceptions.ParseError(SENTENCES[400])
        refuse_unreadable(request.query_params)
        super().initial(request, *args, **kwargs)

    def perform_authentication(self, request: Request) -> None:
        """Find out who asks, then count it: also what fails to sign in or may not do this."""
        try:
            super().perform_authentication(request)
        except exceptions.AuthenticationFailed:
            throttling.check(request, self)
            raise
        request._request.token_user_id = request.user.pk  # type: ignore[attr-defined]  # (for the log)
        throttling.check(request, self)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """DRF's own, with the handler called through ``perform``."""
        self.args, self.kwargs = args, kwargs
        drf_request = self.initialize_request(request, *args, **kwargs)
        self.request = drf_request
        self.headers = self.default_response_headers
        method = (request.method or "").lower()
        try:
            self.initial(drf_request, *args, **kwargs)
            handler = self.http_method_not_allowed
            if method in self.http_method_names:
                handler = getattr(self, method, handler)
            response = self.perform(handler, drf_request)
        except Exception as exc:
            response = self.handle_exception(exc)
        self.response = self.finalize_response(drf_request, response, *args, **kwargs)
        return self.response

    def perform(self, handler: Callable[..., Response], request: Request) -> Response:
        """Call the method's handler; once for each idempotency key where the view asks for it."""

        def work() -> Response:
            if request.method not in {"GET", "HEAD"}:
                refuse_unreadable(request.data)
            return handler(request, *self.args, **self.kwargs)

        if self.idempotent and request.method == "POST" and request.user.is_authenticated:
            key = idempotency.key_of(request)
            if key is not None:
                return idempotency.once(request, key, work, self.handle_exception)
        return work()

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Tell limits, the version's end and the ETag in headers."""
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in throttling.headers(request).items():
            response[name] = value
        for name, value in versions.headers_for(request.path, self.ending).items():
            response[name] = value
        if isinstance(response, Response):
            if request.method in {"GET", "HEAD"} and response.status_code == 200:
                etag.tag_when_rendered(request, response)
            else:
                response.headers.setdefault("Cache-Control", "no-store")
        return response


class ApiView(ApiBehavior):
    """One address with methods of its own."""


class ApiViewSet(ApiBehavior, viewsets.GenericViewSet):
    """A resource with the actions that it defines or mixes in."""

    filter_backends = [FilterBackend]
    pagination_class = KeysetPagination


class ReadOnlyApiViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ApiViewSet):
    """A resource to list and to read."""
