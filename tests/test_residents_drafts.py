"""Finishing another day: what is saved is sealed, unmistakably not sent, found by a mailed link, and goes by itself.

And nothing typed is lost on the way: a wrong answer, the back button, a second tab, a lost connection (hard case 69).
"""

import re
from datetime import date, timedelta

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.db import connection

from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import compose
from cus_portal.timetable import TIMETABLE
from residents.actions import save_draft, tidy_drafts
from residents.models import SavedDraft, ServiceRequest
from residents.tasks import tidy_saved_drafts
from tests.factories import NOW, at, make_service
from tests.intake import CHECK, DONE, NEW, PHONE, SELF, STATUS, YOU, begin, errors, fill, html, send, step

SAVE, SAVED = "/zgloszenie/na-pozniej/", "/zgloszenie/zapisane/"
NOT_SENT = "Jeszcze nie wysłane"
MAILBOX = {"email": "krystyna@demo.example"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


def save_for_later(client, **extra):
    fill(client)
    assert client.post(SAVE, MAILBOX | extra).url == SAVED
    return SavedDraft.objects.get()


def mail(template) -> EmailMultiAlternatives:
    return compose(Message.objects.get(template=template))


def link_in(sent):
    return re.search(r"https?://[^/\s]+(/zgloszenie/wroc/\S+)", sent.body)[1]


def draft_saved_on(day, number=1):
    return save_draft(
        token=f"00000000-0000-0000-0000-{number:012d}",
        said='{"said": {}, "jotted": {}}',
        email="krystyna@demo.example",
        language="pl",
        now=at(day),
    )


# -- saved, not sent ----------------------------------------------------------------------------
def test_every_step_says_in_words_and_colour_that_nothing_is_sent(client):
    pages = [html(client.get(NEW))]
    fill(client)
    pages += [html(client.get(f"/zgloszenie/{name}/")) for name in ("dla-kogo", "ty", "kontakt", "sprawdz")]
    pages += [html(client.get(SAVE))]
    save_for_later(client)
    pages += [html(client.get(SAVED)), html(client.get(link_in(mail("draft_saved"))))]
    for page in pages:
        assert f'<span class="tag tag-warn">{NOT_SENT}</span>' in page


def test_a_draft_is_saved_from_any_step_even_half_typed_and_opened_on_another_device_by_the_mailed_link(client):
    begin(client, {"own_words": "ktoś do pomocy w domu"})
    assert client.post("/zgloszenie/ty/", {"first_name": "Krystyna", "birth_date": "12.11", "way": "later"}).url == SAVE
    assert client.post(SAVE, MAILBOX).url == SAVED
    assert not ServiceRequest.objects.exists()
    sent = mail("draft_saved")
    assert sent.to == ["krystyna@demo.example"]

    other = type(client)()
    page = other.get(link_in(sent))
    assert "26 listopada 2026" in html(page)
    assert "Krystyna" not in html(page)
    assert other.post(link_in(sent)).url == "/zgloszenie/ty/"
    page = other.get("/zgloszenie/ty/")
    assert 'value="Krystyna"' in html(page)
    assert 'value="12.11"' in html(page)
    assert errors(page) == {}
    assert step(other, "ty", YOU).url == "/zgloszenie/kontakt/"
    step(other, "kontakt", PHONE)
    assert send(other).url == DONE
    assert str(ServiceRequest.objects.get().items.get()) == "ktoś do pomocy w domu"
    assert not SavedDraft.objects.exists()
    assert other.get(link_in(sent)).status_code == 404


def test_what_is_saved_is_sealed_in_the_database_and_says_nothing_in_the_outbox(client):
    save_for_later(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT said || email FROM residents_saveddraft")
        kept = cursor.fetchone()[0]
    assert "Wilga" not in kept
    assert "krystyna" not in kept
    message = Message.objects.get()
    assert message.context == {"day": "26 listopada 2026"}


def test_the_mail_is_neutral_and_says_that_nothing_is_sent(client):
    save_for_later(client)
    sent = mail("draft_saved")
    assert sent.subject == "Twój link: jeszcze nie wysłane"
    both = sent.body + sent.alternatives[0].content
    assert not re.search(r"Wilga|Krystyna|pomocy|przemoc|zasił", both)
    assert "Nie jest wysłane" in sent.body
    assert f"<strong>{NOT_SENT}.</strong>" in sent.alternatives[0].content


def test_saving_again_is_the_same_draft_with_a_longer_life(client):
    save_for_later(client)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        client.post(link_in(mail("draft_saved")))
        client.post(SAVE, MAILBOX)
    draft = SavedDraft.objects.get()
    assert draft.delete_on == date(2026, 11, 27)
    assert Message.objects.filter(template="draft_saved").count() == 2


def test_case_47_and_69_a_draft_sent_from_two_devices_is_one_request(client):
    """The same content by two ways is filed once."""
    save_for_later(client)
    link = link_in(mail("draft_saved"))
    other = type(client)()
    other.post(link)
    assert send(other).url == DONE
    assert send(client).url == DONE
    assert ServiceRequest.objects.count() == 1


def test_a_link_that_was_changed_or_is_too_old_opens_nothing(client):
    draft = save_for_later(client)
    link = link_in(mail("draft_saved"))
    other = type(client)()
    for wrong in (link[:-2] + "x/", "/zgloszenie/wroc/x/", f"/zgloszenie/wroc/{draft.key}/"):
        assert other.get(wrong).status_code == 404
        assert other.post(wrong).status_code == 404
    with time_machine.travel(NOW + timedelta(days=18), tick=False):
        assert other.get(link).status_code == 404


def test_deleting_what_was_typed_deletes_what_was_saved(client):
    save_for_later(client)
    client.post("/zgloszenie/od-nowa/")
    assert not SavedDraft.objects.exists()


def test_case_10_with_discreet_contact_a_link_goes_only_to_an_address_typed_for_it_that_nobody_else_reads(client):
    """Nothing is mailed to the address of the family."""
    fill(client, contact=PHONE | {"email": "rodzina@demo.example", "safe_contact": "on"})
    assert "rodzina@demo.example" not in html(client.get(SAVE))
    assert list(errors(client.post(SAVE, {"email": "tylko-moja@demo.example"}))) == ["only_mine"]
    assert not Message.objects.exists()
    assert client.post(SAVE, {"email": "tylko-moja@demo.example", "only_mine": "on"}).url == SAVED
    assert mail("draft_saved").to == ["tylko-moja@demo.example"]
    assert 'action="/zgloszenie/wyjscie/"' in html(client.get(SAVED))


def test_links_are_not_mailed_without_end(client):
    fill(client)
    for _mail in range(5):
        assert client.post(SAVE, MAILBOX).url == SAVED
    assert list(errors(client.post(SAVE, MAILBOX))) == ["__all__"]
    assert list(errors(client.post(SAVE, {"email": "to nie adres"}))) == ["email"]


def test_nothing_to_save_leads_to_the_first_step(client):
    assert client.get(SAVE).url == NEW
    assert client.get(SAVED).url == NEW


# -- the end of a draft -------------------------------------------------------------------------
def test_a_warning_comes_three_days_before_a_draft_is_deleted():
    draft_saved_on(date(2026, 11, 12))
    gone = {day: tidy_drafts(on=date(2026, 11, day)) for day in range(13, 27)}
    assert [day for day, count in gone.items() if count] == [26]
    assert Message.objects.filter(template="draft_ends").count() == 1
    assert Message.objects.get(template="draft_ends").context == {"day": "26 listopada 2026"}
    assert not SavedDraft.objects.exists()


def test_after_an_outage_no_draft_goes_unwarned():
    draft_saved_on(date(2026, 11, 12))
    assert tidy_drafts(on=date(2026, 12, 10)) == 0
    assert "13 grudnia 2026" in mail("draft_ends").body
    assert tidy_drafts(on=date(2026, 12, 12)) == 0
    assert tidy_drafts(on=date(2026, 12, 13)) == 1


def test_the_job_is_in_the_timetable_and_safe_to_run_twice():
    assert TIMETABLE["tidy-saved-drafts"]["task"] == tidy_saved_drafts.name
    draft_saved_on(date(2026, 10, 30))
    draft_saved_on(date(2026, 11, 11), 2)
    for _run in range(2):
        tidy_saved_drafts()
    assert Message.objects.filter(template="draft_ends").count() == 1
    assert SavedDraft.objects.count() == 2


# -- nothing typed is lost ----------------------------------------------------------------------
def test_going_back_keeps_what_was_typed_right_or_wrong(client):
    begin(client, {"own_words": "opieka"})
    assert client.post("/zgloszenie/ty/", {"first_name": "Krysia", "pesel": "123", "way": "back"}).url == (
        "/zgloszenie/dla-kogo/"
    )
    assert step(client, "dla-kogo", SELF).url == "/zgloszenie/ty/"
    page = html(client.get("/zgloszenie/ty/"))
    assert 'value="Krysia"' in page
    assert 'value="123"' in page


def test_a_change_that_was_not_gone_on_with_is_never_sent_in_its_old_form(client):
    fill(client)
    client.post("/zgloszenie/kontakt/", {"contact_by": "phone", "phone": "60", "way": "back"})
    assert client.get(CHECK).url == "/zgloszenie/kontakt/"
    assert 'value="60"' in html(client.get("/zgloszenie/kontakt/"))
    assert step(client, "kontakt", PHONE).url == CHECK


def test_a_wrong_answer_is_still_there_when_the_page_is_opened_again(client):
    begin(client, {"own_words": "opieka"})
    step(client, "ty", YOU | {"birth_date": "31.02.1948"})
    assert 'value="31.02.1948"' in html(client.get("/zgloszenie/ty/"))


def test_a_step_sent_after_two_hours_keeps_its_words(client):
    fill(client)
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        assert step(client, "ty", YOU | {"first_name": "Krystyna Maria"}).url == NEW
        assert "dwie godziny" in html(client.get(NEW))
        begin(client, {"own_words": "opieka"})
        assert 'value="Krystyna Maria"' in html(client.get("/zgloszenie/ty/"))


def test_case_69_two_tabs_write_into_one_draft(client):
    """The second tab neither undoes the first nor files again."""
    make_service(slug="logopeda")
    fill(client)
    step(client, "ty", YOU | {"first_name": "Krysia"})
    step(client, "kontakt", PHONE | {"contact_note": "po 16"})
    page = html(client.get(CHECK))
    assert "Krysia" in page
    assert "po 16" in page
    send(client)
    assert step(client, "kontakt", PHONE).url == DONE
    assert client.get(STATUS).status_code == 200
    assert ServiceRequest.objects.count() == 1
