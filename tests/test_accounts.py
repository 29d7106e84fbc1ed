"""Accounts and roles: who keeps them, what a role at another institution opens, what ends with an account."""

import pytest
from django.core import mail
from django.urls import reverse

from cus_portal.accounts.models import Membership, User
from cus_portal.accounts.roles import ROLES_ELSEWHERE, Role
from cus_portal.notifications import outbox
from residents.models import Case, ServiceRequest
from tests.coordination_world import make_case
from tests.factories import TODAY

NEW_MEMBERSHIP = reverse("admin:accounts_membership_add")


@pytest.mark.parametrize("role", [role for role in Role if role not in ROLES_ELSEWHERE])
def test_a_role_of_the_centre_opens_nothing_at_another_institution(stranger, pcpr, tomek, role):
    """The director of a school is a director too; somebody may well write him down as one."""
    make_case(tomek)
    Membership.objects.create(user=stranger, institution=pcpr, role=role, valid_from=TODAY)
    assert stranger.permissions == frozenset()
    assert not User.objects.holding(role, on=TODAY, institution=pcpr).exists()
    assert not Case.objects.visible_to(stranger).exists()
    assert not ServiceRequest.objects.visible_to(stranger).exists()


def test_such_a_role_is_refused_at_its_field(sign_in, root, stranger, pcpr, centre):
    said = {"user": stranger.pk, "institution": pcpr.pk, "role": Role.DIRECTOR, "valid_from": "2026-01-01"}
    client = sign_in(root)
    assert "role" in client.post(NEW_MEMBERSHIP, said).context["adminform"].form.errors
    assert not stranger.memberships.exists()
    assert client.post(NEW_MEMBERSHIP, said | {"role": Role.INSTITUTION_WORKER}).status_code == 302
    assert client.post(NEW_MEMBERSHIP, said | {"institution": centre.pk}).status_code == 302


def test_nobody_makes_another_institution_the_centre(sign_in, beata, pcpr, centre):
    client = sign_in(beata)
    for institution in (pcpr, centre):
        page = client.get(reverse("admin:accounts_institution_change", args=[institution.pk]))
        assert "is_centre" not in page.context["adminform"].form.fields


def test_whoever_has_left_is_not_written_to(tomek, db):
    User.objects.filter(pk=tomek.pk).update(is_active=False)
    outbox.notify(tomek, "plan_approved", dedupe_key="left", number="CUS.1.2026", path="/praca/")
    assert outbox.deliver_due() == 0
    assert mail.outbox == []
