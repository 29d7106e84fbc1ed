"""Rooms that staff and partners walk through: programs' addresses, absences, papers to print, events."""

import io
import re
from datetime import timedelta

import pypdf
import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from coordination.actions.referrals import send_referral
from coordination.models import Referral, Webhook
from cus_portal.accounts.models import User
from cus_portal.notifications.outbox import deliver_due
from tests.coordination_world import make_case, make_draft, make_referral
from tests.exchange_world import make_exchange_event, sign_up

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def referral(tomek, pcpr):
    now = timezone.now()
    return make_referral(make_case(tomek), pcpr, opened=True, now=now)


def typed(day):
    return date_format(day, "d.m.Y")


def words_of(paper):
    kind, held = paper
    assert kind == "application/pdf"
    return " ".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(held)).pages)


def test_the_address_of_a_program_is_added_its_key_shown_once_and_it_is_switched_off(seat, pcpr):
    keeper = seat("beata", "both")
    keeper.opens(reverse("admin:coordination_webhook_changelist"))
    assert keeper.sees("Nie powiadamiamy programu żadnej instytucji")
    keeper.follows("Dodaj adres programu instytucji")
    keeper.chooses("Instytucja", pcpr.name)
    keeper.types("Który system", "Program PCPR")
    keeper.types("Adres do powiadomień", "https://10.0.0.7/cus")
    keeper.presses("Zapisz")
    assert keeper.sees("Tego adresu nie ma w interneci")
    keeper.types("Adres do powiadomień", "https://program.pcpr.example/cus")
    keeper.presses("Zapisz")
    webhook = Webhook.objects.get()
    assert webhook.secret in keeper.page.locator("body").inner_text()
    keeper.opens(reverse("admin:coordination_webhook_change", args=[webhook.pk]))
    assert "whsec_" not in keeper.page.content()
    keeper.follows("Wyłącz")
    keeper.presses("Wyłącz")
    assert keeper.page.get_by_text("Program nie będzie już powiadamiany.").count()
    webhook.refresh_from_db()
    assert webhook.switched_off_at
    keeper.follows("Włącz")
    keeper.presses("Włącz")
    webhook.refresh_from_db()
    assert webhook.switched_off_at is None


def test_whoever_goes_away_names_a_deputy_and_hands_a_referral_over(seat, referral, pcpr, ewa):
    zofia = User.objects.create_user("zofia@demo.example", "x", first_name="Zofia", last_name="Mak")
    today = timezone.localdate()
    zofia.memberships.create(institution=pcpr, role="institution_worker", valid_from=today)
    worker = seat("ewa", "both")
    worker.opens(referral.get_absolute_url())
    worker.presses("Weź do prowadzenia")
    worker.opens(reverse("coordination:inbox"))
    worker.follows("Nieobecności")
    worker.presses("Zapisz nieobecność")
    assert worker.page.title().startswith("Błąd:")
    worker.types("Pierwszy dzień nieobecności", typed(today))
    worker.types("Ostatni dzień nieobecności", typed(today + timedelta(days=4)))
    worker.chooses("Kto Cię zastępuje", "Zofia Mak")
    worker.presses("Zapisz nieobecność")
    assert worker.sees("Zapisano. Współpracownicy widzą, kiedy Cię nie ma.")
    worker.opens(reverse("coordination:inbox"))
    assert worker.sees("nieobecność, zastępuje Zofia Mak")
    worker.follows(referral.number)
    worker.follows("Przekaż innej osobie od nas")
    worker.chooses("Komu", "Zofia Mak")
    worker.types("Co ta osoba powinna wiedzieć", "Dzwonić po południu.")
    worker.presses("Przekaż innej osobie od nas")
    referral.refresh_from_db()
    assert referral.assigned_to == zofia
    worker.opens(reverse("coordination:absences"))
    worker.presses("Już jestem")
    assert worker.sees("Zapisano: jesteś w pracy.")


def test_p7_answers_with_two_presses_from_the_mail_and_three_from_the_list(
    seat, tomek, pcpr, ewa, settings, live_server
):
    settings.PUBLIC_URL, now = live_server.url, timezone.now()
    drafts = [make_draft(make_case(tomek), pcpr, now=now) for _each in range(2)]
    mailed, listed = (send_referral(draft, by=tomek, now=now) for draft in drafts)
    deliver_due()
    [way, _other] = [re.search(r"http\S+", message.body)[0] for message in mail.outbox if ewa.email in message.to]
    worker = seat("ewa", "both")

    def opens_and_accepts(referral):
        worker.presses("Otwórz skierowanie")
        assert worker.sees("Krystyna Wilga")
        worker.types("Kiedy zaczniecie", typed(timezone.localdate()))
        worker.presses("Przyjmij")
        referral.refresh_from_db()
        assert referral.status == Referral.Status.ACCEPTED

    worker.opens(way)
    opens_and_accepts(mailed)
    assert worker.presses_made == 2
    worker.opens(reverse("coordination:inbox"))
    worker.follows(listed.number)
    opens_and_accepts(listed)
    assert worker.presses_made == 2 + 3


def test_a_referral_is_printed_from_its_page(seat, referral, ewa):
    worker = seat("ewa", "both")
    worker.opens(referral.get_absolute_url())
    words = words_of(worker.downloads("Drukuj (PDF)"))
    assert {word: word in words for word in (referral.number, "Krystyna Wilga", "Lipowa")} == {
        referral.number: True,
        "Krystyna Wilga": True,
        "Lipowa": False,
    }


def test_an_event_prints_its_guests_and_is_called_off_before_everybody(seat, beata, danuta):
    now, today = timezone.now(), timezone.localdate()
    days = {"on": today + timedelta(days=30), "sign_up_until": today + timedelta(days=20)}
    event = make_exchange_event(**days)
    sign_up(event, name="Anna Sroka", now=now)
    keeper = seat("danuta", "both")
    keeper.opens(reverse("admin:coordination_exchangeevent_change", args=[event.pk]))
    words = words_of(keeper.downloads("Lista do druku"))
    assert "Anna Sroka" in words
    assert "Gmina Wólka" in words
    keeper.follows("Odwołaj wydarzenie")
    keeper.presses("Odwołaj wydarzenie")
    assert keeper.page.title().startswith("Błąd:")
    keeper.types("Dlaczego jest odwołane", "Sala jest zalana.")
    keeper.presses("Odwołaj wydarzenie")
    assert keeper.page.get_by_text("Wszyscy dostaną wiadomość.").count()
    keeper.opens(event.get_absolute_url())
    assert keeper.sees("Sala jest zalana.")
    assert not keeper.page.get_by_role("link", name="Zapisz się").count()
    assert not keeper.page.get_by_text("Anna Sroka").count()
    deliver_due()
    assert [message.to for message in mail.outbox if "odwołan" in message.subject.lower()] == [["anna@gmina.example"]]
