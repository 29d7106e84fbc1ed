"""What one may not know of leaves no trace: what is mailed and refused is the same with it and without it."""

from collections import Counter
from copy import copy
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from coordination.actions import institutions
from coordination.actions.chains import redirect_referral
from coordination.expiry import expire_unanswered
from coordination.models import Referral, Webhook
from coordination.reminders import send_due_reminders
from cus_portal.notifications.models import Message
from tests import personas
from tests.coordination_world import (
    make_case,
    make_consent,
    make_plan,
    make_referral,
    with_list,
    worker_of,
)
from tests.factories import NOW, TODAY, at, make_service
from tests.partner_world import make_webhook

pytestmark = pytest.mark.django_db
S = Referral.Status
STATES = [S.SENT, S.INFO_REQUESTED, S.WAITLISTED, S.IN_PROGRESS, S.COMPLETED, S.REJECTED]


@pytest.fixture(autouse=True)
def november(time_machine, settings, tmp_path):
    settings.STORAGES["private"]["OPTIONS"]["location"] = tmp_path
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
