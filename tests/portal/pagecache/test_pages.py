"""What is kept, for whom, and for how long."""

import datetime as dt
import gzip
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from portal.pagecache import PageCache, touch
from portal.pagecache.wsgi import _observers, end_of_life, observe
from tests.portal.pagecache import urls
from tests.portal.pagecache.browser import Visitor

pytestmark = pytest.mark.django_db
commits = pytest.mark.django_db(transaction=True)


def test_the_second_visitor_gets_the_page_without_a_rendering(visitor: Visitor) -> None:
    first, second = visitor.get("/en/page/"), visitor.get("/en/page/")
    assert (first.cache, second.cache) == ("kept", "hit")
    assert first.body == second.body
    assert urls.shown["rendered"] == 1


@commits
def test_a_touch_of_any_of_its_tags_ends_a_page(visitor: Visitor) -> None:
    for tag in ("courses", "course:1", "site"):
        visitor.get("/en/page/")
        urls.shown["word"] = f"after {tag}"
        touch(tag)
        assert f"after {tag} " in visitor.get("/en/page/").text
        assert visitor.get("/en/page/").cache == "hit"


@commits
def test_a_touch_of_another_tag_leaves_it(visitor: Visitor) -> None:
    visitor.get("/en/page/")
    touch("course:2", "people")
    assert visitor.get("/en/page/").cache == "hit"


@commits
def test_the_control_without_the_check_of_tags_shows_a_stale_page(site: PageCache) -> None:
    """What the check guards against: with it off, the page of before the write is sent."""
    site.check = False
    visitor = Visitor(site)
    visitor.get("/en/page/")
    urls.shown["word"] = "second"
    touch("courses")
    assert " first " in visitor.get("/en/page/").text


def test_who_is_signed_in_gets_their_own_page_and_leaves_nothing_behind(visitor: Visitor) -> None:
    user = get_user_model().objects.create_user("a@quad.example", "x")
    client = Client()
    client.force_login(user)
    theirs = Visitor(visitor.site, {"sessionid": client.cookies["sessionid"].value})
    answer = theirs.get("/en/page/")
    assert f" {user.pk} " in answer.text
    assert answer.cache == ""
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "Cookie" in answer.headers["vary"]
    assert " anonymous " in visitor.get("/en/page/").text
    assert " anonymous " in visitor.get("/en/page/").text
    assert f" {user.pk} " in theirs.get("/en/page/").text, "nor a kept page after that"
    client.logout()
    assert " anonymous " in theirs.get("/en/page/").text


def test_an_authorization_header_goes_past_the_cache(visitor: Visitor) -> None:
    visitor.get("/en/page/")
    assert visitor.get("/en/page/", authorization="Bearer x").cache == ""


@pytest.mark.parametrize("name", ["sessionid", "messages"])
def test_a_personal_cookie_goes_past_the_cache(visitor: Visitor, name: str) -> None:
    visitor.get("/en/page/")
    assert Visitor(visitor.site, {"a": "b", name: "anything"}).get("/en/page/").cache == ""


def test_other_cookies_do_not_matter(visitor: Visitor) -> None:
    visitor.get("/en/page/")
    other = Visitor(visitor.site, {"csrftoken": "x" * 32, "django_language": "ar"})
    answer = other.get("/en/page/")
    assert answer.cache == "hit"
    assert " en " in answer.text


@pytest.mark.parametrize(
    "name",
    [
        *("form", "cookie", "message", "missing", "streamed", "taken-back"),
        *("nonce", "private", "varied", "unmarked"),
    ],
)
def test_what_is_not_the_same_for_all_is_not_kept(visitor: Visitor, name: str) -> None:
    for _ in range(2):
        answer = visitor.get(f"/en/{name}/")
        assert answer.cache == ""
    assert len(visitor.site.store) == 0


def test_a_token_is_not_kept_for_one_who_has_its_cookie_already(visitor: Visitor) -> None:
    """Django sets the cookie again whenever its token was used: that is what the cache goes by."""
    known = Visitor(visitor.site, {"csrftoken": "a" * 32})
    first, second = known.get("/en/form/"), visitor.get("/en/form/")
    assert "set-cookie" in first.headers
    assert first.text != second.text
    assert len(visitor.site.store) == 0


def test_no_kept_answer_carries_a_cookie(visitor: Visitor) -> None:
    for path in ("/en/page/", "/en/form/", "/en/cookie/", "/en/message/"):
        visitor.get(path)
    pages = [page for page, _ in visitor.site.store._pages.values()]
    assert len(pages) == 1
    assert not [n for page in pages for n, _ in page.headers if n.lower() == "set-cookie"]


def test_each_language_has_its_own_page_whatever_the_browser_prefers(visitor: Visitor) -> None:
    assert " en " in visitor.get("/en/page/", accept_language="ar").text
    arabic = visitor.get("/ar/page/", accept_language="en")
    assert " ar " in arabic.text
    assert arabic.headers["content-language"] == "ar"
    assert " en " in visitor.get("/en/page/", accept_language="ar").text
    assert visitor.get("/ar/page/").cache == "hit"


def test_addresses_without_a_language_are_left_alone(visitor: Visitor) -> None:
    for _ in range(2):
        assert visitor.get("/outside/").cache == ""
        assert visitor.get("/", accept_language="ar").headers.get("location", "") in ("", "/ar/")


def test_fragments_for_htmx_are_kept_apart(visitor: Visitor) -> None:
    assert visitor.get("/en/page/").text.startswith("page")
    fragment = visitor.get("/en/page/", hx_request="true")
    assert fragment.text.startswith("fragment")
    assert visitor.get("/en/page/").text.startswith("page")
    assert visitor.get("/en/page/", hx_request="true").cache == "hit"
    assert "HX-Request" in fragment.headers["vary"]
    assert visitor.get("/en/page/", hx_request="true", hx_target="other").cache == "kept"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_neither_kept_nor_answered(visitor: Visitor, method: str) -> None:
    visitor.ask(method, "/en/page/")
    assert len(visitor.site.store) == 0
    visitor.get("/en/page/")
    rendered = urls.shown["rendered"]
    assert visitor.ask(method, "/en/page/").cache == ""
    assert visitor.get("/en/page/").cache == "hit"
    assert urls.shown["rendered"] <= rendered + 1


def test_head_is_answered_from_the_page_and_keeps_nothing(visitor: Visitor) -> None:
    assert visitor.ask("HEAD", "/en/page/").cache == ""
    assert len(visitor.site.store) == 0
    whole = visitor.get("/en/page/")
    head = visitor.ask("HEAD", "/en/page/")
    assert (head.status, head.body, head.cache) == (200, b"", "hit")
    assert head.headers["content-length"] == str(len(whole.body))


def test_a_known_parameter_is_part_of_the_page_and_their_order_is_not(visitor: Visitor) -> None:
    assert " page=2 " in visitor.get("/en/page/?page=2&level=1").text
    assert " page=3 " in visitor.get("/en/page/?page=3&level=1").text
    assert visitor.get("/en/page/?level=1&page=2").cache == "hit"


def test_unknown_parameters_are_never_kept(visitor: Visitor) -> None:
    for number in range(50):
        assert visitor.get(f"/en/page/?x={number}").cache == ""
    assert len(visitor.site.store) == 0


def test_a_tracker_in_the_address_hits_the_plain_page_and_is_not_kept(visitor: Visitor) -> None:
    assert visitor.get("/en/page/?utm_source=mail").cache == ""
    visitor.get("/en/page/")
    assert visitor.get("/en/page/?utm_source=mail").cache == "hit"


def test_each_host_and_scheme_has_its_own_page(visitor: Visitor, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    visitor.get("/en/page/")
    assert Visitor(visitor.site, host="other.example").get("/en/page/").cache == "kept"


@commits
def test_a_browser_that_has_the_page_gets_304(visitor: Visitor) -> None:
    first = visitor.get("/en/page/")
    assert first.headers["cache-control"] == "no-cache"
    again = visitor.get("/en/page/", if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert "content-length" not in again.headers
    urls.shown["word"] = "second"
    touch("courses")
    fresh = visitor.get("/en/page/", if_none_match=first.headers["etag"])
    assert fresh.status == 200
    assert " second " in fresh.text
    assert fresh.headers["etag"] != first.headers["etag"]


def test_the_page_is_sent_compressed_to_who_can_read_it(visitor: Visitor) -> None:
    plain = visitor.get("/en/page/")
    packed = visitor.get("/en/page/", accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["content-length"] == str(len(packed.body))
    assert "Accept-Encoding" in packed.headers["vary"]
    assert visitor.get("/en/page/").body == plain.body


def test_a_page_ends_with_its_life(visitor: Visitor) -> None:
    visitor.get("/en/page/")
    with mock.patch("portal.pagecache.wsgi.time.time", return_value=2**40):
        assert visitor.get("/en/page/").cache == "kept"


def test_a_page_ends_with_the_day_for_it_says_what_is_open_today() -> None:
    late = timezone.make_aware(dt.datetime(2026, 5, 1, 23, 59, 0))
    noon = timezone.make_aware(dt.datetime(2026, 5, 1, 12, 0, 0))
    with mock.patch("portal.pagecache.wsgi.timezone.localtime", return_value=late):
        assert end_of_life(300) == late.timestamp() + 60
    with mock.patch("portal.pagecache.wsgi.timezone.localtime", return_value=noon):
        assert end_of_life(300) == noon.timestamp() + 300


def test_answers_from_the_cache_are_told_to_observers(visitor: Visitor) -> None:
    seen: list[tuple[str, int]] = []

    def note(environ: dict[str, Any], status: int, seconds: float) -> None:
        assert seconds >= 0
        seen.append((environ["PATH_INFO"], status))

    observe(note)
    try:
        etag = visitor.get("/en/page/").headers["etag"]
        visitor.get("/en/page/")
        visitor.get("/en/page/", if_none_match=etag)
    finally:
        _observers.remove(note)
    assert seen == [("/en/page/", 200), ("/en/page/", 304)]


def test_o3_each_answer_from_the_cache_has_an_id_of_its_own(visitor: Visitor) -> None:
    etag = visitor.get("/en/page/").headers["etag"]
    ids = {visitor.get("/en/page/").headers["x-request-id"] for _ in range(2)}
    ids.add(visitor.get("/en/page/", if_none_match=etag).headers["x-request-id"])
    assert len(ids) == 3
    assert all(len(one) == 32 for one in ids)


def test_o3_the_id_of_a_trusted_proxy_is_repeated_and_no_other(
    visitor: Visitor, settings: Any
) -> None:
    given = "0123456789abcdef"
    visitor.get("/en/page/")
    settings.TRUSTED_PROXY_COUNT = 0
    assert visitor.get("/en/page/", x_request_id=given).headers["x-request-id"] != given
    settings.TRUSTED_PROXY_COUNT = 1
    assert visitor.get("/en/page/", x_request_id=given).headers["x-request-id"] == given
    forged = visitor.get("/en/page/", x_request_id="a b\r\nSet-Cookie: x").headers
    assert "set-cookie" not in forged
    assert " " not in forged["x-request-id"]
