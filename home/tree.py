"""The pages that every portal starts with, in each language: home, course list, list of events,
directory, about.

Made once, after the first ``migrate``, where no home page exists; from then on they are the editors'.
A database that was emptied (as between tests) gets them again in the same way.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor
from wagtail.models import Collection, Locale, Page, Site

from campus.events.models import EventIndexPage
from campus.institutions.models import DirectoryPage
from home.models import HomePage, StandardPage
from learning.catalog.models import CourseIndexPage

Block = tuple[str, Any]


@dataclass(frozen=True)
class Words:
    """What the first pages say in one language. An editor's text, so not in the translations' file."""

    home: str
    slug: str
    body: list[Block]
    courses: str
    courses_intro: str
    events: str
    events_intro: str
    directory: str
    directory_intro: str
    about: str
    about_lead: str
    about_body: list[Block]


WORDS = {
    "en": Words(
        home="Quad",
        slug="home",
        body=[
            (
                "hero",
                {
                    "heading": "What will you learn next?",
                    "text": "Every course on campus, with its times, its places and the seats that "
                    "are left. Find one and take your seat.",
                },
            ),
            ("featured_courses", {"heading": "Courses you can join now", "count": 6}),
            ("starting_soon", {"heading": "Starting soon, seats left", "count": 6}),
            ("coming_events", {"heading": "What is on", "count": 4}),
            ("departments", {"heading": "Browse by subject", "count": 24}),
            (
                "call_to_action",
                {
                    "text": "New here? An account takes a minute, and enrolling one click.",
                    "button": "Create an account",
                    "link": "/en/account/signup/",
                    "page": None,
                },
            ),
        ],
        courses="Courses",
        courses_intro="<p>Filter by subject, season, level or day. Each course says when and where it "
        "meets and how many seats are left.</p>",
        events="Events",
        events_intro="<p>Talks, workshops, matches and evenings of the clubs, with the places that are "
        "left.</p>",
        directory="People and departments",
        directory_intro="<p>Who teaches what, and where to find them.</p>",
        about="About Quad",
        about_lead="<p>Quad is the portal of the campus: one place for courses, the people who teach "
        "them and the rooms they meet in.</p>",
        about_body=[
            ("heading", "How enrolling works"),
            (
                "paragraph",
                "<p>Choose a section and enroll. Where a seat is free it is yours at once. Where a "
                "section is full you join the waiting list, in order; when someone drops, the first "
                "who waits gets the seat, and the bell tells them.</p>",
            ),
            ("heading", "Two languages"),
            (
                "paragraph",
                "<p>Everything here can be read in English and in Arabic. The switch in the header "
                "keeps you on the same page.</p>",
            ),
        ],
    ),
    "ar": Words(
        home="كواد",
        slug="home-ar",
        body=[
            (
                "hero",
                {
                    "heading": "ماذا ستتعلّم بعد؟",
                    "text": "كل مقررات الجامعة بمواعيدها وقاعاتها والمقاعد المتبقية فيها. ابحث عن مقرر "
                    "واحجز مقعدك.",
                },
            ),
            ("featured_courses", {"heading": "مقررات يمكنك الانضمام إليها الآن", "count": 6}),
            ("starting_soon", {"heading": "تبدأ قريبًا وفيها مقاعد", "count": 6}),
            ("coming_events", {"heading": "ما يجري في الجامعة", "count": 4}),
            ("departments", {"heading": "تصفّح حسب التخصص", "count": 24}),
            (
                "call_to_action",
                {
                    "text": "جديد هنا؟ إنشاء الحساب يستغرق دقيقة، والتسجيل نقرة واحدة.",
                    "button": "إنشاء حساب",
                    "link": "/ar/account/signup/",
                    "page": None,
                },
            ),
        ],
        courses="المقررات",
        courses_intro="<p>صفِّ النتائج حسب التخصص أو الفصل أو المستوى أو اليوم. يذكر كل مقرر متى وأين "
        "يُعقد وكم مقعدًا بقي فيه.</p>",
        events="الفعاليات",
        events_intro="<p>محاضرات وورش ومباريات وأمسيات تقيمها الأندية، والأماكن المتبقية في كل منها.</p>",
        directory="الأشخاص والأقسام",
        directory_intro="<p>من يدرّس ماذا، وأين تجده.</p>",
        about="عن كواد",
        about_lead="<p>كواد بوابة الجامعة: مكان واحد للمقررات ومن يدرّسها والقاعات التي تُعقد فيها.</p>",
        about_body=[
            ("heading", "كيف يتم التسجيل"),
            (
                "paragraph",
                "<p>اختر شعبة وسجّل فيها. إن كان فيها مقعد شاغر فهو لك في الحال. وإن كانت ممتلئة انضممت "
                "إلى قائمة الانتظار بالترتيب؛ فإذا انسحب أحدهم نال المقعد أول المنتظرين، وأخبره "
                "الجرس بذلك.</p>",
            ),
            ("heading", "لغتان"),
            (
                "paragraph",
                "<p>يمكن قراءة كل ما هنا بالعربية والإنجليزية. ومفتاح اللغة في أعلى الصفحة يُبقيك في "
                "الصفحة نفسها.</p>",
            ),
        ],
    ),
}


def ensure_tree(*, using: str = "default") -> bool:
    """Make the first pages where there is no home page yet; say whether they were made."""
    with transaction.atomic(using=using):
        if HomePage.objects.using(using).exists():
            return False
        root = Page.get_first_root_node() or Page.add_root(
            title="Root", slug="root", locale=_locale(settings.LANGUAGE_CODE)
        )
        if Collection.get_first_root_node() is None:
            Collection.add_root(name="Root")
        _remove_welcome(root)
        homes = {code: _grow(root, code) for code, _name in settings.LANGUAGES if code in WORDS}
        first = homes[settings.LANGUAGE_CODE]
        for code, pages in homes.items():
            if code != settings.LANGUAGE_CODE:
                _pair(first, pages)
        Site.objects.update_or_create(
            is_default_site=True,
            defaults={"root_page": first[0], "hostname": "localhost", "site_name": "Quad"},
        )
        Site.clear_site_root_paths_cache()
    return True


def _locale(code: str) -> Locale:
    locale, _created = Locale.objects.get_or_create(language_code=code)
    return locale


def _remove_welcome(root: Page) -> None:
    """Take out the page that Wagtail's own first migration leaves, if it is untouched."""
    for page in root.get_children():
        if page.specific_class is Page and page.slug == "home" and page.is_leaf():
            Site.objects.filter(root_page=page).delete()
            page.delete()
    root.refresh_from_db()


def _grow(root: Page, code: str) -> list[Page]:
    words, locale = WORDS[code], _locale(code)
    home = HomePage(title=words.home, slug=words.slug, locale=locale, body=words.body)
    root.add_child(instance=home)
    index = CourseIndexPage(
        title=words.courses, slug="courses", locale=locale, intro=words.courses_intro
    )
    home.add_child(instance=index)
    events = EventIndexPage(
        title=words.events, slug="events", locale=locale, intro=words.events_intro
    )
    home.add_child(instance=events)
    directory = DirectoryPage(
        title=words.directory, slug="departments", locale=locale, intro=words.directory_intro
    )
    home.add_child(instance=directory)
    about = StandardPage(
        title=words.about,
        slug="about",
        locale=locale,
        lead=words.about_lead,
        body=words.about_body,
        show_in_menus=True,
    )
    home.add_child(instance=about)
    return [home, index, events, directory, about]


def _pair(originals: list[Page], translations: list[Page]) -> None:
    """Make pages of two languages known as each other's translations."""
    for original, translation in zip(originals, translations, strict=True):
        translation.translation_key = original.translation_key
        translation.save(update_fields=["translation_key"])


def after_migrate(*, using: str, plan: Any = None, **_kwargs: Any) -> None:
    """Make the first pages once every migration is in; half-way the tables may not fit the models."""
    if plan is not None:
        executor = MigrationExecutor(connections[using])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return
    ensure_tree(using=using)
