"""A small site to try the page cache on: each view lets something else into its answer."""

from collections.abc import Callable

from django.conf.urls.i18n import i18n_patterns
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.utils.translation import get_language
from django.views.decorators.cache import cache_control
from django.views.decorators.vary import vary_on_headers

from portal.pagecache import may_cache
from portal.pagecache.marks import do_not_cache

#: What the pages show; tests change it and touch the tag.
shown = {"word": "first", "rendered": 0}
#: Called in the middle of a rendering, after the word was read.
meanwhile: list[Callable[[], None]] = []


def page(request: HttpRequest) -> HttpResponse:
    """The word, in the language of the address."""
    may_cache(request, "courses", "course:1", params=("page", "level"))
    word = shown["word"]
    shown["rendered"] += 1
    for call in meanwhile:
        call()
    part = "fragment" if request.headers.get("HX-Request") else "page"
    who = request.user.pk or "anonymous"
    text = f"{part} {word} {get_language()} {who} page={request.GET.get('page', '1')} " + "." * 900
    return HttpResponse(text)


def stored(request: HttpRequest) -> HttpResponse:
    """The names of all users, from the database."""
    may_cache(request, "people")
    names = get_user_model().objects.order_by("pk").values_list("full_name", flat=True)
    return HttpResponse(", ".join(names))


def unmarked(request: HttpRequest) -> HttpResponse:
    shown["rendered"] += 1
    return HttpResponse("unmarked")


def form(request: HttpRequest) -> HttpResponse:
    may_cache(request)
    return HttpResponse(f"<input value={get_token(request)}>")


def cookie(request: HttpRequest) -> HttpResponse:
    may_cache(request)
    response = HttpResponse("cookie")
    response.set_cookie("seen", "1")
    return response


def message(request: HttpRequest) -> HttpResponse:
    may_cache(request)
    messages.info(request, "For you alone")
    return HttpResponse(", ".join(str(one) for one in messages.get_messages(request)))


def missing(request: HttpRequest) -> HttpResponse:
    may_cache(request)
    return HttpResponse("nothing here", status=404)


def streamed(request: HttpRequest) -> HttpResponse:
    may_cache(request)
    return StreamingHttpResponse(iter([b"one ", b"two"]))  # type: ignore[return-value]


def taken_back(request: HttpRequest) -> HttpResponse:
    do_not_cache(request)
    may_cache(request)
    return HttpResponse("restricted")


def nonce(request: HttpRequest) -> HttpResponse:
    may_cache(request)
    response = HttpResponse("nonce")
    response["Content-Security-Policy"] = "script-src 'nonce-abc'"
    return response


@cache_control(private=True)
def private(request: HttpRequest) -> HttpResponse:
    may_cache(request)
    return HttpResponse("private")


@vary_on_headers("X-Flavor")
def varied(request: HttpRequest) -> HttpResponse:
    may_cache(request)
    return HttpResponse("varied")


urlpatterns = [
    path("outside/", page),
    *i18n_patterns(
        path("page/", page),
        path("stored/", stored),
        path("unmarked/", unmarked),
        path("form/", form),
        path("cookie/", cookie),
        path("message/", message),
        path("missing/", missing),
        path("streamed/", streamed),
        path("taken-back/", taken_back),
        path("nonce/", nonce),
        path("private/", private),
        path("varied/", varied),
    ),
]
