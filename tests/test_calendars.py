"""A worker's due days in a calendar: numbers without names, by an address that is his alone and that he can end."""

from datetime import timedelta

import pytest
from django.urls import reverse
from icalendar import Calendar

from coordination.actions.calendars import end_feed, make_feed
from coordination.actions.handovers import take_up_elsewhere
from coordination.actions.incoming import claim_incoming
from coordination.calendars import KINDS, due_days
from coordination.models import CalendarFeed
from coordination.worklists import WORKLISTS
from residents.actions import restrict_file
from residents.models import RestrictedFile
from tests import personas
from tests.coordination_world import make_case, make_incoming, make_referral
from tests.factories import NOW, TODAY

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PAGE = reverse("coordination:calendar")


@pytest.fixture
def feed(tomek):
    return make_feed(by=tomek, now=NOW)


def events(client, feed, **headers):
    response = client.get(feed.path, headers=headers)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return [(str(event["summary"]), event["dtstart"].dt) for event in Calendar.from_ical(response.content).events]


def test_it_says_how_much_is_due_on_a_day_and_nobodys_name(client, feed, tomek, pcpr, time_machine):
    time_machine.move_to(NOW, tick=False)
    case = make_case(tomek)
    sent = make_referral(case, pcpr)
    make_referral(case, pcpr, opened=True)
    make_referral(make_case(personas.person("kasia")), pcpr)  # not his
    found = events(client, feed)
    assert ("Skierowania: odpowiada instytucja: 2", sent.respond_by) in found
    assert ("Plany: koniec 30 dni: 1", case.plan_due_moved_on) in found
    content = client.get(feed.path).content.decode()
    for word in ("Wilga", "Krystyna", case.case_sign, sent.number, "600 100 200"):
        assert word not in content


def test_each_kind_counts_what_its_day_and_list_say(tomek):
    assert {kind.worklist for kind in KINDS} <= set(WORKLISTS)
    case = make_case(tomek)
    assert [(kind.name, day, number) for kind, day, number in due_days(tomek, on=TODAY)] == [
        ("plans-due", case.plan_due_moved_on, 1),
        ("requests-due", case.requests.get().due_on, 1),
    ]
    assert due_days(tomek, on=TODAY + timedelta(days=400)) == []


def test_a_restricted_file_of_another_is_no_number(tomek, beata, pcpr):
    make_referral(make_case(tomek), pcpr)
    assert due_days(beata, on=TODAY)
    restrict_file(make_case(tomek).resident, kind=RestrictedFile.Kind.VIOLENCE, by=tomek, now=NOW)
    assert sum(number for kind, _day, number in due_days(beata, on=TODAY) if kind.name == "plans-due") == 1


def test_what_is_protected_is_no_number_that_leaves_the_portal(tomek, pcpr, clinic):
    make_referral(make_case(tomek), pcpr, confidentiality="protected")
    came = make_incoming(clinic, confidentiality="protected")
    claim_incoming(came, by=personas.person("beata"), now=NOW)
    for user in (tomek, personas.person("beata")):
        assert not {kind.name for kind, _day, _number in due_days(user, on=TODAY)} & {"their-move", "incoming-due"}
    make_referral(make_case(tomek), pcpr)
    make_incoming(clinic)
    for user in (tomek, personas.person("beata")):
        found = {kind.name: number for kind, _day, number in due_days(user, on=TODAY)}
        assert (found["their-move"], found["incoming-due"]) == (1, 1)


def test_an_address_made_anew_ended_or_not_whole_leads_nowhere(client, feed, tomek):
    old = feed.path
    assert client.get(old).status_code == 200
    anew = make_feed(by=tomek, now=NOW)
    assert client.get(old).status_code == 404
    assert client.get(anew.path[:-5] + ".ics").status_code == 404
    end_feed(anew, by=tomek)
    assert client.get(anew.path).status_code == 404


@pytest.mark.parametrize("left", ["inactive", "no role"])
def test_whoever_has_left_reads_no_more(left, client, feed, tomek):
    if left == "inactive":
        type(tomek).objects.filter(pk=tomek.pk).update(is_active=False)
    else:
        tomek.memberships.all().delete()
    assert client.get(feed.path).status_code == 404


def test_what_has_not_changed_is_not_sent_again_and_nobody_asks_without_end(client, feed):
    first = client.get(feed.path)
    assert client.get(feed.path, headers={"if-none-match": first["ETag"]}).status_code == 304
    assert {client.get(feed.path).status_code for _time in range(60)} == {200, 429}


def test_the_page_gives_replaces_and_ends_the_address(tomek, sign_in):
    client = sign_in(tomek)
    assert "Utwórz adres" in client.get(PAGE).content.decode()
    assert "Wcześniejszy" not in client.post(PAGE, follow=True).content.decode()
    feed = CalendarFeed.objects.get()
    assert feed.path in client.get(PAGE).content.decode()
    assert "Wcześniejszy" in client.post(PAGE, follow=True).content.decode()
    assert CalendarFeed.objects.get().key != feed.key
    client.post(PAGE, {"end": ""})
    assert not CalendarFeed.objects.exists()
    assert sign_in(personas.person("ewa")).get(PAGE).status_code == 403


def test_what_was_passed_on_is_in_the_calendar_until_it_is_taken_up_there(clinic):
    beata = personas.person("beata")
    row = make_incoming(clinic, status="redirected")

    def found():
        return [(day, number) for kind, day, number in due_days(beata, on=TODAY) if kind.name == "handed-on"]

    assert found() == [(row.respond_by, 1)]
    take_up_elsewhere(row, said_by="Iga Wilk", answered_on=TODAY, by=beata, now=NOW)
    assert found() == []
