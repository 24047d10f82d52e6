"""Visitors with a browser of their own, for the journeys."""

import re
import time
import uuid
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.journeys.conftest import Portal

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}
PASSWORD = "a-long-walk-by-the-river"
LIVE_MS = 10_000
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, browser: Browser, portal: Portal, language: str, size: Any) -> None:
        self.portal = portal
        self.language = language
        self.context: BrowserContext = browser.new_context(
            viewport=size, base_url=portal.address, locale=language
        )
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on(
            "console",
            lambda message: self.errors.append(message.text) if message.type == "error" else None,
        )

    def go(self, path: str) -> None:
        """Open a page of the site in this visitor's language, and look at it as axe does."""
        answer = self.page.goto(f"/{self.language}{path}")
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        self.look()

    def look(self) -> None:
        """The page has the right direction, does not scroll sideways, and axe finds nothing."""
        root = self.page.locator("html")
        expect(root).to_have_attribute("lang", self.language)
        expect(root).to_have_attribute("dir", "rtl" if self.language == "ar" else "ltr")
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{self.page.url} is {wide} px too wide"
        found = Axe().run(self.page, options=WCAG)
        assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"

    def register(self, by: str) -> str:
        """Create an account and type the code that came; the e-mail or phone (P1, P2)."""
        number = 5_000_000 + uuid.uuid4().int % 10**6
        login = f"{uuid.uuid4().hex[:10]}@quad.example" if by == "email" else f"+1217{number}"
        self.go("/account/signup/")
        self.page.fill("input[name=full_name]", "Rana Walker")
        self.page.fill(f"input[name={by}]", login)
        self.page.fill("input[name=password1]", PASSWORD)
        self.page.locator("main form button[type=submit]").first.click()
        expect(self.page.locator("input[name=code]")).to_be_visible()
        assert self.page.request.get(f"/{self.language}/dashboard/", max_redirects=0).status == 302
        self.look()
        self.page.fill("input[name=code]", self.code_for(login))
        self.page.locator("main form button[type=submit]").first.click()
        expect(self.page.locator("body")).to_have_attribute("data-user-id", re.compile(r"\d+"))
        return login

    def code_for(self, login: str) -> str:
        """The newest code in the development inbox that was sent to ``login``."""
        inbox = self.context.new_page()
        kept = inbox.locator("article", has_text=login).first
        deadline = time.monotonic() + LIVE_MS / 1000
        while True:  # a worker brings it, a moment after the page
            inbox.goto(f"/{self.language}/dev/inbox/")
            if kept.count() or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        code = kept.locator("[data-code]").inner_text().strip()
        inbox.close()
        assert re.fullmatch(r"\d{6}", code)
        return code

    def sign_in(self, login: str) -> None:
        """Through the one door."""
        self.page.goto(f"/{self.language}/account/login/")
        self.fill_sign_in(login)
        expect(self.page.locator("body")).to_have_attribute("data-user-id", re.compile(r"\d+"))

    def fill_sign_in(self, login: str) -> None:
        """Fill in the sign-in page that is open."""
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", "quad-demo-2026")
        self.page.locator("main form button[type=submit]").first.click()

    def unread(self) -> int:
        """What the bell shows."""
        return int(self.page.locator("[data-unread]").first.get_attribute("data-unread") or 0)

    def expect_unread(self, count: int) -> None:
        """The bell comes to show ``count`` without a reload."""
        expect(self.page.locator("[data-unread]").first).to_have_attribute(
            "data-unread", str(count), timeout=LIVE_MS
        )

    def section(self, number: str) -> Any:
        """The row of the section with this registration number, on a course page."""
        return self.page.locator("article.q-sectionrow", has_text=number)

    def expect_enrolled(self, number: str) -> None:
        """The row says that they are in, whichever language."""
        expect(self.section(number).locator(".q-chip-enrolled")).to_be_visible(timeout=LIVE_MS)

    def close(self) -> None:
        """Leave; nothing may have gone wrong in the browser's console meanwhile."""
        assert self.errors == []
        self.context.close()
