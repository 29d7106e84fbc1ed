"""What was counted stays as it was counted when the people go: queues of past days, public counts; and who looked."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from cus_portal.audit.models import AuditEvent
from residents.actions import waitlist_item, withdraw_item
from residents.lookers import about_request, looks
from residents.models import QueueEvent, RequestParty
from residents.places import count_all_places
from residents.queues import end_of, queue_tables
from services.models import BasisLoad
from tests.factories import NOW, TODAY, at, make_request, make_service
from tests.retention_world import carry_out, make_rule, signed_list

DUE = date(2032, 1, 2)
LATER = at(TODAY + timedelta(days=40))


@pytest.fixture
def left(tomek):
    """Two wait for one service; the first no longer needs it, and its term comes. The second waits on."""
    make_rule("request", years=5)
    service = make_service()
    requests = [make_request(needs=[(service, "")]) for _number in range(2)]
    for request in requests:
        waitlist_item(request.items.get(), by=tomek, now=NOW)
    withdraw_item(requests[0].items.get(), by=tomek, now=LATER)
    return requests[0]


def carried_out():
    made = signed_list(DUE)
    assert {line.kind for line in made.lines.all()} == {"request"}
    carry_out(made)
    assert not RequestParty.objects.filter(request=made.lines.get().object_id).exclude(last_name="").exists()


def test_the_queue_of_a_past_day_still_proves_its_order_and_names_nobody(left, tomek):
    basis = left.items.get().programme_service

    def told(day):
        events = QueueEvent.objects.queue(basis, end_of(day))
        order = [(event.item_id, event.received_on, event.complete_at) for event in events]
        return order, [table.rows for table in queue_tables(basis, day, by=tomek)]

    days = (TODAY, LATER.date())
    before = [told(day) for day in days]
    assert [len(order) for order, _tables in before] == [2, 1]
    carried_out()
    assert [told(day) for day in days] == before
    assert "Wilga" not in str(before)


def test_the_counts_that_the_public_sees_of_a_service_stay(left):
    def counted():
        count_all_places(now=LATER)
        return list(BasisLoad.objects.order_by("pk").values("basis", "taken", "waiting", "typical_wait"))

    before = counted()
    assert [row["waiting"] for row in before] == [1]
    carried_out()
    assert counted() == before


def test_who_looked_goes_with_the_file_and_what_the_law_keeps_longer_goes_with_its_year(left, ola):
    """Logs are kept for two years (KRI, Dz.U. 2024 poz. 773): a younger line stays, and leads to no name any more."""
    facts = {"action": AuditEvent.READ, "object_type": "residents.servicerequest", "object_id": left.pk}
    for moment in (at(date(2022, 5, 5)), None):
        AuditEvent.objects.create(**facts, actor=ola, actor_label="x", **({"at": moment} if moment else {}))
    others = make_request()
    AuditEvent.objects.create(**facts | {"object_id": others.pk}, actor=ola, actor_label="x", at=at(date(2022, 5, 5)))
    assert len(looks(about_request(left))) == 2
    carried_out()
    assert [look.day.year for look in looks(about_request(left))] == [timezone.localdate().year]
    assert [look.day.year for look in looks(about_request(others))] == [2022]
