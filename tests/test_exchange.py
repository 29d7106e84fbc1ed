"""Events for other municipalities: published, signed up for by mail, never more guests than places, told of changes."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from icalendar import Calendar

from coordination import jobs
from coordination.actions import exchange
from coordination.models import ExchangeEvent, ExchangeSignUp
from coordination.models.exchange import TERYT
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import subject_of
from tests.desk import words
from tests.exchange_world import DAY, link_in, mails, make_exchange_event, make_practice, said, sign_up
from tests.factories import NOW, TODAY
from tests.intake import html

HOME = "/dla-gmin/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def event():
    return make_exchange_event()


def path(event, end=""):
    return f"{HOME}wydarzenia/{event.pk}/{end}"


def move(event, name):
    return reverse("admin:coordination_exchangeevent_move", args=[event.pk, name])


def before(days):
    """Return the moment so many days before the event."""
    return NOW + (DAY - TODAY) - timedelta(days=days)


# -- what is shown --------------------------------------------------------------------------------
def test_the_public_reads_of_what_is_published_and_of_nothing_else(client, event):
    draft = make_exchange_event(title="Szkic", is_published=False)
    page = html(client.get(HOME))
    assert "Jak działa jedno okienko" in page
    assert "Szkic" not in page
    for end in ("", "wydarzenie.ics", "zapis/"):
        assert client.get(path(draft, end)).status_code == 404
    assert "10.00 Droga zgłoszenia" in html(client.get(path(event)))
    for address in (HOME, path(event), make_practice().get_absolute_url()):
        translated = html(client.get(f"/uk{address}"))
        assert 'lang="uk"' in translated
        assert "Частину текстів подано польською" in translated
        assert "tylko po polsku" not in html(client.get(address))


def test_what_has_been_stays_as_an_archive_for_two_years(client, event):
    event.came = 12
    event.save()
    with time_machine.travel(before(-1), tick=False):
        assert "Co już było" in html(client.get(HOME))
        page = html(client.get(path(event)))
    assert "<dd>12</dd>" in page
    assert "Zapisz się" not in page
    assert list(ExchangeEvent.objects.past(DAY + timedelta(days=730))) == [event]
    assert not ExchangeEvent.objects.past(DAY + timedelta(days=731)).exists()


@pytest.mark.parametrize("rows", [1, 6])
def test_the_list_costs_the_same(client, rows, django_assert_max_num_queries):
    for _one in range(rows):
        make_exchange_event()
    with django_assert_max_num_queries(3):  # what is ahead, what has been, the cards
        client.get(HOME)


def test_the_event_goes_into_a_calendar_with_its_hours_in_universal_time(client, event):
    (entry,) = Calendar.from_ical(client.get(path(event, "wydarzenie.ics")).content).events
    assert entry["dtstart"].dt.isoformat() == "2026-12-12T08:00:00+00:00"
    assert entry["dtend"].dt.isoformat() == "2026-12-12T14:00:00+00:00"
    assert entry["status"] == "CONFIRMED"


def test_an_event_that_ends_before_it_begins_is_none(sign_in, beata, event):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_exchange_event(until=event.at)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_exchange_event(sign_up_until=DAY + timedelta(days=1))


# -- signing up -----------------------------------------------------------------------------------
def test_a_place_is_kept_only_once_the_mailbox_says_so(client, event):
    response = client.post(path(event, "zapis/"), said(needs="wózek", teryt="0609043"))
    assert response.url == f"{HOME}zapis/sprawdz-poczte/"
    (mail,) = mails("exchange_confirm")
    assert mail.to == ["anna@gmina.example"]
    assert not {"Anna", "wózek", "Wólka"} & set(mail.body.split())
    link = link_in(mail)
    assert "wózek" in html(client.get(link))
    assert event.sign_ups.get().confirmed_at is None
    client.post(link)
    assert event.sign_ups.get().coming_since == NOW
    assert "Masz miejsce." in html(client.get(link))
    assert "<dd>3</dd>" in html(client.get(path(event)))


def test_needs_and_address_are_sealed_in_the_database(event):
    guest = sign_up(event, needs="dieta bez glutenu")
    row = ExchangeSignUp.objects.filter(pk=guest.pk).extra(select={"sealed": "needs || email"}).get()  # noqa: S610
    assert "gluten" not in row.sealed
    assert "anna@" not in row.sealed


def test_who_signed_up_before_is_told_nothing_else_and_what_was_confirmed_stays(client, event):
    guest = sign_up(event)
    first = client.post(path(event, "zapis/"), said("nowa@gmina.example"))
    second = client.post(path(event, "zapis/"), said("Anna@gmina.example", people=9))
    assert (first.url, first.status_code) == (second.url, second.status_code)
    guest.refresh_from_db()
    assert guest.people == 2
    assert len(mails("exchange_confirm")) == 2  # the second's is the link that he has


@pytest.mark.parametrize("code", ["0609043", "1465011", "3262011"])
def test_codes_of_municipalities_are_taken(code):
    TERYT(code)


@pytest.mark.parametrize("code", ["0109043", "3362011", "0609040", "060904", "06090433"])
def test_other_numbers_are_no_codes_of_municipalities(code):
    with pytest.raises(ValidationError):
        TERYT(code)


def test_a_program_fills_neither_the_list_nor_a_mailbox(client, event):
    for _one in range(6):
        assert client.post(path(event, "zapis/"), said()).status_code == 302
    assert Message.objects.filter(template="exchange_confirm").count() <= 5
    for number in range(4):
        client.post(path(event, "zapis/"), said(f"{number}@gmina.example"))
    assert "W ciągu godziny" in html(client.post(path(event, "zapis/"), said("x@gmina.example")))
    assert event.sign_ups.count() == 5


def test_after_its_last_day_nobody_signs_up(client, event):
    with time_machine.travel(before(2), tick=False):
        assert client.get(path(event, "zapis/")).url == path(event)
        with pytest.raises(ValidationError):
            exchange.sign_up_for(event, **said(), language="pl", now=before(2))
    assert not ExchangeSignUp.objects.exists()


def test_a_changed_link_opens_nothing(client, event):
    guest = sign_up(event)
    for link in (guest.get_absolute_url(), guest.give_up_path):
        assert client.get(link.replace("zapis/", "zapis/x")).status_code == 404
        assert client.post(link.replace("zapis/", "zapis/x")).status_code == 404
    assert event.sign_ups.count() == 1


def test_the_outbox_names_these_mails_and_not_their_readers(event):
    sign_up(event)
    assert {subject_of(row) for row in Message.objects.all()} == {"Potwierdź, że chcesz przyjechać"}


# -- the places -----------------------------------------------------------------------------------
def test_who_finds_no_place_waits_and_moves_up_when_one_is_given_up(client, event):
    first = sign_up(event, "1@gmina.example", people=4)
    many = sign_up(event, "2@gmina.example", people=5)
    pair = sign_up(event, "3@gmina.example", people=2, now=NOW + timedelta(minutes=1))
    assert (first.coming_since, many.coming_since, pair.coming_since) == (NOW, None, None)
    assert "Wszystkie miejsca są zajęte" not in html(client.get(path(event, "zapis/")))
    client.post(first.give_up_path)
    assert list(event.sign_ups.coming()) == [many]
    (mail,) = mails("exchange_moved_up")
    assert mail.to == ["2@gmina.example"]
    client.post(many.give_up_path)
    assert list(event.sign_ups.coming()) == [pair]
    assert client.get(many.get_absolute_url()).status_code == 404


def test_who_signed_up_changes_how_many_come_while_there_is_room(client, event):
    """Who has places takes free ones only; fewer people let the next in, or oneself."""
    ExchangeEvent.objects.filter(pk=event.pk).update(places=5)
    three = sign_up(event, "1@gmina.example", people=3)
    mailbox, waiting = (sign_up(event, f"{number}@gmina.example", people=3) for number in (2, 3))
    assert "Zmień liczbę osób" in html(client.get(three.get_absolute_url()))
    refused = html(client.post(three.people_path, {"people": 6}))
    assert "Może was przyjechać najwyżej 5" in refused
    assert "Wolne miejsca: 2" in refused
    assert "Od 1 do 10 osób" in html(client.post(three.people_path, {"people": 11}))
    three.refresh_from_db()
    assert three.people == 3
    for guest, people in ((mailbox, 4), (waiting, 2)):
        assert client.post(guest.people_path, {"people": people}).url == guest.get_absolute_url()
    assert set(event.sign_ups.coming()) == {three, waiting}
    client.post(three.people_path, {"people": 1})
    assert list(event.sign_ups.waiting().values_list("people", flat=True)) == [4]
    client.post(waiting.people_path, {"people": 1})
    assert list(event.sign_ups.waiting()) == [mailbox]
    client.post(mailbox.people_path, {"people": 3})
    assert not event.sign_ups.waiting().exists()
    # Before the press the page says that there is no room for all of them.
    client.post(path(event, "zapis/"), said("4@gmina.example", people=2))
    fourth = event.sign_ups.get(confirmed_at=None)
    assert "Wszystkie miejsca są zajęte" in html(client.get(fourth.get_absolute_url()))
    assert not mails("exchange_moved_up")
    with time_machine.travel(before(0), tick=False):
        assert "Zmień liczbę osób" not in html(client.get(three.get_absolute_url()))
        with pytest.raises(ValidationError):
            exchange.change_people(three, people=1, now=before(0))
    assert client.get(three.people_path.replace("zapis/", "zapis/x")).status_code == 404


def test_a_few_do_not_wait_for_a_group_that_does_not_fit(event):
    first = sign_up(event, "1@gmina.example", people=3)
    sign_up(event, "2@gmina.example", people=3)
    few = sign_up(event, "3@gmina.example", people=2)
    assert few.coming_since
    exchange.give_up_place(few, now=NOW)
    assert list(event.sign_ups.coming()) == [first]


def test_a_sign_up_given_up_in_another_window_is_not_confirmed(event):
    guest = sign_up(event)
    exchange.give_up_place(ExchangeSignUp.objects.get(pk=guest.pk), now=NOW)
    with pytest.raises(ValidationError):
        exchange.confirm_sign_up(guest, now=NOW)


def test_the_database_lets_nobody_in_beyond_the_places(event):
    sign_up(event, people=4)
    guest = sign_up(event, "2@gmina.example", people=2)
    with pytest.raises(IntegrityError, match="no place is free"), transaction.atomic():
        ExchangeSignUp.objects.filter(pk=guest.pk).update(coming_since=NOW)
    with pytest.raises(IntegrityError, match="no place is free"), transaction.atomic():
        ExchangeEvent.objects.update(places=3)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExchangeSignUp.objects.update(confirmed_at=None)


def test_added_places_go_to_those_who_wait(sign_in, beata, event):
    sign_up(event, people=5)
    waiting = sign_up(event, "2@gmina.example")
    event.places = 7
    event.save()
    exchange.event_changed(event, fields=["places"], by=beata, now=NOW)
    waiting.refresh_from_db()
    assert waiting.coming_since == NOW
    assert mails("exchange_changed") == []


# -- the clock ------------------------------------------------------------------------------------
def test_guests_are_reminded_a_week_and_a_day_before_and_once(event):
    sign_up(event)
    late = sign_up(event, "2@gmina.example", now=before(5), people=1)
    told = {}
    for days in (8, 7, 6, 1, 0):
        for _twice in range(2):
            exchange.remind_guests(on=TODAY + (DAY - TODAY) - timedelta(days=days))
        told[days] = Message.objects.filter(template="exchange_reminder").count()
    assert told == {8: 0, 7: 1, 6: 1, 1: 3, 0: 3}
    assert Message.objects.filter(template="exchange_reminder").to(late).count() == 1


def test_after_a_month_nobody_knows_who_came_and_the_number_stays(event, danuta):
    guest = sign_up(event)
    exchange.count_guests(event, by=danuta, now=before(0), **{f"guest_{guest.pk}": 2})
    assert exchange.forget_guests(on=DAY + timedelta(days=30)) == 0
    assert exchange.forget_guests(on=DAY + timedelta(days=31)) == 1
    event.refresh_from_db()
    assert event.came == 2


def test_who_never_confirmed_is_forgotten_after_three_days(event):
    exchange.sign_up_for(event, **said(), language="pl", now=NOW)
    jobs.tidy(now=NOW + timedelta(days=2))
    assert event.sign_ups.count() == 1
    jobs.tidy(now=NOW + timedelta(days=3))
    assert not event.sign_ups.exists()


# -- the office -----------------------------------------------------------------------------------
def test_the_organiser_writes_publishes_and_changes_and_the_guests_are_told(sign_in, beata, event):
    sign_up(event)
    desk = sign_in(beata)
    form = desk.get(reverse("admin:coordination_exchangeevent_change", args=[event.pk]))
    assert "2 z 5, czeka 0" in words(form)
    seen = form.context["adminform"].form
    data = {name: seen[name].value() for name in seen.fields} | {"place": "Dom kultury", "at": "09:30"}
    response = desk.post(form.request["PATH_INFO"], data | {"on": f"{DAY:%d.%m.%Y}"})
    assert response.status_code == 302, response.context["adminform"].form.errors
    (mail,) = mails("exchange_changed")
    assert "Dom kultury" in mail.body


def test_fewer_places_than_guests_are_refused_with_words(sign_in, beata, event):
    sign_up(event, people=4)
    desk = sign_in(beata)
    form = desk.get(reverse("admin:coordination_exchangeevent_change", args=[event.pk]))
    seen = form.context["adminform"].form
    data = {name: seen[name].value() for name in seen.fields} | {"places": 3, "on": f"{DAY:%d.%m.%Y}"}
    assert "Tyle osób ma już miejsce: 4" in words(desk.post(form.request["PATH_INFO"], data))


def test_calling_off_tells_everybody_and_stands_on_the_page(client, danuta, event):
    guest = sign_up(event)
    exchange.sign_up_for(event, **said("x@gmina.example"), language="pl", now=NOW)
    exchange.call_off_event(event, reason="Choroba prowadzącej.", by=danuta, now=NOW)
    (mail,) = mails("exchange_called_off")
    assert mail.to == ["anna@gmina.example"]
    assert "Choroba prowadzącej." in html(client.get(path(event)))
    assert "odwołane" in html(client.get(HOME))
    with pytest.raises(ValidationError):
        exchange.confirm_sign_up(event.sign_ups.latest("pk"), now=NOW)
    assert "Choroba" in html(client.get(guest.get_absolute_url()))
    leave = html(client.get(guest.give_up_path))
    assert "Usunąć twoje dane?" in leave
    assert "ktoś, kto czeka" not in leave  # nobody waits any more
    assert [compose for compose in mails("exchange_confirm") if compose] == []


def test_nobody_else_at_the_centre_publishes_or_reads_who_comes(sign_in, ola, tomek, event):
    guest = sign_up(event)
    for person in (ola, tomek):
        with pytest.raises(PermissionDenied):
            exchange.call_off_event(event, reason="…", by=person, now=NOW)
        desk = sign_in(person)
        assert desk.get(reverse("admin:coordination_exchangesignup_change", args=[guest.pk])).status_code == 404
        assert desk.get(reverse("admin:coordination_exchangeevent_pdf", args=[event.pk])).status_code == 404


def test_the_list_of_guests_is_printed_and_leaves_as_a_file_with_a_reason(sign_in, beata, event):
    sign_up(event, name="=SUM(A1)", needs="winda")
    desk = sign_in(beata)
    paper = desk.get(reverse("admin:coordination_exchangeevent_pdf", args=[event.pk]))
    assert paper.content.startswith(b"%PDF")
    assert AuditEvent.objects.about(event).filter(action="exchangeevent.guest_list").exists()
    room = reverse("admin:coordination_exchangesignup_export")
    assert desk.post(room, {"file_format": "csv", "reason": ""}).status_code == 200
    answer = desk.post(room, {"file_format": "csv", "reason": "identyfikatory"})
    text = answer.content.decode()
    assert "'=SUM(A1)" in text
    assert "winda" in text
    assert AuditEvent.objects.filter(action=AuditEvent.EXPORT, reason="identyfikatory").count() == 1


def test_who_came_is_marked_after_the_day_and_somebody_is_taken_off_before(sign_in, beata, event):
    guest, other = sign_up(event), sign_up(event, "2@gmina.example", people=1)
    desk = sign_in(beata)
    asked = html(desk.get(move(event, "take_off")))
    assert f"{other}: 1, ma miejsce" in asked
    assert "Dane tej osoby usuniemy od razu" in asked
    desk.post(move(event, "take_off"), {"who": other.pk})
    assert list(event.sign_ups.all()) == [guest]
    with pytest.raises(ValidationError):
        exchange.count_guests(event, by=beata, now=NOW, **{f"guest_{guest.pk}": 1})
    with time_machine.travel(before(0), tick=False):
        desk = sign_in(beata)
        desk.post(move(event, "count"), {f"guest_{guest.pk}": 1})
    event.refresh_from_db()
    guest.refresh_from_db()
    assert (event.came, guest.came) == (1, 1)
