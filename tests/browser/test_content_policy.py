"""The control of the harness: what breaks the content security policy is heard, and would fail a test."""

from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TRIES = {
    "script-src-elem": """() => { const s = document.createElement('script');
        s.textContent = 'window.ran = 1'; document.body.append(s); }""",
    "script-src-attr": """() => { const a = document.createElement('a');
        a.setAttribute('onclick', 'window.ran = 1'); document.body.append(a); a.click(); }""",
    "style-src-elem": """() => { const s = document.createElement('style');
        s.textContent = 'body { color: red }'; document.body.append(s); }""",
    "script-src": "() => setTimeout('window.ran = 1', 0)",
    "img-src": "() => { new Image().src = 'https://elsewhere.example/a.png'; }",
    "connect-src": "() => { fetch('https://elsewhere.example/').catch(() => 0); }",
}


@pytest.mark.parametrize("directive", TRIES)
def test_m9_what_breaks_the_policy_is_stopped_and_heard(open_page: Any, directive: str) -> None:
    page = open_page("account/login/")
    assert open_page.violations == []
    page.evaluate(TRIES[directive])
    for _ in range(50):
        if open_page.violations:
            break
        page.wait_for_timeout(50)
    assert [one for one in open_page.violations if one.startswith(f"{directive}: ")]
    assert page.evaluate("window.ran") is None
    open_page.violations.clear()
