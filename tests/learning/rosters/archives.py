"""OneRoster archives made in tests."""

import csv
import io
import zipfile
from collections.abc import Sequence
from typing import Any

from campus.institutions.models import Institution

COLUMNS = {
    "manifest": "propertyName,value",
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "academicSessions": "sourcedId,status,dateLastModified,title,type,startDate,endDate,"
    "parentSourcedId,schoolYear",
    "courses": "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,"
    "orgSourcedId,subjects,subjectCodes",
    "classes": "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,"
    "location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods",
    "roles": "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,"
    "orgSourcedId,userProfileSourcedId",
    "users": "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,"
    "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,"
    "resourceSourcedIds,preferredGivenName,preferredMiddleName,preferredFamilyName,"
    "primaryOrgSourcedId,pronouns,metadata.shoe_size",
    "enrollments": "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,"
    "role,primary,beginDate,endDate",
}
Parts = dict[str, list[dict[str, Any]]]


def parts(place: Institution, *, students: int = 2, email: str = "") -> Parts:
    """A school with one department, term, course and class, one teacher and some students."""
    people = [f"p{n}" for n in range(students)]
    return {
        "manifest": [
            {"propertyName": "manifest.version", "value": "1.0"},
            {"propertyName": "oneroster.version", "value": "1.2"},
            *(
                {"propertyName": f"file.{name}", "value": "bulk"}
                for name in COLUMNS
                if name != "manifest"
            ),
            {"propertyName": "file.demographics", "value": "absent"},
            {"propertyName": "source.systemName", "value": ""},
        ],
        "orgs": [
            {"sourcedId": "d", "name": "The District", "type": "district"},
            {"sourcedId": "o", "name": place.name, "type": "school", "parentSourcedId": "d"},
            {"sourcedId": "m", "name": "Mathematics", "type": "department", "identifier": "MAT"},
        ],
        "academicSessions": [
            {
                "sourcedId": "8f1c6f0e-3f4c-4a90-9f0c-6f1f0c7d0001",
                "title": "Fall 2099",
                "type": "semester",
                "startDate": "2099-08-20",
                "endDate": "2099-12-21",
                "schoolYear": "2099",
            }
        ],
        "courses": [
            {"sourcedId": "c1", "title": "Algebra", "courseCode": "MAT 101", "orgSourcedId": "m"}
        ],
        "classes": [
            {
                "sourcedId": "8f1c6f0e-3f4c-4a90-9f0c-6f1f0c7d0002",
                "title": "Algebra, mornings",
                "courseSourcedId": "c1",
                "classCode": "A",
                "classType": "scheduled",
                "location": "Room 5",
                "schoolSourcedId": "o",
                "termSourcedIds": "8f1c6f0e-3f4c-4a90-9f0c-6f1f0c7d0001",
            }
        ],
        "roles": [
            _role("t1", "teacher"),
            _role("g1", "guardian"),
            *(_role(one, "student") for one in people),
        ],
        "users": [
            _user("t1", "Maryam", "Mirzakhani", identifier="E9001", email=email and f"t{email}"),
            _user("g1", "Gita", "Guardian"),
            *(
                _user(one, "Pupil", f"Number {one}", email=email and f"{one}{email}")
                for one in people
            ),
        ],
        "enrollments": [
            _enrollment("t1", "teacher"),
            *(_enrollment(one, "student") for one in people),
        ],
    }


def _role(person: str, role: str) -> dict[str, str]:
    return {
        "sourcedId": f"r-{person}",
        "userSourcedId": person,
        "roleType": "primary",
        "role": role,
        "orgSourcedId": "o",
    }


def _user(person: str, given: str, family: str, **more: str) -> dict[str, str]:
    return {
        "sourcedId": person,
        "enabledUser": "true",
        "username": person,
        "givenName": given,
        "familyName": family,
        **more,
    }


def _enrollment(person: str, role: str) -> dict[str, str]:
    return {
        "sourcedId": f"e-{person}",
        "classSourcedId": "8f1c6f0e-3f4c-4a90-9f0c-6f1f0c7d0002",
        "schoolSourcedId": "o",
        "userSourcedId": person,
        "role": role,
    }


def zipped(tables: Parts, *, folder: str = "", more: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """The archive of these tables."""
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in tables.items():
            text = io.StringIO(newline="")
            writer = csv.DictWriter(text, COLUMNS[name].split(","))
            writer.writeheader()
            writer.writerows(rows)
            archive.writestr(f"{folder}{name}.csv", text.getvalue())
        for name, content in more:
            archive.writestr(name, content)
    return output.getvalue()
