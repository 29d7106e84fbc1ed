"""Complaints and volunteers leave the records, too: their words and names go, what is counted of them stays."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from coordination.actions.retention import place_hold
from coordination.models import Volunteer, VolunteerHours
from coordination.removal import GONE
from coordination.retention import draw_up_list
from coordination.terms import due_records
from cus_portal.accounts.actors import PublicActor
from cus_portal.audit.log import record, record_read
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from residents.actions import Words, answer_complaint, examine_complaint, file_complaint, pass_complaint_on
from residents.models import Complaint
from tests.community_world import make_action, make_volunteer
from tests.factories import NOW, TODAY, at
from tests.retention_world import carry_out, make_rule, signed_list
from tests.test_retention_removal import SECRET, figures, places_that_hold, write_everywhere

DUE = date(2032, 1, 2)

pytestmark = pytest.mark.django_db


def due(on):
    return [(one.kind, one.number) for one in due_records(on, limit=100)]


def make_complaint(about="worker"):
    said = Words(kind="complaint", text=SECRET, about=about, about_words=SECRET, name=SECRET, email="x@demo.example")
    return file_complaint(said, received_on=TODAY, token=uuid4(), by=PublicActor(), now=NOW)


def answered_complaint(danuta, tomek):
    complaint = examine_complaint(make_complaint(), about_worker=tomek, by=danuta, now=NOW)
    return answer_complaint(complaint, answer=SECRET, result="unfounded", grounds=SECRET, by=danuta, now=NOW)


def old_volunteer(**fields):
    """Return a volunteer whose agreement ran out with this year."""
    checked = {"register_checked_on": TODAY, "record_certificate_on": TODAY, "checks_valid_until": TODAY}
    return make_volunteer("7/2026", **{"agreement_until": date(2026, 12, 31)} | checked | fields)


# -- when ---------------------------------------------------------------------------------------------------
def test_a_complaint_is_kept_from_its_end_and_an_open_one_stays(danuta, tomek):
    make_rule("complaint", years=5)
    make_complaint()
    ended = answered_complaint(danuta, tomek)
    assert due(date(2031, 12, 31)) == []
    assert due(date(2032, 1, 1)) == [("complaint", ended.reference)]


def test_a_complaint_that_was_passed_on_ends_that_day(beata):
    make_rule("complaint", years=5)
    complaint = pass_complaint_on(make_complaint("director"), passed_to="rada gminy", by=beata, now=NOW)
    assert due(DUE) == [("complaint", complaint.reference)]


@pytest.mark.parametrize(
    ("fields", "first_day"),
    [
        ({}, date(2032, 1, 1)),
        ({"left_on": date(2025, 6, 1), "agreement_from": date(2025, 1, 1)}, date(2031, 1, 1)),
        ({"agreement_until": None, "left_on": TODAY}, date(2032, 1, 1)),
    ],
)
def test_a_volunteer_is_kept_from_leaving_or_from_the_end_of_the_agreement(fields, first_day):
    make_rule("volunteer", years=5)
    old_volunteer(**fields)
    assert due(first_day - timedelta(days=1)) == []
    assert due(first_day) == [("volunteer", "7/2026")]


def test_a_volunteer_with_an_agreement_without_end_stays():
    make_rule("volunteer", years=5)
    old_volunteer(agreement_until=None)
    assert due(date(2140, 1, 1)) == []


@pytest.mark.parametrize("kind", ["complaint", "volunteer"])
def test_both_can_be_held_by_their_number(kind, danuta, tomek, iwona):
    make_rule(kind, years=5)
    number = answered_complaint(danuta, tomek).reference if kind == "complaint" else old_volunteer().agreement_number
    assert due(DUE) == [(kind, number)]
    place_hold(number=number, ground="court", reason="II C 5/26", review_on=DUE, by=iwona, now=NOW)
    assert due(DUE) == []


# -- what goes, what stays ----------------------------------------------------------------------------------
def test_what_was_complained_of_is_gone_everywhere_and_every_figure_stays(danuta, tomek):
    make_rule("complaint", years=5)
    complaint = answered_complaint(danuta, tomek)
    Complaint.objects.filter(pk=complaint.pk).update(extended_on=TODAY, extension_reason=SECRET)
    write_everywhere(Complaint.objects.filter(pk=complaint.pk), SECRET)
    record("complaint.note", complaint, by=danuta, reason=SECRET)
    AuditEvent.objects.create(
        action="read",
        object_type="residents.complaint",
        object_id=complaint.pk,
        actor_label="x",
        at=at(date(2022, 5, 5)),
    )
    record_read(complaint, by=danuta, screen="admin")
    acts, before, code = AuditEvent.objects.about(complaint).changes().count(), figures(), complaint.access_code
    assert set(places_that_hold(SECRET)) == {"residents_complaint", "audit_auditevent"}
    assert Message.objects.filter(recipient_type="residents.complaint").exists()

    carry_out(signed_list(DUE))

    assert places_that_hold(SECRET) == {}
    assert figures() == before
    complaint.refresh_from_db()
    assert (complaint.text, complaint.name, complaint.email, complaint.about_worker) == (GONE, "", "", None)
    assert (complaint.status, complaint.result, complaint.ended_on) == ("answered", "unfounded", TODAY)
    assert complaint.access_code != code
    assert AuditEvent.objects.about(complaint).changes().count() == acts
    assert AuditEvent.objects.about(complaint).filter(action="read").count() == 1
    assert not Message.objects.filter(recipient_type="residents.complaint").exists()


def test_a_volunteer_goes_from_every_list_and_the_hours_stay(beata):
    make_rule("volunteer", years=5)
    volunteer = old_volunteer(email="x@demo.example", phone="600 700 800")
    VolunteerHours.objects.create(action=make_action(), volunteer=volunteer, on=TODAY, hours=3)
    write_everywhere(Volunteer.objects.filter(pk=volunteer.pk), SECRET)
    Volunteer.objects.filter(pk=volunteer.pk).update(agreement_number="7/2026")
    record("volunteer.change", volunteer, by=beata, reason=SECRET)
    before = figures()
    assert list(Volunteer.objects.visible_to(beata)) == [volunteer]

    carry_out(signed_list(DUE))

    assert places_that_hold(SECRET) == {}
    assert figures() == before
    assert VolunteerHours.objects.get().hours == 3
    assert list(Volunteer.objects.visible_to(beata)) == []
    gone = Volunteer.objects.get()
    assert (gone.agreement_number, gone.register_checked_on, gone.checks_valid_until) == ("7/2026", None, None)
    assert due(date(2140, 1, 1)) == []


def test_a_volunteer_who_came_back_after_the_signature_stays():
    make_rule("volunteer", years=5)
    volunteer = old_volunteer()
    made = signed_list(DUE)
    Volunteer.objects.filter(pk=volunteer.pk).update(agreement_until=date(2033, 1, 1))
    carry_out(made)
    line = made.lines.get()
    assert (line.done_at, line.taken_off_reason) == (None, "wolontariusz wrócił, odkąd powstał spis")
    assert Volunteer.objects.get().last_name == "Kos"


def test_who_has_left_helps_no_more(beata):
    volunteer = make_volunteer(left_on=TODAY - timedelta(days=1))
    assert volunteer not in Volunteer.objects.ready(TODAY)
    assert volunteer in Volunteer.objects.ready(TODAY - timedelta(days=1))


def test_one_list_holds_both_and_says_which_is_which(danuta, tomek):
    make_rule("complaint", years=5)
    make_rule("volunteer", years=5)
    complaint, volunteer = answered_complaint(danuta, tomek), old_volunteer()
    made = draw_up_list(on=DUE)
    assert [(line.number, line.get_kind_display()) for line in made.lines.order_by("kind")] == [
        (complaint.reference, "skarga, wniosek albo podziękowanie"),
        (volunteer.agreement_number, "wolontariusz, który odszedł, razem ze sprawdzeniami"),
    ]
