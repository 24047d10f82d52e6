import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Case, Value, When

CHANNELS = [("in_app", "in the portal"), ("email", "by e-mail")]
TIMINGS = [
    ("at_once", "at once"),
    ("daily", "once a day"),
    ("weekly", "once a week"),
    ("off", "off"),
]
STATES = [
    ("pending", "pending"),
    ("sending", "sending"),
    ("sent", "sent"),
    ("failed", "failed"),
    ("closed", "closed"),
]


def fill(apps, schema_editor):
    """What was on comes at once."""
    apps.get_model("notifications", "NotificationPreference").objects.update(
        timing=Case(When(is_on=True, then=Value("at_once")), default=Value("off"))
    )


def empty(apps, schema_editor):
    """What comes at all was on."""
    apps.get_model("notifications", "NotificationPreference").objects.update(
        is_on=Case(When(timing="off", then=Value(False)), default=Value(True))
    )


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("notifications", "0002_closed_deliveries"),
    ]

    operations = [
        migrations.AddField(
            model_name="notificationpreference",
            name="timing",
            field=models.CharField(
                choices=TIMINGS, default="at_once", max_length=10, verbose_name="when"
            ),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="notificationpreference",
            name="is_on",
            field=models.BooleanField(default=True, verbose_name="on"),
        ),
        migrations.RunPython(fill, empty),
        migrations.RemoveField(model_name="notificationpreference", name="is_on"),
        migrations.CreateModel(
            name="NotificationDigest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(choices=CHANNELS, max_length=10)),
                ("timing", models.CharField(choices=TIMINGS, max_length=10)),
                ("period", models.DateField()),
                ("state", models.CharField(choices=STATES, default="pending", max_length=10)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.TextField(blank=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notification_digests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"verbose_name": "digest", "verbose_name_plural": "digests"},
        ),
        migrations.AddConstraint(
            model_name="notificationdigest",
            constraint=models.UniqueConstraint(
                fields=("user", "channel", "timing", "period"), name="notifications_digest_once"
            ),
        ),
        migrations.AddField(
            model_name="notificationdelivery",
            name="timing",
            field=models.CharField(choices=TIMINGS, default="at_once", max_length=10),
        ),
        migrations.AddField(
            model_name="notificationdelivery",
            name="digest",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deliveries",
                to="notifications.notificationdigest",
            ),
        ),
        migrations.AddIndex(
            model_name="notificationdelivery",
            index=models.Index(
                condition=models.Q(
                    ("digest", None),
                    ("state", "pending"),
                    models.Q(("timing", "at_once"), _negated=True),
                ),
                fields=["timing"],
                name="notifications_held",
            ),
        ),
    ]
