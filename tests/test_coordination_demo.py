"""The demonstration world: every state in it, the same twice, invented to the last person, sending nothing."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from coordination.demo import PEOPLE, NotEmpty, build_world, pesel
from coordination.models import PartnerToken, Plan, Referral, ReportSnapshot, Webhook, WebhookCall
from coordination.workflow import PLAN, REFERRAL
from coordination.worklists import WORKLISTS
from cus_portal.accounts.models import User
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from residents.models import (
    Case,
    HouseholdMember,
    Letter,
    Representation,
    RequestItem,
    Resident,
    ServiceRequest,
    UnmetNeed,
    pesel_problem,
)
from residents.queues import rows_in_use
from residents.workflow import CASE, ITEM, REQUEST
from tests.real_catalogue import put_real_catalogue

UNTIL = date(2026, 11, 23)
# Lists that twenty requests may leave empty: nobody appeals, all that came is late or answered,
# no further need is granted once the plan is approved.
RARE = {
    "consents-withdrawn",
    "consents-ending",
    "incoming-late",
    "requests-to-answer",
    "refusals-undelivered",
    "appeals-to-pass-on",
    "appeals-with-the-board",
    "lists-to-sign",
    "plans-to-extend",
}
BEGINNINGS = {PLAN: "draft", REFERRAL: "draft", REQUEST: "submitted", ITEM: "submitted", CASE: "open"}
MODELS = {PLAN: Plan, REFERRAL: Referral, REQUEST: ServiceRequest, ITEM: RequestItem, CASE: Case}


@pytest.fixture
def catalogue(db, settings):
    settings.DEMO = True
    put_real_catalogue()


def build(requests=20, until=UNTIL):
    build_world(until=until, password="tajne-haslo-demo", requests=requests)


def story():
    """Return what can be told of a world, without keys and secrets."""
    return [
        list(
            ServiceRequest.objects.order_by("pk").values_list("reference", "status", "received_on", "due_on", "channel")
        ),
        list(
            RequestItem.objects.order_by("pk").values_list("request__reference", "position", "status", "service__code")
        ),
        list(Resident.objects.order_by("pk").values_list("first_name", "last_name", "birth_date", "address")),
        list(Case.objects.order_by("pk").values_list("case_sign", "status", "opened_on", "coordinator__email")),
        list(Plan.objects.order_by("pk").values_list("case__case_sign", "status", "starts_on", "ends_on")),
        list(
            Referral.objects.order_by("pk").values_list("number", "status", "sent_at", "respond_by", "receiver__code")
        ),
        [snapshot.tables for snapshot in ReportSnapshot.objects.order_by("period")],
    ]


def assert_a_mother_keeps_house_with_her_child_and_speaks_for_it():
    [speaks] = Representation.objects.all()
    homes = HouseholdMember.objects.values_list("household", "resident")
    assert {person for _home, person in homes} == {speaks.resident_id, speaks.representative_id}
    assert len({home for home, _person in homes}) == 1
    assert speaks.valid_to == date(2035, 9, 2)  # the day before the child is of age


def assert_no_mail_of_the_invented_past_is_sent_and_its_history_is_dated():
    assert Message.objects.exists()
    assert not Message.objects.unsent().exists()
    assert not Message.objects.exclude(sent_at=None).exists()
    assert AuditEvent.objects.filter(at__date__lt=date(2026, 11, 1)).exists()
    assert not AuditEvent.objects.filter(at__date__gt=UNTIL).exists()


def assert_not_every_referral_asks_for_a_service_and_people_say_how_theirs_ended():
    of_law = Referral.objects.exclude(kind="service_referral").order_by("pk")
    assert list(of_law.values_list("kind", "receiver__code", "status", "consent")) == [
        ("handover", "pcpr", "accepted", None),
        ("statutory_notice", "sad-rodzinny", "sent", None),
    ]
    assert all(of_law.values_list("statute", flat=True))
    [passed_on] = Referral.objects.exclude(parent=None)
    assert passed_on.parent.status == "redirected"
    said = Referral.objects.exclude(person_said="").order_by("person_said")
    assert [(one.person_said, bool(one.acknowledged_at)) for one in said] == [("confirmed", True), ("disputed", False)]


def assert_the_room_of_programs_shows_one_that_is_called_no_more():
    [webhook] = Webhook.objects.all()
    assert webhook.switched_off_at
    assert PartnerToken.objects.in_force(UNTIL).filter(institution=webhook.institution).exists()
    calls = WebhookCall.objects.filter(recipient_id=webhook.pk)
    assert calls.count() == calls.filter(dead_at__isnull=False).count() >= 1
    assert all(timezone.localdate(call.dead_at) < UNTIL for call in calls)


def test_each_state_occurs_in_a_world_that_the_same_seed_gives_again_and_a_portal_in_use_is_left_alone(catalogue):
    with transaction.atomic():
        build()
        earlier = story()
        transaction.set_rollback(True)
    build()
    world = story()
    assert world == earlier
    assert all(world)
    assert_a_mother_keeps_house_with_her_child_and_speaks_for_it()
    for workflow, model in MODELS.items():
        reachable = {BEGINNINGS[workflow]} | {step.target for step in workflow if step.target in workflow.waiting_for}
        assert set(model.objects.values_list("status", flat=True)) == reachable, model
    sent = Referral.objects.filter(sent_at__isnull=False).order_by()
    under = sent.exclude(agreement=None).values_list("receiver__code", flat=True)
    assert set(under) == {"pcpr"} != set(sent.values_list("receiver__code", flat=True))
    assert_not_every_referral_asks_for_a_service_and_people_say_how_theirs_ended()
    danuta = User.objects.get(email="danuta@demo.example")
    assert {name for name, worklist in WORKLISTS.items() if not worklist.rows(danuta, UNTIL).exists()} <= RARE
    assert ReportSnapshot.objects.count() == 12
    assert Letter.objects.filter(refusal__item__status="discontinued").exists()
    assert not ServiceRequest.objects.filter(contact_by="email").exclude(parties__email__gt="").exists()
    assert UnmetNeed.objects.filter(reason=UnmetNeed.Reason.NO_PARTNER).exclude(locality=None).exists()
    assert User.objects.count() == len(PEOPLE)
    assert {row.free for row in rows_in_use(UNTIL) if row.waiting and row.taken} <= {0}
    assert_no_mail_of_the_invented_past_is_sent_and_its_history_is_dated()
    assert_the_room_of_programs_shows_one_that_is_called_no_more()
    with pytest.raises(NotEmpty):
        build()
    assert story() == world


@pytest.mark.parametrize("until", [date(2026, 1, 6), date(2026, 12, 26)])
def test_it_stands_on_any_day(catalogue, until):
    build(requests=0, until=until)
    assert not ServiceRequest.objects.filter(received_on__gt=until).exists()


def test_without_a_catalogue_it_says_what_to_do(db):
    with pytest.raises(NotEmpty, match="load_catalogue"):
        build()
    assert not User.objects.exists()


def test_the_command_refuses_a_portal_that_is_no_demonstration(db, settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO"):
        call_command("demo")
    with pytest.raises(CommandError, match="DEMO"):
        call_command("demo", sign_ins=True)


def test_the_command_says_who_may_sign_in(db, settings, monkeypatch):
    settings.DEMO = True
    monkeypatch.setenv("DEMO_PASSWORD", "inne-haslo-demo")
    out = StringIO()
    call_command("demo", sign_ins=True, stdout=out)
    assert "inne-haslo-demo" in out.getvalue()
    assert all(f"{name}@demo.example" in out.getvalue() for name in PEOPLE)


@given(st.dates(date(1900, 1, 1), date(2026, 12, 31)), st.booleans(), st.integers(0, 999_999))
def test_an_invented_pesel_is_a_right_one(born, woman, serial):
    number = pesel(born, woman=woman, serial=serial)
    assert pesel_problem(number) is None
    assert (int(number[9]) % 2 == 0) == woman
