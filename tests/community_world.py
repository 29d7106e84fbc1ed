"""The community organiser's plan, actions, events and volunteers of the tests."""

from datetime import date, time, timedelta

from coordination.models import CommunityEvent, CommunityPlan, SupportingAction, Volunteer
from cus_portal.accounts.models import Membership
from cus_portal.accounts.roles import Role
from tests import personas
from tests.factories import TODAY, make_locality


def make_community_organiser():
    user = personas.person("stranger")
    Membership.objects.create(
        user=user, institution=personas.institution(personas.CENTRE), role=Role.COMMUNITY, valid_from=date(2020, 1, 1)
    )
    personas.authorise(user)
    return type(user).objects.get(pk=user.pk)


def make_community_plan(year=2026):
    facts = {"needs": "Samotność seniorów.", "goals": "Spotkania w każdej wsi."}
    return CommunityPlan.objects.get_or_create(year=year, defaults=facts)[0]


def make_action(plan=None, **fields):
    days = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
    facts = {"kind": "meeting", "name": "Klub Sąsiada", "goal": "…"} | days | fields
    return SupportingAction.objects.create(plan=plan or make_community_plan(), **facts)


def make_event(action, *, on=TODAY + timedelta(days=7), places=2):
    return CommunityEvent.objects.create(
        action=action, title="Piknik", on=on, at=time(16), locality=make_locality(), place="świetlica", places=places
    )


def make_open_event(**fields):
    event = make_event(make_action(), **fields)
    event.is_public, event.about = True, "Dla sąsiadów. Kawa za darmo."
    event.save()
    return event


def make_volunteer(number="1/2026", **fields):
    facts = {"agreement_from": date(2026, 1, 1), "insured_until": date(2026, 12, 31)} | fields
    return Volunteer.objects.create(first_name="Jan", last_name="Kos", agreement_number=number, **facts)
