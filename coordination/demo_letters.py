"""What becomes of the demonstration's decisions: they leave, are received or not collected, and some are appealed."""

from django.utils import timezone

from residents import actions
from residents.models import Letter, RefusalAppeal

APPEALED = 0.3  # the share of decisions against which somebody appeals
NOT_COLLECTED = 0.15
Result = RefusalAppeal.Result


def a_decision(world, item, coordinator, moment):
    """Posted within days; the proof of receipt comes back, or the notices run out."""
    now = yield world.office(moment, 1, 3)
    letter, clerk = item.refusal.letter, world.people["ola"]
    by_post = bool(letter.address.strip()) and not item.request.safe_contact
    channel = Letter.Channel.POST if by_post else Letter.Channel.IN_PERSON
    actions.send_letter(letter, channel=channel, sent_on=timezone.localdate(now), by=clerk, now=now)
    if by_post and world.happens(NOT_COLLECTED):
        now = yield world.office(now, 2, 4)
        actions.record_notice(letter, waits_since=timezone.localdate(now), by=clerk, now=now)
        now = yield world.office(now, 14, 18)
        actions.presume_delivered(letter, by=clerk, now=now)
    elif by_post:
        now = yield world.office(now, 3, 8)
        number = f"RR{world.dice.randint(10**8, 10**9 - 1)}PL"
        facts = {"delivered_on": timezone.localdate(now), "proof_number": number}
        actions.deliver_letter(letter, **facts, by=clerk, now=now)
    if world.happens(APPEALED):
        yield from an_appeal(world, item, coordinator, now)


def an_appeal(world, item, coordinator, moment):
    """Passed on to the board within the week; its answer comes after a month or two."""
    now = yield world.office(moment, 2, 8)
    item.refresh_from_db()
    actions.record_appeal(item, filed_on=timezone.localdate(now), by=coordinator, now=now)
    now = yield world.office(now, 1, 4)
    actions.pass_appeal_on(item, forwarded_on=timezone.localdate(now), by=coordinator, now=now)
    now = yield world.office(now, 20, 40)
    actions.record_appeal_result(
        item,
        result=world.weighted({Result.UPHELD: 3, Result.CHANGED: 1, Result.RETURNED: 1}),
        decided_on=timezone.localdate(now),
        board_number=f"SKO.4114.{world.dice.randint(10, 900)}.{timezone.localdate(now).year}",
        by=coordinator,
        now=now,
    )
