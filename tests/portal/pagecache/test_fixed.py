"""``{% fixed %}``: rendered once, for the language and the arguments, as long as its holder lives."""

from typing import Any

from django.template import Context, Engine, Template
from django.utils.translation import override


class Counter:
    """Counts how often it is shown."""

    def __init__(self) -> None:
        self.shown = 0

    def __str__(self) -> str:
        self.shown += 1
        return f"shown {self.shown}"


def rendering(source: str, **context: Any) -> str:
    return Template("{% load fixed %}" + source).render(Context(context))


def test_it_is_rendered_once_for_each_value_of_its_arguments() -> None:
    template = Template("{% load fixed %}{% fixed who %}{{ counter }} for {{ who }}{% endfixed %}")
    counter = Counter()

    def of(who: str) -> str:
        return template.render(Context({"who": who, "counter": counter}))

    assert [of("a"), of("a"), of("b"), of("a")] == [
        "shown 1 for a",
        "shown 1 for a",
        "shown 2 for b",
        "shown 1 for a",
    ]


def test_each_language_has_its_own() -> None:
    template = Template(
        "{% load fixed i18n %}{% fixed %}{% get_current_language as code %}{{ code }}{% endfixed %}"
    )
    seen = []
    for language in ("en", "ar", "en"):
        with override(language):
            seen.append(template.render(Context()))
    assert seen == ["en", "ar", "en"]


def test_what_is_escaped_stays_escaped() -> None:
    template = Template("{% load fixed %}{% fixed word %}{{ word }}{% endfixed %}")
    for _ in range(2):
        assert template.render(Context({"word": "<b>"})) == "&lt;b&gt;"


def test_in_a_holder_it_lives_as_long_as_the_holder() -> None:
    source = "{% load fixed %}{% fixed in parts %}{{ counter }}{% endfixed %}"
    template, counter = Template(source), Counter()
    first: dict[Any, str] = {}
    for parts, expected in [(first, 1), (first, 1), ({}, 2), (first, 1)]:
        assert template.render(Context({"parts": parts, "counter": counter})) == f"shown {expected}"


def test_two_places_in_one_holder_are_kept_apart() -> None:
    source = "{% fixed in parts %}one{% endfixed %} {% fixed in parts %}two{% endfixed %}"
    parts: dict[Any, str] = {}
    assert rendering(source, parts=parts) == rendering(source, parts=parts) == "one two"


def test_without_its_holder_it_is_rendered_each_time() -> None:
    template = Template("{% load fixed %}{% fixed in parts %}{{ counter }}{% endfixed %}")
    counter = Counter()
    for expected in (1, 2):
        for_nobody = Context({"counter": counter})
        assert template.render(for_nobody) == f"shown {expected}"


def test_a_place_keeps_only_so_many() -> None:
    template = Engine.get_default().from_string(
        "{% load fixed %}{% fixed n %}{{ n }}{% endfixed %}"
    )
    for n in range(1000):
        assert template.render(Context({"n": n})) == str(n)
    (node,) = (found for found in template.nodelist if hasattr(found, "known"))
    assert 100 <= len(node.known) <= 200
