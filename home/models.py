"""The home page and general pages."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page
from wagtail.search import index

from home.blocks import HomeBlocks, PageBlocks

LIVE_TAGS = ("courses", "events", "clubs")
"""What live blocks read: a kept page ends when one of these is touched."""


class HomePage(Page):
    """The front of the portal, made of editorial blocks and live ones."""

    body = StreamField(HomeBlocks(), blank=True, verbose_name=_("body"))

    content_panels = [*Page.content_panels, FieldPanel("body")]
    search_fields = [*Page.search_fields, index.SearchField("body")]
    parent_page_types = ["wagtailcore.Page"]
    subpage_types = [
        *("catalog.CourseIndexPage", "institutions.DirectoryPage", "home.StandardPage"),
        "announcements.AnnouncementIndexPage",
        "events.EventIndexPage",
    ]
    template = "home/home.html"
    page_cache_tags = LIVE_TAGS

    class Meta:
        verbose_name = _("home page")


class StandardPage(Page):
    """A general page, such as About or Contact."""

    lead = RichTextField(_("lead"), blank=True, features=["bold", "italic", "link"])
    body = StreamField(PageBlocks(), blank=True, verbose_name=_("body"))

    content_panels = [*Page.content_panels, FieldPanel("lead"), FieldPanel("body")]
    search_fields = [*Page.search_fields, index.SearchField("lead"), index.SearchField("body")]
    parent_page_types = ["home.HomePage", "home.StandardPage"]
    subpage_types = ["home.StandardPage"]
    template = "home/standard_page.html"
    page_cache_tags = LIVE_TAGS

    class Meta:
        verbose_name = _("general page")
