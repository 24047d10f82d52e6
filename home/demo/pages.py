"""The editorial pages of the demo, in English and in Arabic."""

from typing import Any

from wagtail.models import Locale, Page, Site
from wagtail.rich_text import RichText

from home.models import HomePage
from learning.catalog.models import Course, CourseIndexPage, CoursePage

HOME: dict[str, dict[str, Any]] = {
    "en": {
        "title": "Learn something this summer",
        "body": [
            (
                "hero",
                {
                    "heading": "Learn something this summer",
                    "text": "More than a thousand courses, on campus and online. Find one, see when "
                    "it meets, and enroll in a minute.",
                },
            ),
            ("announcements", {"heading": "News", "count": 3}),
            ("featured_courses", {"heading": "Popular this summer", "count": 6}),
            ("starting_soon", {"heading": "Starting soon, seats left", "count": 6}),
            ("departments", {"heading": "Browse by subject", "count": 24}),
            ("heading", "How enrolling works"),
            (
                "paragraph",
                RichText(
                    "<p>Open a course and pick a section that fits your week. If there is a seat, "
                    "it is yours at once. If the section is full, you wait in order, and the bell "
                    "rings when a seat is yours.</p>"
                ),
            ),
        ],
        "action": {"text": "Know what you are looking for?", "button": "See all courses"},
    },
    "ar": {
        "title": "تعلّم شيئًا جديدًا هذا الصيف",
        "body": [
            (
                "hero",
                {
                    "heading": "تعلّم شيئًا جديدًا هذا الصيف",
                    "text": "أكثر من ألف مقرر في الحرم الجامعي وعبر الإنترنت. اختر مقررًا، واطّلع على "
                    "مواعيده، وسجّل في دقيقة.",
                },
            ),
            ("announcements", {"heading": "أخبار", "count": 3}),
            ("featured_courses", {"heading": "الأكثر إقبالًا هذا الصيف", "count": 6}),
            ("starting_soon", {"heading": "تبدأ قريبًا وفيها مقاعد", "count": 6}),
            ("departments", {"heading": "تصفّح حسب التخصص", "count": 24}),
            ("heading", "كيف يتم التسجيل"),
            (
                "paragraph",
                RichText(
                    "<p>افتح صفحة المقرر واختر الشعبة التي تناسب أسبوعك. إن وُجد مقعد فهو لك فورًا. "
                    "وإن كانت الشعبة مكتملة فستنتظر دورك، ويرنّ الجرس حين يصبح المقعد لك.</p>"
                ),
            ),
        ],
        "action": {"text": "تعرف ما تبحث عنه؟", "button": "جميع المقررات"},
    },
}

INDEX = {
    "en": ("Courses", "<p>Everything that is taught in the coming summer.</p>"),
    "ar": ("المقررات", "<p>كل ما يُدرَّس في الصيف القادم.</p>"),
}

COURSES: dict[str, dict[str, dict[str, Any]]] = {
    "PHYS 101": {
        "en": {
            "title": "College Physics: Mechanics and Heat",
            "summary": "Why bridges stand and kettles boil: a first course with a lab every week.",
            "text": "<p>You measure before you calculate. Each week starts in the laboratory, goes "
            "on in the lecture and ends with problems that you solve in small groups.</p>",
            "quote": "The first course in which I touched what I had only read about.",
            "sections": "Sections you can join",
        },
        "ar": {
            "title": "الفيزياء الجامعية: الميكانيكا والحرارة",
            "summary": "لماذا تصمد الجسور ويغلي الماء: مقرر أول مع مختبر كل أسبوع.",
            "text": "<p>تقيس قبل أن تحسب. يبدأ كل أسبوع في المختبر، ويستمر في المحاضرة، وينتهي "
            "بمسائل تحلّها ضمن مجموعات صغيرة.</p>",
            "quote": "أول مقرر ألمس فيه ما كنت أقرأ عنه فقط.",
            "sections": "شعب يمكنك الالتحاق بها",
        },
    },
    "CS 173": {
        "en": {
            "title": "Discrete Structures",
            "summary": "Proofs, sets, graphs and counting: the mathematics under every program.",
            "text": "<p>Bring a pencil. Most of the week goes into finding out why something is "
            "true, and into writing it down so that somebody else believes it.</p>",
            "quote": "Afterwards I read code differently.",
            "sections": "Sections you can join",
        },
        "ar": {
            "title": "البنى المتقطعة",
            "summary": "البراهين والمجموعات والمخططات والعدّ: الرياضيات التي يقوم عليها كل برنامج.",
            "text": "<p>أحضر قلم رصاص. نقضي معظم الأسبوع في معرفة سبب صحة الشيء، ثم في كتابته "
            "بحيث يقتنع به غيرنا.</p>",
            "quote": "صرت أقرأ الشيفرة بعين أخرى.",
            "sections": "شعب يمكنك الالتحاق بها",
        },
    },
    "ARAB 201": {
        "en": {
            "title": "Elementary Standard Arabic I",
            "summary": "Read, write and speak in four weeks, every weekday, in a small group.",
            "text": "<p>No knowledge is needed. By the second week you read short texts aloud, and "
            "by the fourth you write letters of your own.</p>",
            "quote": "I wrote to my grandmother, and she answered.",
            "sections": "Sections you can join",
        },
        "ar": {
            "title": "العربية الفصحى للمبتدئين (١)",
            "summary": "قراءة وكتابة ومحادثة في أربعة أسابيع، كل يوم، ضمن مجموعة صغيرة.",
            "text": "<p>لا يُشترط أي معرفة سابقة. في الأسبوع الثاني تقرأ نصوصًا قصيرة بصوت عالٍ، وفي "
            "الرابع تكتب رسائلك بنفسك.</p>",
            "quote": "كتبتُ إلى جدّتي فأجابتني.",
            "sections": "شعب يمكنك الالتحاق بها",
        },
    },
}


def make_pages() -> None:
    """Bring home page, course list and course pages, in both languages, published."""
    english = Locale.objects.get_or_create(language_code="en")[0]
    arabic = Locale.objects.get_or_create(language_code="ar")[0]
    homes = {"en": home_page(english)}
    homes["ar"] = translated(homes["en"], arabic, HomePage)
    indexes = {"en": index_page(homes["en"])}
    indexes["ar"] = translated(indexes["en"], arabic, CourseIndexPage)
    for language, home in homes.items():
        words = HOME[language]
        home.title = words["title"]
        action = {**words["action"], "link": "", "page": indexes[language]}
        home.body = [*words["body"], ("call_to_action", action)]
        publish(home)
    for language, page in indexes.items():
        page.title, page.intro = INDEX[language]
        publish(page)
    for code, in_languages in COURSES.items():
        course = Course.objects.filter(code=code).first()
        if course is None:
            continue
        original = course_page(course, indexes["en"], in_languages["en"])
        fill(translated(original, arabic, CoursePage), in_languages["ar"])


def home_page(locale: Locale) -> HomePage:
    """The home page of the default site; takes the place of Wagtail's welcome page."""
    found = HomePage.objects.filter(locale=locale).first()
    if found is not None:
        return found
    root = Page.objects.get(depth=1)
    page = HomePage(title="Quad", slug="quad-home", locale=locale)
    root.add_child(instance=page)
    site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
    welcome = site.root_page if site.root_page_id else None
    site.hostname, site.site_name, site.root_page = site.hostname or "localhost", "Quad", page
    site.save()
    if welcome is not None and welcome.specific_class is Page:
        welcome.delete()
    return page


def index_page(home: HomePage) -> CourseIndexPage:
    """The course list below ``home``."""
    found = CourseIndexPage.objects.child_of(home).first()
    if found is None:
        found = CourseIndexPage(title="Courses", slug="courses", locale=home.locale)
        home.add_child(instance=found)
    return found


def translated(page: Any, locale: Locale, model: type[Any]) -> Any:
    """The page's translation into ``locale``; copied where there is none yet."""
    found = model.objects.filter(translation_key=page.translation_key, locale=locale).first()
    return found or page.copy_for_translation(locale, copy_parents=True)


def course_page(course: Course, parent: CourseIndexPage, words: dict[str, Any]) -> CoursePage:
    """The page on ``course`` below ``parent``."""
    page = CoursePage(title=words["title"], slug=course.slug, course=course, locale=parent.locale)
    parent.add_child(instance=page)
    fill(page, words)
    return page


def fill(page: CoursePage, words: dict[str, Any]) -> None:
    """Put the words of one language on ``page`` and publish it."""
    page.title, page.summary = words["title"], words["summary"]
    page.body = [
        ("paragraph", RichText(words["text"])),
        ("open_sections", {"heading": words["sections"]}),
        ("quote", words["quote"]),
    ]
    publish(page)


def publish(page: Page) -> None:
    """Make what ``page`` holds its newest revision, and live."""
    page.save_revision().publish()
