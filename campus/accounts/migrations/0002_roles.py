"""Groups for the roles; Wagtail's own groups and its stock workflow make room for them."""

from django.db import migrations

ROLES = ["student", "parent", "teacher", "mentor", "organizer", "editor", "admin"]


def make_groups(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    for name in ROLES:
        Group.objects.get_or_create(name=name)
    # Editors and Moderators of a fresh Wagtail: the roles editor and admin stand for them. The stock
    # workflow would wait for a group that nobody is in.
    apps.get_model("wagtailcore", "WorkflowPage").objects.filter(
        workflow__name="Moderators approval"
    ).delete()
    apps.get_model("wagtailcore", "Workflow").objects.filter(name="Moderators approval").update(
        active=False
    )
    apps.get_model("wagtailcore", "Task").objects.filter(name="Moderators approval").update(
        active=False
    )
    Group.objects.filter(name__in=["Editors", "Moderators"]).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("wagtailcore", "0098_apitoken"),
        ("wagtailadmin", "0001_create_admin_access_permissions"),
        ("wagtailimages", "0027_image_description"),
        ("wagtaildocs", "0014_alter_document_file_size"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
