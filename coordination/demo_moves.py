"""Who moved in the demonstration: a need that became pointless is discontinued, and somebody is back here again."""

from datetime import timedelta

from django.utils import timezone

from coordination.actions.delivery import change_service
from coordination.demo_letters import a_decision
from coordination.demo_stories import file_request, into_a_programme
from coordination.models import Provision
from cus_portal.accounts.models import Institution
from cus_portal.audit.log import told_as_of
from residents import actions
from residents.actions.life import record_move_out
from residents.actions.people import add_address
from residents.models import RefusalDecision
from services.models import Agreement


def show_moves(world, end):
    world.begin(one_that_became_pointless(world, world.office(end - timedelta(days=30))))
    world.run()
    with told_as_of(end):
        _comes_back(world, end)


def one_that_became_pointless(world, moment):
    """Whoever waited has moved away: one writes the decision, another signs it, and it leaves by post."""
    now = yield moment
    request, _known = file_request(world, now, ["waitlist"])
    clerk, coordinator = world.people["ola"], world.people["tomek"]
    now = yield world.office(now, 1, 2)
    actions.take_up(request, by=clerk, now=now)
    request = actions.identify_person(request, resident=None, by=clerk, now=now)
    item = request.items.get()
    if item.service_id is None or item.has_no_decision:
        into_a_programme(world, item, coordinator, now)
    actions.waitlist_item(item, answer=world.texts["told"]["waitlist"], by=coordinator, now=now)
    now = yield world.office(now, 4, 6)
    moved = {"moved_on": timezone.localdate(now) - timedelta(days=3), "moved_to": world.texts["moved_to"]}
    record_move_out(request.resident, **moved, by=clerk, now=now)
    now = yield world.office(now, 1, 2)
    item.refresh_from_db()
    actions.propose_discontinuing(
        item,
        ground=RefusalDecision.Ground.MOVED,
        factual_grounds=world.texts["discontinued"]["facts"],
        legal_grounds=world.texts["discontinued"]["law"],
        appeal_instruction=actions.appeal_instruction(),
        by=coordinator,
        now=now,
    )
    now = yield world.office(now, 1, 2)
    item.refresh_from_db()
    actions.sign_discontinuing(item, by=world.people["danuta"], now=now)
    world.begin(a_decision(world, item, coordinator, now))


def _comes_back(world, now):
    """Another municipality pays for the first who is served here; since three days he lives here again."""
    given = Provision.objects.active().filter(payer=None, case__resident__moved_out_on=None).order_by("pk").first()
    if given is None:
        return
    person, coordinator, clerk = given.case.resident, given.case.coordinator, world.people["ola"]
    place, on = world.texts["municipality"], timezone.localdate(now)
    home = {"address": person.address, "postal_code": person.postal_code, "locality": person.locality}
    away = {"elsewhere": place["name"], "valid_from": given.starts_on}
    add_address(person, kind="lives", **away, by=clerk, now=now)
    payer = Agreement.objects.create(
        code="wspolne-uslugi",
        institution=Institution.objects.create(code="gmina-sasiednia", name=place["gmina"], short_name=place["gmina"]),
        kind=Agreement.Kind.AGREEMENT,
        number=f"CUS.031.2.{on.year}",
        subject=place["subject"],
        valid_from=given.starts_on,
    )
    kept = {"address": given.address, "task": given.task, "ends_on": given.ends_on, "locality": given.locality}
    change_service(given, payer=payer, payer_from=given.starts_on, **kept, by=coordinator, now=now)
    add_address(person, kind="lives", **home, valid_from=on - timedelta(days=3), by=clerk, now=now)
