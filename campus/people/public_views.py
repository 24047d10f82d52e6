"""The public directory of people, and the profile of one."""

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from campus.institutions.directory import DirectoryFilters
from campus.institutions.views import answer_list, profile
from campus.people.directory import list_people, public_person
from campus.people.models import StaffPage
from portal.permissions import PUBLIC, declare


@declare(PUBLIC)
@require_safe
def people(request: HttpRequest) -> HttpResponseBase:
    """The public staff with search and filters, as ``campus.institutions.views.departments``.

    Its part for htmx is ``people/people_results.html``; each row of ``found`` carries ``codes``, of the
    courses taught.
    """
    filters = DirectoryFilters.read(request.GET)
    context = {
        "filters": filters,
        "found": list_people(filters, number=request.GET.get("page", "1")),
    }
    return answer_list(request, context, "people/people_results.html")


@declare(PUBLIC)
@require_safe
def person(request: HttpRequest, pk: int, words: str = "") -> HttpResponseBase:
    """One of the staff; 404 for who is not listed, has left or was erased.

    An address with an earlier name leads to the one with the name of today.
    """
    found = public_person(pk) if pk < 2**63 else None
    if found is None:
        raise Http404
    address = found.get_absolute_url()
    if request.path != address:
        return redirect(address)
    return profile(request, found, StaffPage.objects.filter(staff=found), "people/person.html")
