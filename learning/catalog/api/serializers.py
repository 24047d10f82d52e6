"""How the API tells the things of the catalog."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework import serializers

from campus.institutions.models import Department
from learning.catalog.models import (
    Category,
    Content,
    Course,
    Meeting,
    Module,
    Program,
    Resource,
    Season,
    Section,
)


class SeasonSerializer(serializers.ModelSerializer[Season]):
    """A season."""

    class Meta:
        model = Season
        fields = ["id", "institution", "code", "name", "kind", "starts", "ends", "is_active"]


class ProgramSerializer(serializers.ModelSerializer[Program]):
    """A program of study."""

    department = serializers.CharField(source="department.code", read_only=True)
    department_id = serializers.IntegerField(read_only=True)

    class Meta:
        model = Program
        fields = ["id", "department_id", "department", "code", "name", "degree", "duration_months"]


class DepartmentSerializer(serializers.ModelSerializer[Department]):
    """A department, in short."""

    class Meta:
        model = Department
        fields = ["code", "name"]


class CategorySerializer(serializers.ModelSerializer[Category]):
    """A category, in short."""

    class Meta:
        model = Category
        fields = ["slug", "name"]


class CategoryWithIdSerializer(serializers.ModelSerializer[Category]):
    """A category, with the id by which a course is filed under it."""

    class Meta:
        model = Category
        fields = ["id", "slug", "name"]


class ProgramRefSerializer(serializers.ModelSerializer[Program]):
    """A program, in short."""

    class Meta:
        model = Program
        fields = ["id", "code", "name"]


class TagSerializer(serializers.Serializer[Any]):
    """A tag, in short."""

    slug = serializers.CharField()
    name = serializers.CharField()


class SectionSummarySerializer(serializers.Serializer[Any]):
    """The sections of a course in numbers, active seasons alone."""

    total = serializers.IntegerField()
    open = serializers.IntegerField(help_text="With an open window and a free seat.")
    price_from = serializers.DecimalField(max_digits=10, decimal_places=2, allow_null=True)


class CourseItemSerializer(serializers.Serializer[Any]):
    """A course in the list; it describes what ``learning.catalog.course_list`` writes."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    slug = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    level = serializers.CharField()
    credit_min = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    credit_max = serializers.DecimalField(max_digits=5, decimal_places=2, allow_null=True)
    is_featured = serializers.BooleanField()
    department = DepartmentSerializer()
    category = CategorySerializer(allow_null=True)
    tags = TagSerializer(many=True)
    sections = SectionSummarySerializer()
    path = serializers.CharField()


class MeetingSerializer(serializers.ModelSerializer[Meeting]):
    """A weekly hour: Saturday is 0, Friday is 6."""

    hall = serializers.CharField(allow_null=True, read_only=True)
    hall_id = serializers.IntegerField(allow_null=True, read_only=True)

    class Meta:
        model = Meeting
        fields = ["weekday", "starts", "ends", "hall", "hall_id", "place"]


class InstructorSerializer(serializers.Serializer[Any]):
    """An instructor, in short."""

    id = serializers.IntegerField()
    name = serializers.CharField()


class SectionSerializer(serializers.ModelSerializer[Section]):
    """A section with who teaches it, when and where."""

    course = serializers.CharField(source="course.code", read_only=True)
    course_id = serializers.IntegerField(read_only=True)
    season = serializers.CharField(source="season.code", read_only=True)
    instructors = InstructorSerializer(many=True, read_only=True)
    meetings = MeetingSerializer(many=True, read_only=True)
    seats_left = serializers.IntegerField(allow_null=True, read_only=True)
    is_open = serializers.BooleanField(
        source="takes_enrollments",
        read_only=True,
        help_text="Whether the window is open, full or not.",
    )

    class Meta:
        model = Section
        fields = [
            *("id", "course_id", "course", "season", "number", "code", "title", "kind", "delivery"),
            *("credit_hours", "place", "price", "currency", "capacity", "seats_left", "is_open"),
            *("needs_approval", "is_cancelled", "starts", "ends", "enrollment_opens"),
            *("enrollment_closes", "drop_until", "access_days", "instructors", "meetings"),
        ]


class ContentSerializer(serializers.ModelSerializer[Content]):
    """A content whole, for those who may open it (L2)."""

    file = serializers.FileField(write_only=True, required=False)
    file_path = serializers.SerializerMethodField(help_text="Where the document is downloaded.")

    class Meta:
        model = Content
        fields = [
            *("id", "module", "title", "kind", "text", "video_url", "video_seconds", "file"),
            *("file_path", "is_preview", "position"),
        ]

    def get_file_path(self, content: Content) -> str | None:
        """The address that hands the document out after asking who may."""
        return reverse("api:content-file", args=[content.pk]) if content.file else None


class ContentOutlineSerializer(serializers.ModelSerializer[Content]):
    """What everyone may know of a content: that it is there."""

    class Meta:
        model = Content
        fields = ["id", "title", "kind", "video_seconds", "is_preview", "position"]


class ModuleSerializer(serializers.ModelSerializer[Module]):
    """A chapter with the outline of its contents."""

    contents = ContentOutlineSerializer(many=True, read_only=True)

    class Meta:
        model = Module
        fields = ["id", "course", "title", "position", "contents"]


class CourseSerializer(serializers.ModelSerializer[Course]):
    """A course whole, with its sections of active seasons."""

    department = DepartmentSerializer(read_only=True)
    category = CategoryWithIdSerializer(read_only=True, allow_null=True)
    tags = TagSerializer(many=True, read_only=True)
    programs = ProgramRefSerializer(many=True, read_only=True)
    thumbnail = serializers.SerializerMethodField(help_text="Where the picture is.")
    prerequisites: serializers.ManyRelatedField = serializers.SlugRelatedField(  # type: ignore[assignment]
        slug_field="code", many=True, read_only=True, help_text="Codes of courses."
    )
    sections = SectionSerializer(many=True, read_only=True, source="shown_sections")
    path = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Course
        fields = [
            *("id", "code", "slug", "title", "description", "level", "category", "department"),
            *("credit_min", "credit_max", "notes", "prerequisite_text", "prerequisites", "tags"),
            *("programs", "thumbnail", "is_featured", "is_published", "updated_at", "sections"),
            "path",
        ]

    def get_thumbnail(self, course: Course) -> str | None:
        """The address of the picture, if there is one."""
        return str(course.thumbnail.file.url) if course.thumbnail is not None else None

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Say at which field it is that the most credit hours are fewer than the least."""
        least, most = (
            attrs.get(name, getattr(self.instance, name, None))
            for name in ("credit_min", "credit_max")
        )
        if least is not None and most is not None and most < least:
            told = _("The most credit hours are not fewer than the least.")
            at_fault = "credit_max" if "credit_max" in attrs else "credit_min"
            raise serializers.ValidationError({at_fault: told}, "invalid")
        return attrs


class ResourceSerializer(serializers.ModelSerializer[Resource]):
    """A file beside the teaching."""

    course = serializers.CharField(source="course.code", allow_null=True, read_only=True)
    department = serializers.CharField(source="department.code", allow_null=True, read_only=True)
    file_path = serializers.SerializerMethodField(help_text="Where the file is downloaded.")

    class Meta:
        model = Resource
        fields = [
            *("id", "title", "course", "department", "semester", "is_public", "created_at"),
            "file_path",
        ]

    def get_file_path(self, resource: Resource) -> str:
        """The address that hands the file out after asking who may."""
        return reverse("api:resource-file", args=[resource.pk])


class CopySerializer(serializers.Serializer[Any]):
    """To which season something is copied."""

    season = serializers.PrimaryKeyRelatedField(queryset=Season.objects.all())


class CopyCourseSerializer(CopySerializer):
    """From which season to which."""

    source = serializers.PrimaryKeyRelatedField(  # type: ignore[assignment]  # a field of that name
        queryset=Season.objects.all()
    )
