"""The demo's public profiles: an institution, a faculty, departments and a teacher, in both languages."""

from typing import Any

from wagtail.models import Locale
from wagtail.rich_text import RichText

from campus.institutions.models import (
    Department,
    DepartmentPage,
    DirectoryPage,
    Faculty,
    FacultyPage,
    Institution,
    InstitutionPage,
)
from campus.people.models import StaffPage, StaffProfile
from home.demo.pages import publish, translated
from home.models import HomePage

LANGUAGES = ("en", "ar")
FACULTIES = {
    "ENG": ("The Grainger College of Engineering", "1308 West Green Street, Urbana"),
    "LAS": ("College of Liberal Arts and Sciences", "702 South Wright Street, Urbana"),
}
IN_FACULTY = {
    "ENG": ("AE", "BIOE", "CEE", "CS", "ECE", "IE", "MATSE", "ME", "NPRE", "PHYS", "SE", "TAM"),
    "LAS": ("ANTH", "ARAB", "CHEM", "ECON", "ENGL", "FR", "HIST", "LING", "MATH", "PHIL", "SPAN"),
}
ADDRESSES = {"PHYS": "Loomis Laboratory, 1110 West Green Street, Urbana"}

Words = dict[str, tuple[str, str, list[tuple[str, Any]]]]

INSTITUTION: Words = {
    "en": (
        "University of Illinois Urbana-Champaign",
        "A public university on the prairie, with a summer that is worth staying for.",
        [
            ("heading", "A campus that does not close in June"),
            (
                "paragraph",
                RichText(
                    "<p>In summer the lawns are quieter and the classes smaller. More than a thousand "
                    "courses run, many of them in four or eight weeks.</p>"
                ),
            ),
            ("quote", "I met my whole department in one summer."),
            ("courses", {"heading": "Courses you can join now", "count": 6}),
        ],
    ),
    "ar": (
        "جامعة إلينوي في أوربانا-شامبين",
        "جامعة حكومية في قلب السهول، وصيفها يستحق البقاء.",
        [
            ("heading", "حرم لا يغلق أبوابه في يونيو"),
            (
                "paragraph",
                RichText(
                    "<p>في الصيف تهدأ الساحات وتصغر الصفوف. يُقدَّم أكثر من ألف مقرر، كثير منها في أربعة "
                    "أسابيع أو ثمانية.</p>"
                ),
            ),
            ("quote", "تعرّفت إلى قسمي كله في صيف واحد."),
            ("courses", {"heading": "مقررات يمكنك الانضمام إليها الآن", "count": 6}),
        ],
    ),
}

ENGINEERING: Words = {
    "en": (
        "Engineering",
        "Twelve departments that build what they can explain.",
        [
            (
                "paragraph",
                RichText(
                    "<p>First-year students of every department share one shop floor. Bring closed "
                    "shoes and an idea.</p>"
                ),
            ),
        ],
    ),
    "ar": (
        "الهندسة",
        "اثنا عشر قسمًا تبني ما تستطيع شرحه.",
        [
            (
                "paragraph",
                RichText(
                    "<p>يتشارك طلاب السنة الأولى من جميع الأقسام ورشة واحدة. أحضر حذاءً مغلقًا وفكرة.</p>"
                ),
            ),
        ],
    ),
}

PHYSICS: Words = {
    "en": (
        "Physics",
        "We measure before we calculate, from the kettle to the galaxy.",
        [
            ("heading", "Where to begin"),
            (
                "paragraph",
                RichText(
                    "<p>If you have never taken physics, PHYS 101 asks for nothing but algebra. With "
                    "calculus behind you, begin with PHYS 211.</p>"
                ),
            ),
            (
                "callout",
                {
                    "tone": "tip",
                    "title": "The help room",
                    "text": RichText("<p>Loomis 262, every weekday afternoon. No appointment.</p>"),
                },
            ),
            ("courses", {"heading": "Courses in physics", "count": 6}),
            (
                "questions",
                {
                    "heading": "What is often asked",
                    "questions": [
                        {
                            "question": "Do I need a laboratory coat?",
                            "answer": RichText("<p>No. Safety glasses are lent at the door.</p>"),
                        },
                        {
                            "question": "Can I take the laboratory alone?",
                            "answer": RichText("<p>Ask; where seats are left, yes.</p>"),
                        },
                    ],
                },
            ),
            ("people", {"heading": "Who teaches here"}),
        ],
    ),
    "ar": (
        "الفيزياء",
        "نقيس قبل أن نحسب، من الغلاية إلى المجرة.",
        [
            ("heading", "من أين تبدأ"),
            (
                "paragraph",
                RichText(
                    "<p>إن لم تدرس الفيزياء من قبل فلا يطلب PHYS 101 سوى الجبر. وإن كنت قد أتممت التفاضل "
                    "والتكامل فابدأ بـ PHYS 211.</p>"
                ),
            ),
            (
                "callout",
                {
                    "tone": "tip",
                    "title": "غرفة المساعدة",
                    "text": RichText("<p>لوميس 262، بعد ظهر كل يوم عمل. لا حاجة إلى موعد.</p>"),
                },
            ),
            ("courses", {"heading": "مقررات في الفيزياء", "count": 6}),
            (
                "questions",
                {
                    "heading": "أسئلة متكررة",
                    "questions": [
                        {
                            "question": "هل أحتاج إلى معطف مختبر؟",
                            "answer": RichText("<p>لا. تُعار نظارات السلامة عند الباب.</p>"),
                        },
                        {
                            "question": "هل يمكنني أخذ المختبر وحده؟",
                            "answer": RichText("<p>اسأل؛ نعم حيث بقيت مقاعد.</p>"),
                        },
                    ],
                },
            ),
            ("people", {"heading": "من يدرّس هنا"}),
        ],
    ),
}

COMPUTING: Words = {
    "en": (
        "Computer Science",
        "Proofs on Monday, programs on Tuesday, and the reasons on Friday.",
        [
            (
                "paragraph",
                RichText(
                    "<p>CS 124 is for everybody, whatever they study. CS 173 is where computing becomes "
                    "mathematics.</p>"
                ),
            ),
            ("quote", "Afterwards I read code differently."),
        ],
    ),
    "ar": (
        "علوم الحاسوب",
        "براهين يوم الاثنين، وبرامج يوم الثلاثاء، والأسباب يوم الجمعة.",
        [
            (
                "paragraph",
                RichText(
                    "<p>CS 124 للجميع أيًّا كان تخصصهم. أما CS 173 فهو حيث تصبح الحوسبة رياضيات.</p>"
                ),
            ),
            ("quote", "صرت أقرأ الشيفرة بعين أخرى."),
        ],
    ),
}

TEACHER: Words = {
    "en": (
        "",
        "Teaches mechanics with a bicycle, a kettle and a good deal of chalk.",
        [
            (
                "paragraph",
                RichText(
                    "<p>My lectures begin with something that falls, and end when everybody can say how "
                    "fast.</p>"
                ),
            ),
        ],
    ),
    "ar": (
        "",
        "تدرّس الميكانيكا بدراجة وغلاية وكثير من الطباشير.",
        [
            (
                "paragraph",
                RichText(
                    "<p>تبدأ محاضراتي بشيء يسقط، وتنتهي حين يستطيع الجميع أن يقولوا بأي سرعة.</p>"
                ),
            ),
        ],
    ),
}


def make_profiles(institution: Institution, teacher: StaffProfile) -> None:
    """Set up two faculties, and write the pages, published, in both languages."""
    institution.address = "601 East John Street, Champaign, Illinois"
    institution.save()
    faculties = {
        code: Faculty.objects.create(institution=institution, code=code, name=name, address=address)
        for code, (name, address) in FACULTIES.items()
    }
    departments = Department.objects.filter(institution=institution)
    for code, parts in IN_FACULTY.items():
        departments.filter(code__in=parts).update(faculty=faculties[code])
    for code, address in ADDRESSES.items():
        departments.filter(code=code).update(address=address)
    teacher.public_email, teacher.office = "tala.haddad@quad.example", "Loomis 262, Monday 14–16"
    teacher.qualifications = "PhD in physics, American University of Beirut"
    teacher.save()
    above = directory()
    write(above, InstitutionPage(institution=institution), INSTITUTION)
    write(above, FacultyPage(faculty=faculties["ENG"]), ENGINEERING)
    for code, words in (("PHYS", PHYSICS), ("CS", COMPUTING)):
        found = departments.filter(code=code).first()
        if found is not None:
            write(above, DepartmentPage(department=found), words)
    write(above, StaffPage(staff=teacher), TEACHER)


def directory() -> DirectoryPage:
    """The English directory page; every new portal has one."""
    found = DirectoryPage.objects.filter(locale__language_code="en").first()
    if found is None:
        home = HomePage.objects.get(locale__language_code="en")
        found = DirectoryPage(title="People and departments", slug="departments")
        found.locale = home.locale
        home.add_child(instance=found)
    return found


def write(above: DirectoryPage, page: Any, words: Words) -> None:
    """``page`` below ``above`` with its words, and its translation beside it."""
    page.locale, page.slug = above.locale, page.slug_of_subject()
    _fill(page, words["en"])
    above.add_child(instance=page)
    publish(page)
    arabic = translated(page, Locale.objects.get(language_code="ar"), type(page))
    _fill(arabic, words["ar"])
    publish(arabic)


def _fill(page: Any, words: tuple[str, str, list[tuple[str, Any]]]) -> None:
    title, page.summary, page.body = words
    page.title = title or page.audit_label
