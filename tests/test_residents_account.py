"""The account a resident may have: entered by a mailed link, holding what was proved, of no use to anybody else."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.urls import reverse

from cus_portal.accounts.actors import AccountHolder, LinkHolder
from cus_portal.accounts.models import User
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import compose
from residents.actions import (
    accept_offer,
    ask_resident,
    join_request,
    offer_place,
    restrict_file,
    tidy_accounts,
    waitlist_item,
)
from residents.models import AccountLink, JoinedRequest, ResidentAccount, SavedDraft, ServiceRequest
from residents.views import base
from tests.factories import NOW, holder_of, make_request, make_service
from tests.intake import MAIL, PHONE, STATUS, TRACK, YOU, errors, fill, html, send

ENTER, SENT, MINE, ADD = "/moje-sprawy/wejscie/", "/moje-sprawy/link-wyslany/", "/moje-sprawy/", "/moje-sprawy/dodaj/"
MAILBOX = "krystyna@demo.example"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def ask(client, email=MAILBOX):
    response = client.post(ENTER, {"email": email})
    assert response.url == SENT
    return response


def link_of(email=MAILBOX):
    mails = [compose(row) for row in Message.objects.filter(template="account_link").order_by("-pk")]
    body = next(mail.body for mail in mails if mail.to == [email])
    return re.search(r"https?://[^/\s]+(/moje-sprawy/wejscie/\S+)", body)[1]


def enter(client, email=MAILBOX):
    ask(client, email)
    assert client.post(link_of(email)).url == MINE
    return ResidentAccount.objects.get(pk=client.session[base.ACCOUNT]["pk"])


def join(client, request, **extra):
    proof = {"reference": request.reference, "code": request.access_code, "only_mine": "on"}
    return client.post(ADD, proof | extra)


def joined_of(client, request):
    assert join(client, request).url == MINE
    return JoinedRequest.objects.get(request=request, account=client.session[base.ACCOUNT]["pk"])


def numbers_shown(client):
    return re.findall(r"Zgłoszenie (CUS-\d+-\d+)", html(client.get(MINE)))


# -- the way in ---------------------------------------------------------------------------------
def test_a_link_opens_the_account_on_the_device_where_the_button_is_pressed(client):
    ask(client)
    other = type(client)()
    page = other.get(link_of())
    assert page.status_code == 200
    assert "k…@demo.example" in html(page)
    assert MAILBOX not in html(page)
    assert other.post(link_of()).url == MINE
    assert other.get(MINE).status_code == 200
    assert client.get(MINE).url == ENTER


def test_a_mail_scanner_that_opens_the_link_uses_nothing_up(client):
    ask(client)
    scanner = type(client)()
    for _time in range(3):
        assert scanner.get(link_of()).status_code == 200
        assert scanner.head(link_of()).status_code == 200
    assert base.ACCOUNT not in scanner.session
    assert client.post(link_of()).url == MINE


def test_a_link_opens_once_and_for_an_hour(client):
    enter(client)
    used = link_of()
    other = type(client)()
    gone = other.post(used)
    assert gone.status_code == 404
    assert "Poproś o nowy link" in html(gone)
    assert base.ACCOUNT not in other.session
    assert client.post(used).url == MINE  # whoever pressed twice is in
    ask(other, "inna@demo.example")
    with time_machine.travel(NOW + timedelta(minutes=61), tick=False):
        assert other.post(link_of("inna@demo.example")).status_code == 404
    assert other.get(f"{ENTER}zmyslony-link/").status_code == 404
    assert ResidentAccount.objects.count() == 1


def test_known_and_unknown_addresses_are_answered_alike(client):
    enter(client)
    other = type(client)()
    known, unknown = ask(other), ask(other, "nikt@demo.example")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert len(known.content) == len(unknown.content)
    to = {compose(row).to[0] for row in Message.objects.filter(template="account_link")}
    assert to == {MAILBOX, "nikt@demo.example"}
    assert ResidentAccount.objects.count() == 1  # asking makes none


def test_the_mail_names_no_matter_and_the_outbox_no_address(client):
    ask(client)
    row = Message.objects.get(template="account_link")
    mail = compose(row)
    assert mail.subject == "Link, o który prosisz"
    assert not re.search(r"spraw[aęy]\b|zgłosz|pomoc", mail.subject + mail.body.partition("http")[0], re.IGNORECASE)
    assert row.context == {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM residents_accountlink")
        assert "krystyna" not in cursor.fetchone()[0]


def test_links_are_counted_by_mailbox_without_a_word_and_by_address_with_one(client):
    for number in range(7):
        ask(type(client)(REMOTE_ADDR=f"10.0.{number}.1"))
    assert AccountLink.objects.count() == 5
    for number in range(10):
        ask(client, f"ktos{number}@demo.example")
    refused = client.post(ENTER, {"email": "jeszcze@demo.example"})
    assert list(errors(refused)) == ["__all__"]
    assert AccountLink.objects.count() == 15


def test_the_log_holds_no_link_that_opens_something(client, caplog):
    ask(client)
    link = link_of()
    with caplog.at_level("INFO"):
        client.get(link)
    assert caplog.text
    assert link.rstrip("/").rpartition("/")[2] not in caplog.text


# -- no staff -----------------------------------------------------------------------------------
def test_an_account_is_no_user_and_opens_no_room_of_the_staff(client):
    account = enter(client)
    assert not User.objects.exists()
    for address in ("/admin/", "/praca/", "/konto/", reverse("admin:residents_servicerequest_changelist")):
        assert client.get(address).url.startswith(("/logowanie/", "/admin/login/"))
    holder = AccountHolder(account_id=account.pk)
    request = make_request()
    assert holder.has_perm("residents.keep_account", account)
    assert not holder.has_perm("residents.keep_account", ResidentAccount(pk=account.pk + 1))
    assert not holder.has_perm("residents.track_request", request)
    assert not holder.has_perm("residents.view_servicerequest", request)
    assert not holder.works_at_centre()
    assert not ServiceRequest.objects.visible_to(holder).exists()


def test_filing_needs_no_account_and_the_receipt_only_offers_one(client):
    fill(client)
    send(client)
    assert ADD in html(client.get("/zgloszenie/przyjete/"))
    page = html(type(client)().get("/zgloszenie/"))
    assert "moje-sprawy" not in page


def test_no_account_is_offered_after_a_request_with_discreet_contact(client):
    fill(client, contact=PHONE | {"safe_contact": "on"})
    send(client)
    assert "moje-sprawy" not in html(client.get("/zgloszenie/przyjete/"))


# -- what is in it ------------------------------------------------------------------------------
def test_a_request_is_joined_by_number_and_code_and_opens_without_them(client):
    request = make_request(applicant=MAIL)
    enter(client)
    wrong = join(client, request, code="AAA-BBB-CCC")
    assert list(errors(wrong)) == ["__all__"]
    assert not JoinedRequest.objects.exists()
    joined = joined_of(client, request)
    page = html(client.get(MINE))
    assert request.reference in page
    assert "Mamy Twoje zgłoszenie" in page
    assert request.access_code not in page
    assert "ktoś do pomocy w domu" not in page  # no need is named over somebody's shoulder
    assert client.post(f"{MINE}{joined.pk}/otworz/").url == STATUS
    assert request.reference in html(client.get(STATUS))
    assert AuditEvent.objects.filter(action="servicerequest.join_account", object_id=request.pk).count() == 1


def test_joining_counts_its_tries_with_those_of_the_status_page(client):
    request = make_request()
    enter(client)
    for _time in range(5):
        client.post(TRACK, {"reference": request.reference, "code": "AAA-BBB-CCC"})
        join(client, request, code="AAA-BBB-CCC")
    assert "Za dużo prób" in html(join(client, request))
    assert not JoinedRequest.objects.exists()


def test_nobody_opens_or_takes_out_what_is_in_anothers_account(client):
    request = make_request()
    enter(client)
    joined = joined_of(client, request)
    other = type(client)()
    enter(other, "obcy@demo.example")
    joined_of(other, make_request())
    for act in ("otworz", "wyjmij"):
        assert other.post(f"{MINE}{joined.pk}/{act}/").status_code == 404
    assert request.reference not in html(other.get(MINE))
    assert JoinedRequest.objects.filter(pk=joined.pk).exists()


def test_the_person_and_the_representative_may_both_have_a_request_and_each_takes_out_his_own(client):
    request = make_request()
    enter(client)
    mine = joined_of(client, request)
    other = type(client)()
    enter(other, "corka@demo.example")
    joined_of(other, request)
    assert "Czy masz je zapisane" in html(client.get(f"{MINE}{mine.pk}/wyjmij/"))
    assert client.post(f"{MINE}{mine.pk}/wyjmij/").url == MINE
    assert numbers_shown(client) == []
    assert numbers_shown(other) == [request.reference]
    assert ServiceRequest.objects.filter(pk=request.pk).exists()


@pytest.mark.parametrize("rows", [1, 12])
def test_the_list_asks_the_database_as_often_for_one_as_for_twelve(client, rows, django_assert_max_num_queries):
    account = enter(client)
    for _row in range(rows):
        join_request(account, make_request(), by=AccountHolder(account_id=account.pk), now=NOW)
    with django_assert_max_num_queries(8):
        assert len(numbers_shown(client)) == rows


def test_whose_turn_it_is_and_by_when_stands_in_the_list(client, ola):
    request = make_request()
    enter(client)
    joined_of(client, request)
    assert "odpowiemy do" in html(client.get(MINE))
    ask_resident(request, text="Jaki adres?", by=ola, now=NOW)
    page = html(client.get(MINE))
    assert "Twoja kolej" in page
    assert "Jaki adres?" not in page


def test_the_next_request_begins_with_the_contact_of_the_last(client):
    enter(client)
    joined_of(client, make_request(applicant=MAIL))
    assert client.post(f"{MINE}nowe/").url == "/zgloszenie/"
    client.post("/zgloszenie/", {"own_words": "dowóz do lekarza"})
    client.post("/zgloszenie/pilne/", {})
    client.post("/zgloszenie/dla-kogo/", {"basis": "self"})
    assert 'value="Wilga"' in html(client.get("/zgloszenie/ty/"))
    assert not ServiceRequest.objects.filter(items__own_words="dowóz do lekarza").exists()
    client.post("/zgloszenie/ty/", YOU)
    assert 'value="600 100 200"' in html(client.get("/zgloszenie/kontakt/"))


def test_saved_drafts_of_the_mailbox_are_listed_but_no_delicate_ones(client):
    fill(client)
    client.post("/zgloszenie/na-pozniej/", {"email": MAILBOX})
    other = type(client)()
    fill(other, contact=PHONE | {"safe_contact": "on"})
    other.post("/zgloszenie/na-pozniej/", {"email": MAILBOX, "only_mine": "on"})
    assert SavedDraft.objects.count() == 2
    enter(client)
    page = html(client.get(MINE))
    assert page.count("/zgloszenie/wroc/") == 1


# -- somebody else reads the mailbox --------------------------------------------------------------
def test_case_53_no_request_is_joined_without_the_word_that_the_mailbox_is_ones_own(client):
    enter(client)
    guarded, plain = make_request(safe_contact=True), make_request()
    for request in (guarded, plain):  # the same question for both tells of neither
        assert list(errors(join(client, request, only_mine=""))) == ["only_mine"]
    assert not JoinedRequest.objects.exists()
    joined_of(client, guarded)
    assert numbers_shown(client) == [guarded.reference]


@pytest.mark.parametrize("change", ["restricted", "discreet", "code of the person"])
def test_case_10_what_is_guarded_later_leaves_the_account_until_it_is_proved_again(client, kasia, change):
    request, other = make_request(applicant=MAIL), make_request()
    enter(client)
    joined = joined_of(client, request)
    joined_of(client, other)
    client.post(f"{MINE}{joined.pk}/otworz/")
    assert client.get(STATUS).status_code == 200
    if change == "restricted":
        restrict_file(request, kind="violence", by=kasia, now=NOW)
    elif change == "discreet":
        ServiceRequest.objects.filter(pk=request.pk).update(safe_contact=True)
    else:
        ServiceRequest.objects.filter(pk=request.pk).update(code_is_the_persons=True)
    assert client.get(STATUS).url == TRACK  # what stood open a moment ago is shut too
    assert numbers_shown(client) == [other.reference]
    assert client.post(f"{MINE}{joined.pk}/otworz/").status_code == 404
    if change != "code of the person":
        assert joined.notification_email == ""
    request.refresh_from_db()
    joined_of(client, request)
    assert len(numbers_shown(client)) == 2


def test_case_52_mails_to_an_account_name_no_matter_and_never_tell_of_a_guarded_one(client, ola):
    plain, guarded = make_request(), make_request(safe_contact=True)
    enter(client)
    for request in (plain, guarded):
        joined_of(client, request)
        ask_resident(request, text="Jaki adres?", by=ola, now=NOW)
    mail = compose(Message.objects.get(template="account_news"))
    assert mail.to == [MAILBOX]
    assert mail.subject == "Jest coś nowego"
    assert plain.reference not in mail.body + mail.alternatives[0].content


def test_a_contact_that_is_guarded_is_filled_in_nowhere(client):
    enter(client)
    joined_of(client, make_request(applicant=MAIL, safe_contact=True))
    assert client.post(f"{MINE}nowe/").url == "/zgloszenie/"
    client.post("/zgloszenie/", {"own_words": "dowóz"})
    client.post("/zgloszenie/pilne/", {})
    client.post("/zgloszenie/dla-kogo/", {"basis": "self"})
    assert "Wilga" not in html(client.get("/zgloszenie/ty/"))


# -- the mails one wants ------------------------------------------------------------------------
def test_an_event_that_was_chosen_away_sends_no_mail_to_that_mailbox(client, ola):
    request = make_request(applicant=MAIL)
    account = enter(client)
    joined_of(client, request)
    ask_resident(request, text="Jaki adres?", by=ola, now=NOW)
    assert not Message.objects.filter(template="account_news").exists()  # the same mailbox is told once
    question = Message.objects.get(template="question_asked")
    assert compose(question).to == [MAILBOX]
    assert client.post(f"{MINE}powiadomienia/", {"wanted": ["reminder", "news"]}).url == MINE
    account.refresh_from_db()
    assert account.unwanted == ["question"]
    assert compose(question) is None
    assert compose(Message.objects.get(template="request_received")).to == [MAILBOX]


def test_another_account_does_not_choose_the_mails_of_who_filed(client, ola):
    request = make_request(applicant=MAIL)
    enter(client, "corka@demo.example")
    joined_of(client, request)
    client.post(f"{MINE}powiadomienia/", {})
    ask_resident(request, text="Jaki adres?", by=ola, now=NOW)
    assert compose(Message.objects.get(template="question_asked")).to == [MAILBOX]
    assert not Message.objects.filter(template="account_news").exists()


# -- the end ------------------------------------------------------------------------------------
def test_whoever_is_away_for_a_while_is_out_and_a_busy_one_after_four_hours(client):
    enter(client)
    for minutes in (19, 38, 57):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            assert client.get(MINE).status_code == 200
    with time_machine.travel(NOW + timedelta(minutes=78), tick=False):
        assert client.get(MINE).url == ENTER
    assert base.ACCOUNT not in client.session
    enter(client)
    for minutes in range(15, 240, 15):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            client.get(MINE)
    with time_machine.travel(NOW + timedelta(hours=4), tick=False):
        assert client.get(MINE).url == ENTER


@pytest.mark.parametrize("way", ["/moja-sprawa/zakoncz/", "/zgloszenie/wyjscie/"])
def test_finish_and_quick_exit_leave_the_account(client, way):
    enter(client)
    client.post(way)
    assert client.get(MINE).url == ENTER


def test_signing_out_everywhere_ends_every_device(client):
    enter(client)
    other = type(client)()
    enter(other)
    client.post(f"{MINE}wyloguj-wszedzie/")
    assert client.get(MINE).url == ENTER
    assert other.get(MINE).url == ENTER
    enter(other)
    assert other.get(MINE).status_code == 200


def test_deleting_the_account_leaves_the_requests(client):
    request = make_request()
    account = enter(client)
    joined_of(client, request)
    assert client.get(f"{MINE}usun/").status_code == 200
    client.post(f"{MINE}usun/")
    assert not ResidentAccount.objects.filter(pk=account.pk).exists()
    assert not JoinedRequest.objects.exists()
    assert client.get(MINE).url == ENTER
    assert client.post(TRACK, {"reference": request.reference, "code": request.access_code}).url == STATUS
    assert LinkHolder(request_id=request.pk).has_perm("residents.track_request", request)


def test_accounts_nobody_entered_for_two_years_and_old_links_go_by_themselves(client):
    enter(client)
    assert tidy_accounts(on=NOW.date() + timedelta(days=2)) == 0
    assert not AccountLink.objects.exists()
    assert tidy_accounts(on=NOW.date() + timedelta(days=732)) == 1
    assert not ResidentAccount.objects.exists()


def test_the_address_is_sealed_in_the_database(client):
    enter(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT email, email_index FROM residents_residentaccount")
        assert not any("krystyna" in value for value in cursor.fetchone())


def test_an_offered_place_is_said_first_on_the_status_page_and_in_the_list(client, ola, tomek):
    item = make_request(needs=[(make_service(), "")]).items.get()
    waitlist_item(item, answer="Nie ma teraz miejsca.", by=tomek, now=NOW)
    offer_place(item, by=tomek, now=NOW)
    enter(client)
    joined = joined_of(client, item.request)
    assert "Twoja kolej: jest dla Ciebie wolne miejsce" in html(client.get(MINE))
    client.post(f"{MINE}{joined.pk}/otworz/")
    page = html(client.get(reverse("residents:request_status")))
    assert "Twoja kolej: jest dla Ciebie wolne miejsce" in page
    assert "Nie ma teraz miejsca." not in page
    accept_offer(item, by=holder_of(item.request), now=NOW)
    assert "Twoja kolej" not in html(client.get(MINE))
