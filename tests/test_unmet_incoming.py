"""What the centre itself could not give to a school or a hospital that asked is in the register of unmet needs."""

from datetime import date
from types import SimpleNamespace

import pytest
from django.urls import reverse

from coordination.actions import incoming as actions
from coordination.actions import incoming_course as course
from coordination.diagnosis import tables
from coordination.models import IncomingReferral
from residents.actions import restrict_file
from residents.models import RequestItem, RestrictedFile, UnmetNeed
from tests import personas
from tests.coordination_world import make_incoming
from tests.factories import NOW, TODAY, make_area

pytestmark = pytest.mark.django_db
Reason, Outcome = UnmetNeed.Reason, UnmetNeed.Outcome
YEAR = SimpleNamespace(days=(date(TODAY.year, 1, 1), date(TODAY.year, 12, 31)))


@pytest.fixture(autouse=True)
def november(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def ola():
    return personas.person("ola")


def came(**facts):
    return make_incoming(personas.institution(personas.PCPR), **facts)


def refuse(row, by, reason="no_service", **said):
    return actions.reject_incoming(row, reject_reason=reason, text="Proszę do PCPR.", by=by, now=NOW, **said)


def states():
    return list(UnmetNeed.objects.order_by("pk").values_list("reason", "outcome"))


@pytest.mark.parametrize(
    ("reason", "listed"),
    [
        ("no_service", Reason.NO_SERVICE),
        ("not_eligible", Reason.NOT_ELIGIBLE),
        ("wrong_address", None),
        ("other", None),
    ],
)
def test_what_the_centre_lacks_is_listed_with_who_asked_and_nothing_of_the_person(reason, listed, ola, sign_in):
    row = refuse(came(), ola, reason)
    assert states() == ([(listed, "")] if listed else [])
    if listed:
        line = UnmetNeed.objects.get()
        assert (line.item, line.case, line.service, line.area, line.locality) == (None,) * 5
        page = sign_in(personas.person("danuta")).get(line.get_absolute_url()).content.decode()
        assert row.sender.name in page
        assert row.last_name not in page


def test_ten_that_ask_in_vain_are_ten_in_the_diagnosis_of_their_area(ola, sign_in):
    area = make_area()
    for number in range(10):
        row = came(last_name=f"Inna{number}")
        page = reverse("admin:coordination_incomingreferral_move", args=[row.pk, "reject"])
        said = {"reject_reason": "no_service", "text": "Nie mamy.", "area": area.pk, "version": row.version}
        assert sign_in(ola).post(page, said).status_code == 302
    of_area = next(table for table in tables(YEAR) if table["name"] == "by-area")
    assert of_area["rows"][0][:2] == [f"{area.number}. {area.name}", 10]


def test_nothing_protected_and_no_plain_information_is_listed(ola):
    refuse(came(confidentiality="protected"), personas.person("beata"))
    refuse(came(kind="information_request", consent_for="information"), ola)
    assert not UnmetNeed.objects.exists()


def test_a_refusal_that_is_taken_back_takes_its_line_back_and_the_next_one_opens_it_again(ola):
    row = refuse(came(), ola)
    course.reopen_incoming(row, by=ola, now=NOW)
    assert states() == [(Reason.NO_SERVICE, Outcome.CHANGED)]
    refuse(row, ola, "not_eligible")
    assert states() == [(Reason.NOT_ELIGIBLE, "")]
    actions.discard_incoming(row, reason="pomyłka", by=ola, now=NOW)
    assert states() == [(Reason.NOT_ELIGIBLE, Outcome.CHANGED)]


def test_what_was_accepted_and_finds_no_place_is_listed_on_the_need_of_its_request(ola):
    row = actions.accept_incoming(came(), by=ola, now=NOW)
    course.fail_incoming(row, end_reason="no_place", by=ola, now=NOW)
    line = UnmetNeed.objects.get()
    assert (line.item, line.reason) == (RequestItem.objects.get(request=row.request), Reason.PARTNER_FULL)
    assert IncomingReferral.objects.get(pk=row.pk).unmet is None
    beata = personas.person("beata")
    restrict_file(row.request, kind=RestrictedFile.Kind.VIOLENCE, by=ola, now=NOW)
    assert not UnmetNeed.objects.visible_to(beata).exists()


@pytest.mark.parametrize("reason", ["no_show", "moved"])
def test_an_end_on_the_side_of_the_person_leaves_nothing_unmet(reason, ola):
    row = actions.accept_incoming(came(), by=ola, now=NOW)
    course.fail_incoming(row, end_reason=reason, by=ola, now=NOW)
    assert not UnmetNeed.objects.exists()
