"""A department's faculty is of its own institution, and the database says so."""

from django.db import migrations

from campus.institutions.same_institution import same_institution


class Migration(migrations.Migration):

    dependencies = [("institutions", "0003_faculties")]

    operations = [
        same_institution(
            table="institutions_department", column="faculty_id", target="institutions_faculty"
        ),
    ]
