"""P7's part: an institution where nobody has an account, from the mail to the outcome, on a phone and at a desk."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from django.utils.formats import date_format

from coordination.actions import referrals
from coordination.models import Referral
from cus_portal.notifications.outbox import deliver_due
from tests import personas
from tests.coordination_world import make_case, make_draft
from tests.pages import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def way_in_the_mail():
    deliver_due()
    return re.search(r"http://\S+/skierowanie/link/\S+", mail.outbox[-1].body)[0]


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_p7_answers_from_the_mail_to_the_outcome_without_an_account(size, browser, live_server, settings, tomek):
    settings.PUBLIC_URL = live_server.url
    today = timezone.localdate()
    case = make_case(tomek, opened_on=today - timedelta(days=10))
    draft = make_draft(case, personas.institution(personas.CLINIC), now=timezone.now())
    referral = referrals.send_referral(draft, by=tomek, now=timezone.now())
    parish = Visitor(browser, live_server.url, size=size, javascript=size == "desktop", resident=size == "phone")
    first = way_in_the_mail()
    parish.opens(first)
    assert not parish.page.get_by_text("Krystyna").count()
    parish.presses("Otwórz skierowanie")
    assert parish.sees("Krystyna Wilga")
    parish.follows("Poproś o uzupełnienie")
    parish.types("Czego brakuje", "Czy pani ma orzeczenie?")
    parish.presses("Poproś o uzupełnienie")
    referral.refresh_from_db()
    referrals.reply_to_receiver(referral, by=tomek, now=timezone.now(), text="Tak, znaczny stopień.")
    second = way_in_the_mail()
    parish.page.goto(first)
    parish.look()
    assert parish.heading == "Ten link już się nie otwiera"
    parish.follows("Poproś o nowy link")
    parish.presses("Wyślij nowy link")
    assert parish.heading == "Zajrzyj do poczty"
    third = way_in_the_mail()
    assert third != second
    parish.opens(third)
    parish.presses("Otwórz skierowanie")
    assert parish.sees("Tak, znaczny stopień.")
    parish.follows("Przyjmij")
    parish.types("Kiedy zaczniecie", date_format(today, "d.m.Y"))
    parish.presses("Przyjmij")
    parish.follows("Zapisz pierwszy kontakt")
    parish.types("Kiedy był pierwszy kontakt", date_format(today, "d.m.Y"))
    parish.presses("Zapisz pierwszy kontakt")
    parish.follows("Zapisz wynik")
    parish.ticks("potrzeba zaspokojona")
    parish.types("Kiedy pomoc się zakończyła", date_format(today, "d.m.Y"))
    parish.types("Jakiej pomocy udzielono", "Balkonik i poręcze.")
    parish.presses("Zapisz wynik")
    referral.refresh_from_db()
    assert (referral.status, referral.opened_by) == (Referral.Status.COMPLETED, None)
    parish.presses("Zamknij skierowanie w tej przeglądarce")
    assert not parish.page.get_by_text("Krystyna").count()
    parish.context.close()
    # The page of a link that leads nowhere is answered with 404, which the console says.
    assert [said for said in parish.wrong if "404" not in said] == []
