"""What one may not know of leaves no trace: what is read, mailed and refused is the same with it and without it."""

import re
from collections import Counter
from contextlib import suppress
from copy import copy
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.test import Client
from django.urls import NoReverseMatch, reverse

from coordination.actions import institutions
from coordination.actions.calendars import make_feed
from coordination.actions.chains import redirect_referral
from coordination.actions.consents import record_consent
from coordination.actions.needs import give_up_need
from coordination.expiry import expire_unanswered
from coordination.figures import count_answers
from coordination.inbox import LISTS
from coordination.models import AnswerSpeed, Referral, Webhook
from coordination.reminders import send_due_reminders
from coordination.worklists import WORKLISTS
from cus_portal.notifications.models import Message
from cus_portal.workflow import TransitionNotAllowed
from tests import personas
from tests.coordination_world import (
    make_case,
    make_consent,
    make_incoming,
    make_plan,
    make_referral,
    with_list,
    worker_of,
)
from tests.delivery_world import make_need
from tests.factories import NOW, TODAY, at, make_service
from tests.fhir_world import System
from tests.partner_world import make_webhook
from tests.signing import sign_in_as
from tests.test_quality import PUBLIC
from tests.test_urls import agreed

pytestmark = pytest.mark.django_db
S = Referral.Status
STATES = [S.SENT, S.INFO_REQUESTED, S.WAITLISTED, S.IN_PROGRESS, S.COMPLETED, S.REJECTED]


@pytest.fixture(autouse=True)
def november(time_machine, private_files):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def case(tomek):
    """A case with a plan, of which everybody of the centre knows a referral to PCPR."""
    case = make_case(tomek)
    make_plan(case, status="approved")
    return case


@pytest.fixture
def known(case, pcpr):
    return make_referral(case, pcpr, opened=True)


@pytest.fixture
def there():
    """The institution to which, and from which, only hidden ones go."""
    there = personas.institution(personas.COUNSELLING)
    worker_of(there)
    make_webhook(there)
    return there


@pytest.fixture
def services():
    """Made beforehand: a service more in the catalogue is no trace."""
    return [with_list(make_service()) for _state in STATES]


def hide_sent(case, there, services, **fields):
    """Send to that institution, one in each state."""
    sent = zip(STATES, services, strict=True)
    return [make_referral(case, there, status=state, service=one, opened=True, **fields) for state, one in sent]


def hide_protected(case, there, services):
    return hide_sent(case, there, services, confidentiality="protected")


def hide_came(there):
    came = ["sent", "info_requested", "accepted", "completed"]
    return [make_incoming(there, status=state, confidentiality="protected") for state in came]


# -- what is read --------------------------------------------------------------------------------------------
LATER = TODAY + timedelta(days=25)
KNOWS_WHAT_CAME = ["beata", "danuta"]  # they take in what comes
STAFF = ["kasia", "ola", "ewa", "renata", "root", *KNOWS_WHAT_CAME]
# It differs each time, whatever is hidden.
CHANGING = re.compile(r'name="\w*token" value="[^"]+"|nonce="[^"]+"|CSRFToken[^}]*|\b\d\d:\d\d\b')
HOLD_OTHERS = ("residents_case", "residents_resident", "residents_servicerequest", "coordination_plan")
SPEEDS = [field.name for field in AnswerSpeed._meta.fields if not field.primary_key]
THEIR_OWN = ["residents:request_status", "residents:request_messages", "residents:who_looked", "delivery:referrals"]
TASKS = ["/api/fhir/Task", "/api/fhir/Task?_count=1", "/api/fhir/Task?status=accepted,requested,rejected"]


def seat(name, case):
    """Return a client as this one holds it: signed in, with the code of the request, or with a program's token."""
    if name == "program":
        return System(personas.institution(personas.PCPR)).client
    client = Client()
    if name == "holder":
        request = case.requests.get()
        client.post(reverse("residents:request_track"), {"reference": request.reference, "code": request.access_code})
        return client
    return sign_in_as(client, personas.person(name))


def shared_pages():
    """Yield (who, address) of what shows no one object: a board to each who is let in, another page to one of them."""
    for (name, whose), row in agreed().items():
        let_in = [who for who in STAFF if row[who] == "200"]
        for who in let_in if name.startswith("coordination:") else let_in[:1]:
            if not whose and name not in PUBLIC:
                with suppress(NoReverseMatch):
                    yield who, reverse(name)


def pages_above(case, there):
    """Yield (who, address) of the objects that referrals hang on, and of the lists as they are asked for."""
    held = (case, case.resident, case.requests.get(), case.plans.get())
    for room, row in zip(HOLD_OTHERS, held, strict=True):
        yield "kasia", reverse(f"admin:{room}_change", args=[row.pk])
    yield "kasia", reverse("coordination:referral_detail", args=[case.referrals.get(receiver__code="pcpr").pk])
    live = reverse("coordination:worklist", args=["live"])
    yield from (("kasia", reverse("coordination:worklist", args=[name])) for name in WORKLISTS)
    yield from (("kasia", f"{live}?{asked}") for asked in (f"institution={there.pk}", "q=PPP", "file_format=csv"))
    yield from (("ewa", f"{reverse('coordination:inbox')}?lista={name}") for name in LISTS)
    yield from (
        ("root", reverse("admin:accounts_institution_move", args=[there.pk, move])) for move in ("close", "merge")
    )
    yield "root", reverse("admin:accounts_institution_change", args=[there.pk])


def look(seats, pages):
    """Return what each reads at each address; nothing of it stays behind."""
    cache.clear()
    found = {}
    for who, address in pages:
        with transaction.atomic():
            answer = seats[who].get(address)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            found[who, address] = f"{answer.status_code} {CHANGING.sub('', body.decode(errors='replace'))}"
            transaction.set_rollback(True)
    return found


def test_ten_protected_ones_show_on_no_page_list_or_count(case, known, there, services, time_machine):
    """Looked at when most of it is late: without them, with those that were sent, and with those that came too."""
    make_incoming(personas.institution(personas.PCPR))
    time_machine.move_to(at(LATER), tick=False)
    seats = {name: seat(name, case) for name in [*STAFF, "holder", "program"]}
    pages = [
        *shared_pages(),
        *pages_above(case, there),
        ("danuta", make_feed(by=personas.person("danuta"), now=NOW).path),
    ]
    pages += [*(("holder", reverse(name)) for name in THEIR_OWN), *(("program", address) for address in TASKS)]
    count_answers(on=LATER)
    figures = list(AnswerSpeed.objects.order_by("institution").values(*SPEEDS))
    without = look(seats, pages)
    hide_protected(case, there, services)
    count_answers(on=LATER)
    assert list(AnswerSpeed.objects.order_by("institution").values(*SPEEDS)) == figures
    with_them = look(seats, [page for page in pages if page[0] in KNOWS_WHAT_CAME])
    hide_came(there)
    with_them |= look(seats, [page for page in pages if page[0] not in KNOWS_WHAT_CAME])
    assert [page for page, said in with_them.items() if said != without[page]] == []


def test_no_page_of_the_case_tells_that_a_consent_was_recorded_or_a_plan_item_begun_for_one(case, there, tomek):
    plan, client = case.plans.get(), seat("danuta", case)

    def shown():
        return [CHANGING.sub("", client.get(row.get_absolute_url()).content.decode()) for row in (case, plan)]

    before = shown()
    given = {"form": "oral", "given_on": TODAY, "data_fields": ["name"], "purpose": "help"}
    consent = record_consent(case, by=tomek, now=NOW, receiver=there, protected=True, **given)
    begun = {"status": S.IN_PROGRESS, "opened": True, "plan_item": plan.items.first(), "consent": consent}
    make_referral(case, there, confidentiality="protected", disclosed_fields=["name"], **begun)
    assert shown() == before
    assert "zapisano zgodę" in seat("tomek", case).get(case.get_absolute_url()).content.decode()


def test_neither_the_desk_nor_whoever_knows_the_code_reads_that_help_has_begun_by_one(case, there, tomek, services):
    need = make_need(case, services[0])
    room = reverse("admin:residents_requestitem_change", args=[need.pk])
    pages = {"beata": room, "holder": reverse("delivery:give_place_up", args=[need.position])}
    seats = {name: seat(name, case) for name in pages}

    def shown():
        return {name: CHANGING.sub("", seats[name].get(address).content.decode()) for name, address in pages.items()}

    before = shown()
    fields = {"status": S.IN_PROGRESS, "service": services[0], "opened": True}
    make_referral(case, there, confidentiality="protected", **fields)
    assert shown() == before
    with pytest.raises(TransitionNotAllowed):
        give_up_need(need, by=tomek, now=NOW)
    assert ("Tak, rezygnuję" in before["holder"], "/move/give_up/" in before["beata"]) == (True, True)
    assert seats["holder"].post(pages["holder"]).status_code == 302
    assert type(need).objects.get(pk=need.pk).status == "withdrawn"


# -- what is written ---------------------------------------------------------------------------------------
def told_to_others(insiders):
    """Return what two months of reminders and the clock write to everybody else, and to their programs."""
    theirs = Q()
    for one in insiders:
        theirs |= Q(recipient_type=one._meta.label_lower, recipient_id=one.pk)
    with transaction.atomic():
        for days in (4, 11, 31, 59):
            send_due_reminders(on=TODAY + timedelta(days=days), now=at(TODAY + timedelta(days=days)))
        expire_unanswered(now=at(TODAY + timedelta(days=60)))
        rows = Message.objects.exclude(theirs).values_list("template", "recipient_type", "recipient_id", "context")
        found = Counter(map(str, rows))
        transaction.set_rollback(True)
    return found


def test_no_mail_reminder_or_call_to_others_comes_of_a_protected_one(case, known, there, services, tomek):
    team_and_receiver = [tomek, there, worker_of(there), Webhook.objects.get(institution=there)]
    without = told_to_others(team_and_receiver)
    hide_protected(case, there, services)
    assert told_to_others(team_and_receiver) == without


# -- what is refused -------------------------------------------------------------------------------------
def refusal(act, *args, **said):
    with pytest.raises(ValidationError) as refused:
        act(*args, now=NOW, **said)
    return refused.value.messages


def test_a_refusal_to_pass_on_tells_of_no_other_referral(case, there, pcpr, clinic, ewa, tomek, bartek):
    mine = make_referral(case, pcpr)
    on = {"receiver": there, "reason": "zadanie poradni"}
    without = refusal(redirect_referral, copy(mine), by=ewa, **on)  # the person has not agreed to it
    hidden = make_referral(case, there, service=mine.service, confidentiality="protected")
    assert refusal(redirect_referral, copy(mine), by=ewa, **on) == without
    make_consent(case, there)
    assert refusal(redirect_referral, copy(mine), by=ewa, **on) == without
    assert hidden.number in str(refusal(redirect_referral, copy(mine), by=tomek, **on))
    make_consent(case, clinic)
    second = redirect_referral(mine, by=ewa, now=NOW, receiver=clinic, reason="zadanie przychodni")
    back = {"receiver": pcpr, "reason": "zadanie PCPR"}  # from where it came, which the second does not know
    assert refusal(redirect_referral, copy(second), by=bartek, **back) == without


def test_an_institution_that_closes_or_is_taken_over_names_no_protected_one(case, there, pcpr, beata, sign_in):
    hidden = make_referral(case, there, confidentiality="protected")
    twin = make_referral(case, pcpr, service=hidden.service)
    close = reverse("admin:accounts_institution_move", args=[there.pk, "close"])
    said = [*refusal(institutions.close_institution, there, reason="koniec", by=beata)]
    for gone, heir in ((there, pcpr), (pcpr, there)):
        said += refusal(institutions.merge_institution, gone, into=heir, by=beata)
    said.append(sign_in(beata).get(close).content.decode())
    assert not any(number in words for number in (hidden.number, twin.number) for words in said)
    assert Referral.objects.open().count() == 2
