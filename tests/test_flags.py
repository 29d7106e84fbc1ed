"""Warnings about a person: with a reason, a review and an end, seen by those who need them and by no partner."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from coordination.copies import pieces_of
from coordination.disclosure import disclosed_by
from coordination.reminders import due_reminders, send_due_reminders
from coordination.removal import drop_person
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from residents.actions import end_flag, raise_flag, restrict_file
from residents.actions.duplicates import merge_residents
from residents.models import Flag
from tests import personas
from tests.coordination_world import make_case, make_referral
from tests.delivery_world import make_provision
from tests.delivery_world import visit as make_visit
from tests.desk import move, page, words
from tests.factories import NOW, TODAY

REVIEW, LAST = TODAY + timedelta(days=30), TODAY + timedelta(days=90)
REASON = "Bernardyn, dzwonić z drogi."


@pytest.fixture(autouse=True)
def that_day():
    with time_machine.travel(NOW, tick=False):
        yield


def warn(case, kind="dog", *, by=None, **more):
    facts = {"reason": REASON, "review_on": REVIEW, "valid_to": LAST} | more
    return raise_flag(case.resident, kind=kind, by=by or case.coordinator, now=NOW, **facts)


def readers(flag):
    found = set()
    for name in [*personas.PEOPLE, "root"]:
        user = personas.person(name)
        listed = Flag.objects.visible_to(user).filter(pk=flag.pk).exists()
        assert listed == user.has_perm("residents.view_flag", flag), name
        found |= {name} if listed else set()
    return found


@pytest.mark.parametrize(
    ("kind", "who"),
    [
        ("dog", {"ola", "tomek", "kasia", "beata", "danuta"}),
        ("violence", {"tomek", "beata", "danuta"}),
    ],
)
def test_what_one_meets_at_the_door_all_see_and_the_rest_who_sees_the_case(case, kind, who):
    assert readers(warn(case, kind)) == who


def test_a_warning_about_somebody_in_a_restricted_file_is_seen_by_those_let_in(case):
    flag = warn(case)
    restrict_file(case.resident, kind="violence", by=case.coordinator, now=NOW)
    assert readers(Flag.objects.get(pk=flag.pk)) == {"tomek", "danuta"}


@pytest.mark.parametrize("name", ["danuta", "iwona", "ewa", "marta", "root", "stranger"])
def test_who_does_not_work_with_people_raises_no_warning(case, name):
    with pytest.raises(PermissionDenied):
        warn(case, by=personas.person(name))
    assert not Flag.objects.exists()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"kind": "wampir"}, "kind"),
        ({"reason": " "}, "reason"),
        ({"review_on": TODAY - timedelta(days=1)}, "review_on"),
        ({"review_on": LAST + timedelta(days=1)}, "review_on"),
        ({"valid_to": TODAY + timedelta(days=367)}, "valid_to"),
    ],
)
def test_a_warning_has_a_reason_a_review_and_an_end_within_a_year(case, facts, field):
    with pytest.raises(ValidationError) as refused:
        warn(case, **facts)
    assert list(refused.value.message_dict) == [field]
    assert not Flag.objects.exists()


def test_it_stands_on_top_of_the_case_until_its_last_day_and_asks_to_be_looked_at(case, sign_in, tomek):
    client, days = sign_in(tomek), {"review_on": f"{REVIEW:%d.%m.%Y}", "valid_to": f"{LAST:%d.%m.%Y}"}
    client.post(move(case.resident, "raise_flag"), {"kind": "dog", "reason": REASON} | days)
    for day, shown, asked in ((TODAY, True, False), (REVIEW, True, True), (LAST + timedelta(days=1), False, False)):
        with time_machine.travel(NOW + (day - TODAY), tick=False):
            read = words(sign_in(tomek).get(page(case)))
            assert (f"GROŹNY PIES: {REASON}" in read, "Sprawdź, czy ostrzeżenie" in read) == (shown, asked)


def test_raised_anew_it_takes_the_place_of_the_old_one_and_ended_it_is_gone(case, tomek):
    first, again = warn(case), warn(case)
    assert list(Flag.objects.in_force(TODAY)) == [again]
    end_flag(case.resident, flag=again, by=tomek, now=NOW)
    with pytest.raises(ValidationError):
        end_flag(case.resident, flag=again, by=tomek, now=NOW)
    assert not Flag.objects.in_force(TODAY).exists()
    acts = AuditEvent.objects.filter(object_type="residents.resident", object_id=case.resident_id)
    assert list(acts.filter(action__endswith="_flag").values_list("facts__flag", flat=True).order_by("id")) == [
        first.pk, again.pk, again.pk,
    ]  # fmt: skip


def test_whoever_comes_to_the_person_is_warned_of_the_door_and_of_nothing_else(case, sign_in, marta):
    warn(case)
    warn(case, "self_harm", reason="Tajne.")
    make_visit(make_provision(case=case, crisis_reason="…"), TODAY)
    shown = words(sign_in(marta).get(reverse("coordination:visits")))
    assert "groźny pies" in shown
    for hidden in (REASON, "samobójstwa", "Tajne"):
        assert hidden not in shown


def test_a_partner_is_told_of_no_warning(case, sign_in, ewa, pcpr):
    warn(case)
    referral = make_referral(case, pcpr)
    assert REASON not in str(disclosed_by(referral))
    shown = words(sign_in(ewa).get(referral.get_absolute_url()))
    assert "pies" not in shown.lower()
    assert REASON not in shown


def test_on_its_day_whoever_raised_it_is_asked_by_a_mail_that_does_not_say_what_it_is(case, tomek):
    warn(case)
    assert not [row for row in due_reminders(TODAY) if row.reminder.name == "warning_review"]
    send_due_reminders(on=REVIEW, now=NOW)
    (mail,) = Message.objects.filter(template="digest", recipient_id=tomek.pk, context__icontains="ostrzeżenie")
    said = str(mail.context)
    for hidden in ("pies", "Bernardyn", "Wilga"):
        assert hidden not in said
    assert case.resident.get_absolute_url() in said


def test_joined_records_keep_the_warnings_of_both(case, tomek):
    other = make_case(tomek)
    type(other.resident).objects.filter(pk=other.resident_id).update(pesel="", pesel_index="", pesel_ends=[])
    warn(case)
    warn(other)
    merge_residents(case.resident, absorbed=other.resident, reason="To samo.", by=tomek, now=NOW)
    assert Flag.objects.in_force(TODAY).filter(resident=case.resident).count() == 2


def test_it_is_in_the_copy_if_the_officer_leaves_it_and_goes_with_the_person(case):
    warn(case)
    (piece,) = [one for one in pieces_of(case.resident) if REASON in one.text]
    assert piece.by_other
    drop_person(case.resident_id)
    assert not Flag.objects.exists()
