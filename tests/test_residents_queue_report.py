"""The queue on a page and on paper: any past day, each skip with its reason, and the way into a new edition."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from cus_portal.audit.models import AuditEvent
from residents.actions import offer_place, qualify_item, restrict_file, waitlist_item, withdraw_item
from residents.models import QueuePlace, RestrictedFile
from residents.queues import RowInUse, queue_tables, rows_in_use
from services.models import ProgrammeService
from tests import personas
from tests.factories import NOW, TODAY, at, holder_of, make_programme, make_request, make_resident, make_service

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
QUEUES = reverse("admin:residents_requestitem_queues")


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW + 5 * DAY, tick=False):
        yield


@pytest.fixture
def row():
    return make_service().programme_services.get()


def waiting(row, tomek, *, days=0):
    request = make_request(needs=[(row.service, "")], now=NOW - days * DAY)
    return waitlist_item(request.items.get(), by=tomek, now=NOW)


def page(row):
    return reverse("admin:residents_requestitem_queue", args=[row.pk])


def shown(response):
    assert response.status_code == 200
    return [[strip_tags(line[1]) for line in table.rows] for table in response.context["tables"]]


def test_the_queue_of_a_past_day_and_its_skips_are_shown_and_printed(sign_in, row, tomek, beata):
    first, second = waiting(row, tomek, days=3), waiting(row, tomek, days=2)
    late = make_request(needs=[(row.service, "")], now=NOW).items.get()
    qualify_item(late, skip_reason="Pożar domu.", by=tomek, now=NOW + DAY)
    withdraw_item(first, by=holder_of(first.request), now=NOW + 2 * DAY)
    client = sign_in(beata)
    numbers = [item.request.reference for item in (first, second)]
    assert shown(client.get(page(row))) == [[numbers[1]], numbers[::-1]]
    assert shown(client.get(page(row), {"on": "12.11.2026"})) == [numbers, []]
    text = client.get(page(row)).content.decode()
    assert "Pożar domu." in text
    assert f"/requestitem/{late.pk}/change/" in text  # who got the place never waited, and is no closed file
    assert "zamknięta teczka" not in text
    assert "Wilga" not in text
    assert client.get(page(row), {"on": "1.1.2099"}).context["form"].errors
    paper = client.get(reverse("admin:residents_requestitem_queue_pdf", args=[row.pk]), {"on": "12.11.2026"})
    assert paper.content.startswith(b"%PDF")
    assert b"/StructTreeRoot" in paper.content
    assert AuditEvent.objects.get(action="programmeservice.print_queue").facts == {"on": "2026-11-12"}


def test_a_long_queue_and_many_skips_say_how_many_more_the_paper_has(sign_in, row, tomek, beata, monkeypatch):
    first, _second = waiting(row, tomek, days=2), waiting(row, tomek)
    for one in range(2):
        late = make_request(needs=[(row.service, "")], now=NOW).items.get()
        qualify_item(late, skip_reason=f"Pożar {one}.", by=tomek, now=NOW + DAY)
    monkeypatch.setattr("residents.admin.queues.ROWS_SHOWN", 1)
    answer = sign_in(beata).get(page(row))
    assert shown(answer)[0] == [first.request.reference]
    page_of_one = answer.content.decode()
    assert "Za nimi czeka jeszcze 1 osoba" in page_of_one
    assert "Wcześniejsze pominięcia (3) są tylko na papierze" in page_of_one
    on = timezone.localdate(NOW + 2 * DAY)
    assert [len(table.rows) for table in queue_tables(row, on, by=beata)] == [2, 4], "on paper are all"


def test_a_closed_file_stands_in_the_queue_without_its_number(sign_in, row, tomek, beata):
    kept, other = waiting(row, tomek, days=3), waiting(row, tomek, days=2)
    kept.request.resident = make_resident()
    kept.request.save()
    restrict_file(kept.request.resident, kind=RestrictedFile.Kind.VIOLENCE, by=tomek, now=NOW)
    assert shown(sign_in(beata).get(page(row)))[0] == ["zamknięta teczka", other.request.reference]


def test_the_organiser_carries_a_queue_into_the_next_edition(sign_in, row, tomek, beata):
    item = waiting(row, tomek)
    edition = ProgrammeService.objects.create(
        service=row.service,
        programme=make_programme(code="edition-2027"),
        valid_from=date(2027, 1, 1),
        regime="programme",
        fee_kind="free",
    )
    asked = {"into": edition.pk, "reason": "Edycja 2027"}
    assert sign_in(tomek).post(page(row), asked).status_code == 403
    client = sign_in(beata)
    assert client.post(page(row), {"into": edition.pk, "reason": ""}).status_code == 200
    assert client.post(page(row), asked).url == page(edition)
    assert QueuePlace.objects.get(item=item).basis == edition
    assert "Terapia logopedyczna" in client.get(QUEUES).content.decode()


@pytest.mark.parametrize(("name", "status"), [("ola", 403), ("iwona", 403), ("hania", 403), ("danuta", 200)])
def test_who_may_read_queues(sign_in, row, name, status):
    assert [sign_in(personas.person(name)).get(path).status_code for path in (QUEUES, page(row))] == [status] * 2


@pytest.mark.parametrize("many", [1, 12])
def test_a_longer_queue_takes_no_more_queries(sign_in, row, tomek, beata, many, django_assert_max_num_queries):
    for _number in range(many):
        waiting(row, tomek)
    client = sign_in(beata)
    with django_assert_max_num_queries(45):
        client.get(page(row))


def test_the_desk_offers_a_place_and_says_where_the_need_stands(sign_in, row, tomek):
    first, second = waiting(row, tomek, days=3), waiting(row, tomek)
    client, address = sign_in(tomek), reverse("admin:residents_requestitem_change", args=[second.pk])
    assert page(row) in client.get(address).content.decode()
    move = reverse("admin:residents_requestitem_move", args=[second.pk, "offer"])
    answer = client.post(move, {"version": second.version, "skip_reason": ""})
    assert "skip_reason" in answer.context["form"].errors
    assert "Wcześniej czeka 1 potrzeba." in answer.content.decode()
    of_first = reverse("admin:residents_requestitem_move", args=[first.pk, "offer"])
    assert "skip_reason" not in client.get(of_first).context["form"].fields  # nobody is passed over
    client.post(move, {"version": second.version, "skip_reason": "Pilne."})
    second.refresh_from_db()
    assert second.status == "offered"
    assert "do 24 listopada 2026" in client.get(address).content.decode()
    offer_place(first, by=tomek, now=at(date(2026, 11, 17)))


@pytest.mark.parametrize("more", [0, 6])
def test_the_organiser_sees_how_full_each_row_is_and_how_long_people_wait(sign_in, row, tomek, beata, more):
    ProgrammeService.objects.filter(pk=row.pk).update(
        capacity=3, capacity_period="year", person_units=20, person_unit="hour", person_period="month"
    )
    limit = "3 (osoby, w roku); jedna osoba najwyżej 20 godzin w miesiącu"
    first, *_others = [waiting(row, tomek, days=days) for days in (25, 15, 5)]
    offer_place(first, by=tomek, now=NOW)
    for _number in range(more):
        other = make_service("Dowóz").programme_services.get()
        ProgrammeService.objects.filter(pk=other.pk).update(capacity=2, capacity_period="start")
        waiting(other, tomek)
    with CaptureQueriesContext(connection) as asked:
        rows = rows_in_use(TODAY + 5 * DAY)
        assert [(one.taken, one.free, one.waiting) for one in rows[1:]] == [(None, None, 1)] * more
    assert len(asked) == 2
    assert rows[0] == RowInUse(row, limit, 1, 2, 2, 1, 15, 20)
    text = " ".join(sign_in(beata).get(QUEUES).content.decode().split())
    assert ">Średnio dni czekania<" in text
    assert limit in text
