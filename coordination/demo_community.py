"""The community organiser's year in the demonstration: a plan, actions, events and volunteers. Nobody in it exists."""

from datetime import date, time, timedelta

from django.utils import timezone

from coordination.actions import community
from coordination.models import CommunityEvent, CommunityPlan, SupportingAction, Volunteer
from cus_portal.audit.log import told_as_of


def organise(world, end):
    """Adopt the plan of the year; hold an event a month; let one volunteer's papers be about to end."""
    on, texts = timezone.localdate(end), world.texts["community"]
    organiser, director = world.people["olga"], world.people["danuta"]
    plan = CommunityPlan.objects.create(year=on.year, needs=texts["needs"], goals=texts["goals"])
    days = {"starts_on": date(on.year, 1, 1), "ends_on": date(on.year, 12, 31)}
    actions = [SupportingAction.objects.create(plan=plan, **facts, **days) for facts in texts["actions"]]
    with told_as_of(end):
        community.adopt_community_plan(plan, by=director, now=end)
        volunteers = [_volunteer(world, on, number) for number in range(1, 5)]
        for week, volunteer in enumerate(volunteers):
            day = on - timedelta(days=7 * (week + 1))
            community.record_hours(actions[0], volunteer=volunteer, on=day, hours=2, by=organiser, now=end)
        for week in range(-4, 3):
            _event(world, actions[-1], on + timedelta(days=7 * week), by=organiser, now=end)


def _volunteer(world, on, number):
    person = world.somebody()
    names = {name: person[name] for name in ("first_name", "last_name", "phone")}
    checked = on - timedelta(days=360 if number == 1 else 90)
    return Volunteer.objects.create(
        **names,
        agreement_number=f"W/{number}/{on.year}",
        agreement_from=on - timedelta(days=365),
        insured_until=on + timedelta(days=180),
        register_checked_on=checked,
        record_certificate_on=checked,
        checks_valid_until=checked + timedelta(days=365),
    )


def _event(world, action, on, *, by, now):
    place = world.dice.choice(world.places)
    words = world.texts["community"]
    facts = {
        "on": on,
        "at": time(16),
        "locality": place,
        "place": words["place"],
        "places": 20,
        "about": words["about"],
    }
    event = CommunityEvent.objects.create(action=action, title=world.one_of("events"), is_public=True, **facts)
    if on < timezone.localdate(now):
        community.count_who_came(event, came=world.dice.randint(6, 20), by=by, now=now)
        return
    for _person in range(world.dice.randint(2, 6)):
        person = world.somebody()
        community.sign_up(event, name=person["first_name"], phone=person["phone"], by=by, now=now)
