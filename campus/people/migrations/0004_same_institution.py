"""The department of students and staff is of their own institution, and the database says so."""

from django.db import migrations

from campus.institutions.same_institution import same_institution


class Migration(migrations.Migration):

    dependencies = [
        ("institutions", "0004_same_institution"),
        ("people", "0003_listed"),
    ]

    operations = [
        same_institution(
            table="people_student", column="department_id", target="institutions_department"
        ),
        same_institution(
            table="people_staffprofile", column="department_id", target="institutions_department"
        ),
    ]
