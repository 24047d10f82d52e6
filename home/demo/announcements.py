"""The announcements of the demo, in English and in Arabic: for everyone, and for some."""

import datetime as dt
from typing import Any

from django.contrib.auth.models import Group
from django.utils import timezone
from wagtail.models import Locale

from campus.announcements import services
from campus.announcements.models import (
    AnnouncementCategory,
    AnnouncementIndexPage,
    AnnouncementNotice,
    AnnouncementPage,
)
from campus.institutions.models import Institution
from home.demo.pages import translated
from home.models import HomePage
from portal.roles import Role

INDEX = {"en": "Announcements", "ar": "الإعلانات"}
CATEGORIES = {"study": "Study", "campus": "Campus"}

WORDS: list[dict[str, Any]] = [
    {
        "slug": "library-open-late",
        "category": "campus",
        "is_pinned": True,
        "en": (
            "The library stays open until midnight",
            "From Monday to Thursday, all summer long.",
            "<p>The reading rooms, the silent floor and the group rooms stay open until midnight. "
            "Bring your card: after eight in the evening the doors open with it alone.</p>",
        ),
        "ar": (
            "المكتبة مفتوحة حتى منتصف الليل",
            "من الاثنين إلى الخميس طوال الصيف.",
            "<p>تبقى قاعات المطالعة والطابق الصامت وغرف المجموعات مفتوحة حتى منتصف الليل. أحضر بطاقتك: "
            "فبعد الثامنة مساءً لا تُفتح الأبواب إلا بها.</p>",
        ),
    },
    {
        "slug": "summer-registration",
        "category": "study",
        "en": (
            "Registration for the summer is open",
            "Find a course, see when it meets, and enroll in a minute.",
            "<p>If a section is full, you can wait in order: the bell rings when a seat is yours.</p>",
        ),
        "ar": (
            "فُتح التسجيل للفصل الصيفي",
            "اختر مقررًا، واطّلع على مواعيده، وسجّل في دقيقة.",
            "<p>إن كانت الشعبة مكتملة فانتظر دورك: يرنّ الجرس حين يصبح المقعد لك.</p>",
        ),
    },
    {
        "slug": "grading-workshop",
        "category": "study",
        "audience": "roles",
        "roles": [Role.TEACHER],
        "en": (
            "A workshop on fair grading",
            "For all who teach: an hour with examples, on the first Friday of the term.",
            "<p>Bring one piece of work that was hard to grade. We look at it together.</p>",
        ),
        "ar": (
            "ورشة عن التقييم العادل",
            "لكل من يدرّس: ساعة مع أمثلة في أول جمعة من الفصل.",
            "<p>أحضر عملًا واحدًا كان تقييمه صعبًا لننظر فيه معًا.</p>",
        ),
    },
    {
        "slug": "water-off",
        "category": "campus",
        "audience": "institution",
        "days": 14,
        "en": (
            "No water in the south buildings on Saturday",
            "From eight to noon, while the pipes are renewed.",
            "<p>The laboratories there stay closed until one o'clock.</p>",
        ),
        "ar": (
            "انقطاع الماء في المباني الجنوبية يوم السبت",
            "من الثامنة حتى الظهر أثناء تجديد الأنابيب.",
            "<p>تبقى المختبرات هناك مغلقة حتى الساعة الواحدة.</p>",
        ),
    },
]


def make_announcements(institution: Institution) -> None:
    """Bring the list and the announcements, published in both languages and told."""
    arabic = Locale.objects.get(language_code="ar")
    english = HomePage.objects.get(locale__language_code="en")
    index = AnnouncementIndexPage(title=INDEX["en"], slug="news", locale=english.locale)
    english.add_child(instance=index)
    index.save_revision().publish()
    other = translated(index, arabic, AnnouncementIndexPage)
    other.title = INDEX["ar"]
    other.save_revision().publish()
    categories = {
        slug: AnnouncementCategory.objects.get_or_create(slug=slug, defaults={"name": name})[0]
        for slug, name in CATEGORIES.items()
    }
    for facts in WORDS:
        page = AnnouncementPage(
            slug=facts["slug"],
            title=facts["en"][0],
            locale=index.locale,
            live=False,
            category=categories[facts["category"]],
            is_pinned=facts.get("is_pinned", False),
            audience=facts.get("audience", "everyone"),
            institution=institution if facts.get("audience") == "institution" else None,
        )
        if "days" in facts:
            page.expire_at = timezone.now() + dt.timedelta(days=facts["days"])
        index.add_child(instance=page)
        page.roles = list(Group.objects.filter(name__in=facts.get("roles", ())))
        _publish(page, facts["en"])
        _publish(translated(page, arabic, AnnouncementPage), facts["ar"])
    for notice in AnnouncementNotice.objects.filter(done_at=None):
        while services.tell_batch(notice.pk):
            pass


def _publish(page: AnnouncementPage, words: tuple[str, str, str]) -> None:
    page.title, page.summary, page.body = words
    page.save_revision().publish()
