"""A list of services of one's own, and news of a search by mail, without a word about the person."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection

from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import compose
from residents.actions import look_for_news, tidy_watches
from residents.models import KeptService, WatchedSearch
from residents.tasks import look_for_news as job
from residents.watching import Wish
from services.models import Service
from services.publishing import publish
from tests.factories import NOW, TODAY, make_service
from tests.intake import html
from tests.test_residents_account import MAILBOX, enter

LIST, WATCH = "/moja-lista/", "/nowosci/"
WORD = "?q=opiekunka"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def care():
    return make_service("Usługi opiekuńcze", keywords="opiekunka")


def add(client, service):
    return client.post(f"{LIST}dodaj/{service.slug}/")


def ask(client, query=WORD, email="jan@demo.example"):
    return client.post(WATCH + query, {"email": email})


def mails(template):
    return [compose(row) for row in Message.objects.filter(template=template).order_by("pk")]


def links(mail):
    return re.findall(r"https?://[^/\s]+(/nowosci/\S+)", mail.body)


def watch(client, query=WORD):
    ask(client, query)
    client.post(links(mails("watch_asked")[-1])[0])
    return WatchedSearch.objects.latest("pk")


def days_later(days):
    return NOW + timedelta(days=days)


# -- the list ----------------------------------------------------------------------------------
def test_a_list_is_kept_in_the_browser_and_nowhere_else(client, care):
    assert "Dodaj do mojej listy" in html(client.get(care.get_absolute_url()))
    page = html(client.get(f"{LIST}dodaj/{care.slug}/"))
    assert f'<a href="{care.get_absolute_url()}">Usługi opiekuńcze</a>' in page
    assert add(client, care).url == LIST
    assert 'Usuń z mojej listy<span class="visually-hidden">: Usługi opiekuńcze</span>' in html(client.get(LIST))
    assert "Usługi opiekuńcze" not in html(type(client)().get(LIST))
    assert not KeptService.objects.exists()
    client.post(f"{LIST}usun/{care.pk}/")
    assert "Na twojej liście nic jeszcze nie ma" in html(client.get(LIST))


def test_a_forged_list_is_empty(client, care):
    client.cookies["kept"] = str(care.pk)
    assert "Usługi opiekuńcze" not in html(client.get(LIST))


def test_a_service_that_left_the_catalogue_is_said_to_be_gone(client, care):
    add(client, care)
    Service.objects.filter(pk=care.pk).update(status="archived")
    care.refresh_from_db()
    publish(care, by=None, now=NOW)
    page = html(client.get(LIST))
    assert "1 usługi z twojej listy nie ma już w katalogu." in page
    client.post(f"{LIST}oproznij/")
    assert "kept" not in {name for name, morsel in client.cookies.items() if morsel.value}


def test_what_is_given_in_a_confidential_place_leaves_no_trace_on_a_device(client, care):
    hidden = make_service("Grupa wsparcia", place_is_confidential=True)
    assert "Dodaj do mojej listy" not in html(client.get(hidden.get_absolute_url()))
    assert add(client, hidden).url == hidden.get_absolute_url()
    assert "kept" not in client.cookies


def test_a_list_goes_into_the_account_and_on_to_another_device(client, care):
    other = make_service("Psycholog")
    add(client, care)
    account = enter(client)
    assert "Przenieś do mojego konta" in html(client.get(LIST))
    assert not KeptService.objects.exists()
    client.post(f"{LIST}do-konta/")
    add(client, other)
    assert set(account.kept.values_list("service", flat=True)) == {care.pk, other.pk}
    elsewhere = type(client)()
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        enter(elsewhere)
        page = html(elsewhere.get(LIST))
    assert "Usługi opiekuńcze" in page
    assert "Psycholog" in page


def test_an_account_keeps_only_so_much(client, care, monkeypatch):
    monkeypatch.setattr("residents.actions.watching.MOST_KEPT", 1)
    account = enter(client)
    add(client, care)
    add(client, make_service())
    assert account.kept.get().service == care


@pytest.mark.parametrize("number", [1, 4])
def test_a_list_costs_as_much_with_four_services(client, number, django_assert_max_num_queries):
    for _number in range(number):
        add(client, make_service())
    client.get(LIST)
    with django_assert_max_num_queries(1):
        assert client.get(LIST).status_code == 200


# -- the searches ------------------------------------------------------------------------------
def test_nothing_is_watched_before_the_mailbox_says_so(client, care):
    assert 'href="/nowosci/?q=opiekunka"' in html(client.get("/uslugi/", {"q": "opiekunka"}))
    assert ask(client).url == f"{WATCH}sprawdz-poczte/"
    (mail,) = mails("watch_asked")
    assert mail.to == ["jan@demo.example"]
    assert "opiek" not in mail.subject + mail.body + str(mail.alternatives)
    (link,) = links(mail)
    scanner = type(client)()
    assert "opiekunka" in html(scanner.get(link))
    assert not WatchedSearch.objects.confirmed().exists()
    make_service("Opieka nocna", keywords="opiekunka")
    assert look_for_news(now=days_later(1)) == 0
    scanner.post(link)
    assert WatchedSearch.objects.confirmed().exists()


def test_what_is_new_is_told_once_a_week_at_most(client, care):
    watch(client)
    assert look_for_news(now=days_later(1)) == 0
    make_service("Opieka nocna", keywords="opiekunka")
    assert look_for_news(now=days_later(1)) == 0, "it was looked at today"
    assert look_for_news(now=days_later(2)) == 1
    make_service("Opieka w święta", keywords="opiekunka")
    make_service("Psycholog")
    assert [look_for_news(now=days_later(day)) for day in (3, 8, 9, 10)] == [0, 0, 1, 0]
    first, second = mails("watch_news")
    assert first.subject == "Jest coś nowego"
    assert "opiek" not in first.subject + first.body
    page = html(client.get(links(second)[0]))
    assert "Opieka w święta" in page
    assert "Opieka nocna" not in page
    assert "Psycholog" not in page


def test_a_service_that_comes_back_after_a_break_is_news(client):
    make_service("Opieka wytchnieniowa", keywords="opiekunka", valid_to=TODAY + timedelta(3))
    make_service("Opieka nocna", keywords="opiekunka", valid_from=TODAY + timedelta(5))
    watched = watch(client)
    assert len(watched.known) == 1
    assert look_for_news(now=days_later(4)) == 0
    assert look_for_news(now=days_later(5)) == 1


def test_the_mails_stop_by_one_press_here_or_in_a_mail_program(client, care):
    watch(client)
    make_service("Opieka nocna", keywords="opiekunka")
    look_for_news(now=days_later(1))
    (mail,) = mails("watch_news")
    _read, stop = links(mail)
    assert mail.extra_headers["List-Unsubscribe"].endswith(f"{stop}>")
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    program = type(client)(enforce_csrf_checks=True)
    assert program.get(stop).status_code == 200
    assert WatchedSearch.objects.exists()
    assert program.post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not WatchedSearch.objects.exists()
    assert client.get(stop).status_code == 404
    assert look_for_news(now=days_later(30)) == 0


def test_no_other_mail_offers_to_stop_by_one_press(client):
    enter(client)
    (mail,) = mails("account_link")
    assert "List-Unsubscribe" not in mail.extra_headers


def test_beside_an_address_no_numbers_and_no_stories_are_kept(client, care):
    watched = watch(client, "?q=opiekunka%2044051401359")
    assert watched.asked == '[["q", "opiekunka"]]'
    assert ask(client, "?q=moja mama Anna Kowalska z Wronowa upada i nie wstaje").status_code == 200
    assert ask(client, "").status_code == 200
    assert ask(client, "?open=1").status_code == 200
    assert WatchedSearch.objects.count() == 1


def test_neither_address_nor_search_stands_in_the_database_as_it_was_typed(client, care):
    watch(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(watch)::text FROM residents_watchedsearch watch")
        (row,) = cursor.fetchone()
    assert "jan@" not in row
    assert "opiekunka" not in row


def test_a_search_that_finds_too_much_is_narrowed_down_first(client, care, monkeypatch):
    monkeypatch.setattr("residents.watching.MOST_FOUND", 1)
    assert client.get(WATCH + WORD).status_code == 200
    make_service("Opieka nocna", keywords="opiekunka")
    assert "Najpierw zawęź wybór" in html(client.get(WATCH + WORD))


def test_asked_for_twice_it_is_one_search_and_the_year_begins_anew(client, care):
    first = watch(client)
    with time_machine.travel(days_later(100), tick=False):
        again = watch(client)
    assert again.pk == first.pk
    assert again.ends_on == TODAY + timedelta(465)


def test_a_mailbox_watches_only_so_much_and_nobody_is_told(client, care, monkeypatch):
    monkeypatch.setattr("residents.actions.watching.MOST_OF_A_MAILBOX", 1)
    watch(client)
    assert ask(client, "?q=psycholog").url == f"{WATCH}sprawdz-poczte/"
    assert len(mails("watch_asked")) == 1


def test_what_nobody_confirms_and_what_is_a_year_old_is_deleted(client, care):
    ask(client)
    assert tidy_watches(on=TODAY + timedelta(2)) == 0
    assert tidy_watches(on=TODAY + timedelta(3)) == 1
    watch(client, "?q=opieka")
    assert tidy_watches(on=TODAY + timedelta(364)) == 0
    with time_machine.travel(days_later(365), tick=False):
        job()
    assert not WatchedSearch.objects.exists()


def test_when_a_choice_is_gone_nothing_else_is_told(client, care):
    watched = watch(client)
    WatchedSearch.objects.filter(pk=watched.pk).update(asked=Wish((("q", "opiekunka"), ("group", "gone"))).as_json())
    make_service("Opieka nocna", keywords="opiekunka")
    assert look_for_news(now=days_later(1)) == 0


def test_the_account_shows_what_its_mailbox_watches_and_takes_it_along(client, care):
    ask(client, email=MAILBOX)
    client.post(links(mails("watch_asked")[-1])[0])
    assert "opiekunka" not in html(client.get(LIST))
    enter(client)
    assert "opiekunka" in html(client.get(LIST))
    client.post("/moje-sprawy/usun/")
    assert not WatchedSearch.objects.exists()


@pytest.mark.parametrize("number", [1, 12])
def test_a_night_costs_as_much_with_twelve_searches(client, care, number, django_assert_max_num_queries):
    for one in range(number):
        found = watch(client, WORD)
        WatchedSearch.objects.filter(pk=found.pk).update(email_index=one, key=f"{one:032}")
    look_for_news(now=days_later(1))
    with django_assert_max_num_queries(7):
        assert look_for_news(now=days_later(2), most=5) == 0
    assert WatchedSearch.objects.filter(looked_on=TODAY + timedelta(2)).count() == min(number, 5)
