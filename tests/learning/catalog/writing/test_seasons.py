"""Seasons and programs written by the API: what is stored and logged, who may, each refusal."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from campus.institutions.models import Institution
from learning.catalog.models import Program, Season
from tests import factories
from tests.learning.catalog.writing.asking import V1, ApiAs, everything, log_of, refused

pytestmark = pytest.mark.django_db


class TestSeasonsAndPrograms:
    """``seasons/`` and ``programs/``."""

    def test_a_season_is_made_corrected_and_deleted(
        self, boss: APIClient, institution: Institution
    ) -> None:
        body = {
            "institution": institution.pk,
            "code": "ram-2032",
            "name": "Ramadan",
            "kind": "ramadan",
            "starts": "2032-01-14",
            "ends": "2032-02-12",
        }
        made = boss.post(f"{V1}seasons/", body, "json")
        assert made.status_code == 201, made.content
        season = Season.objects.get(code="ram-2032")
        assert made.json()["data"]["institution"] == institution.pk
        address = f"{V1}seasons/{season.pk}/"
        assert boss.patch(address, {"is_active": False}, "json").status_code == 200
        assert boss.patch(address, {"is_active": False}, "json").status_code == 200
        # Out of sight for others, and still the admin's to take back.
        assert APIClient().get(address).status_code == 404
        assert boss.patch(address, {"name": "R"}, "json").json()["data"]["name"] == "R"
        assert [(action, before) for action, before, _ in log_of(season)] == [
            ("wagtail.create", {}),
            ("wagtail.edit", {"is_active": True}),
            ("wagtail.edit", {"name": "Ramadan"}),
        ]
        assert boss.delete(address).status_code == 204
        assert not Season.objects.filter(pk=season.pk).exists()

    @pytest.mark.parametrize(
        ("change", "param"),
        [
            ({"ends": "2020-01-01"}, "ends"),
            ({"code": "taken"}, "code"),
            ({"code": "with space"}, "code"),
            ({"kind": "holiday"}, "kind"),
            ({"name": "a\0b"}, "name"),
            ({"name": {"a": 1}}, "name"),
            ({"starts": "soon"}, "starts"),
            ({"starts": None}, "starts"),
            ({"is_active": "perhaps"}, "is_active"),
            ({"institution": 10**30}, "institution"),
            ({"owner": 1}, "owner"),
            ({"id": 1}, "id"),
        ],
    )
    def test_refusals_name_the_field(
        self, boss: APIClient, season: Season, change: dict[str, Any], param: str
    ) -> None:
        factories.season(code="taken", institution=season.institution)
        before = everything()
        refused(boss.patch(f"{V1}seasons/{season.pk}/", change, "json"), 400, param)
        body = {
            "institution": season.institution_id,
            "code": "new",
            "name": "New",
            "starts": "2032-01-01",
            "ends": "2032-02-01",
            **change,
        }
        refused(boss.post(f"{V1}seasons/", body, "json"), 400, param)
        assert everything() == before

    def test_what_is_in_use_stays_and_says_by_what(
        self, boss: APIClient, institution: Institution, other: Institution
    ) -> None:
        section = factories.section()
        program = Program.objects.create(
            department=section.course.department, code="CS", name="Computing"
        )
        section.course.programs.add(program)
        before = everything()
        for address, holder in (
            (f"{V1}seasons/{section.season_id}/", "catalog.section"),
            (f"{V1}programs/{program.pk}/", "catalog.course"),
        ):
            answer = boss.delete(address)
            refused(answer, 409, None, "still_in_use")
            assert answer.json()["meta"]["details"]["what"] == [holder]
        moved = boss.patch(f"{V1}seasons/{section.season_id}/", {"institution": other.pk}, "json")
        refused(moved, 409, "institution", "still_in_use")
        away = factories.department(institution=other)
        moved = boss.patch(f"{V1}programs/{program.pk}/", {"department": away.pk}, "json")
        refused(moved, 409, "department", "still_in_use")
        assert everything() == before

    def test_a_program_is_made_corrected_and_deleted(self, boss: APIClient) -> None:
        department = factories.department()
        body = {"department": department.pk, "code": "CS", "name": "Computing"}
        made = boss.post(f"{V1}programs/", body, "json")
        assert made.status_code == 201, made.content
        refused(boss.post(f"{V1}programs/", body, "json"), 400, "code")
        address = f"{V1}programs/{made.json()['data']['id']}/"
        assert boss.patch(address, {"duration_months": 36}, "json").status_code == 200
        refused(boss.patch(address, {"duration_months": -1}, "json"), 400, "duration_months")
        assert boss.delete(address).status_code == 204
        assert not Program.objects.exists()

    def test_an_admin_of_one_institution_writes_there_alone(
        self, api_as: ApiAs, institution: Institution, other: Institution
    ) -> None:
        limited = api_as(factories.administrator(institution))
        theirs, ours = factories.season(institution=other), factories.season()
        before = everything()
        assert limited.patch(f"{V1}seasons/{theirs.pk}/", {"name": "X"}, "json").status_code == 403
        assert limited.delete(f"{V1}seasons/{theirs.pk}/").status_code == 403
        moved = limited.patch(f"{V1}seasons/{ours.pk}/", {"institution": other.pk}, "json")
        assert moved.status_code == 403
        away = factories.department(institution=other)
        body = {"department": away.pk, "code": "X", "name": "X"}
        assert limited.post(f"{V1}programs/", body, "json").status_code == 403
        assert everything() == before
        assert limited.patch(f"{V1}seasons/{ours.pk}/", {"name": "X"}, "json").status_code == 200
