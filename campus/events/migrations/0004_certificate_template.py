import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('certificates', '0002_frozen'),
        ('events', '0003_points'),
    ]

    operations = [
        migrations.AddField(
            model_name='event',
            name='certificate_template',
            field=models.ForeignKey(blank=True, help_text='What each who attended gets; nothing chosen: no certificates.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='certificates.certificatetemplate', verbose_name='certificate template'),
        ),
    ]
