"""An editor's page on one event of the demo, in English and in Arabic."""

from typing import Any

from wagtail.models import Locale
from wagtail.rich_text import RichText

from campus.events.models import Event, EventIndexPage, EventPage
from home.demo.clubs import FULL
from home.demo.pages import translated
from home.models import HomePage

LISTS = {"en": "Events", "ar": "الفعاليات"}
WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "title": "A night of small robots",
        "summary": "Bring a laptop; leave with something that follows a line.",
        "text": "<p>Twelve kits are on the tables at six. By eight the first cars find the line, and by nine "
        "they race. Nobody needs to have soldered before.</p>",
        "callout": "<p>Whoever finishes first picks the music.</p>",
        "places": "Is there a place for you?",
    },
    "ar": {
        "title": "ليلة الروبوتات الصغيرة",
        "summary": "أحضر حاسوبك وعُد ومعك ما يتبع الخط.",
        "text": "<p>في السادسة تنتظرك اثنتا عشرة مجموعة على الطاولات. وفي الثامنة تجد أولى السيارات خطّها، "
        "وفي التاسعة يبدأ السباق. لا يُشترط أنك لحمت من قبل.</p>",
        "callout": "<p>من يُنهِ أولًا يختر الموسيقى.</p>",
        "places": "هل بقي لك مكان؟",
    },
}


def make_event_pages() -> None:
    """The page of the night of robots, published in both languages."""
    event = Event.objects.filter(title=FULL).first()
    homes = {page.locale.language_code: page for page in HomePage.objects.select_related("locale")}
    if event is None or "en" not in homes:
        return
    parent = EventIndexPage.objects.child_of(homes["en"]).first()
    if parent is None:
        parent = EventIndexPage(title=LISTS["en"], slug="events", locale=homes["en"].locale)
        homes["en"].add_child(instance=parent)
    page = EventPage(title=WORDS["en"]["title"], event=event, locale=parent.locale)
    parent.add_child(instance=page)
    fill(page, WORDS["en"])
    arabic = Locale.objects.get_or_create(language_code="ar")[0]
    index = translated(parent, arabic, EventIndexPage)
    index.title = LISTS["ar"]
    index.save_revision().publish()
    fill(translated(page, arabic, EventPage), WORDS["ar"])


def fill(page: EventPage, words: dict[str, Any]) -> None:
    """Put the words of one language on ``page`` and publish it."""
    page.title, page.summary = words["title"], words["summary"]
    page.body = [
        ("paragraph", RichText(words["text"])),
        ("places_left", {"heading": words["places"]}),
        ("callout", {"tone": "tip", "title": "", "text": RichText(words["callout"])}),
    ]
    page.save_revision().publish()
