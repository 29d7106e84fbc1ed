"""P7's part: an institution where nobody has an account, from the mail to the outcome, on a phone and at a desk."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
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


def said_by_the_person(person, referral, wrong):
    """She comes by number and code, and tells that it was so; of another one that she does not want it."""
    request = referral.consent.request
    other = make_draft(referral.case, personas.institution(personas.COUNSELLING), now=timezone.now())
    referrals.send_referral(other, by=referral.case.coordinator, now=timezone.now())
    person.page.goto(reverse("residents:request_track"))
    person.page.fill("[name=reference]", request.reference)
    person.page.fill("[name=code]", request.access_code)
    person.page.locator("main form .btn-brand").click()
    person.follows("Instytucje, które prosimy o pomoc dla Ciebie")
    person.follows("Powiedz nam, jak było", exact=False)
    person.ticks("Tak, jak tu napisano")
    person.presses("Wyślij do centrum")
    assert person.sees("Wiemy od Ciebie, że tak było.")
    person.follows("Już tego nie chcę", exact=False)
    person.presses("Tak, rezygnuję")
    referral.refresh_from_db()
    other.refresh_from_db()
    assert (referral.person_said, other.status) == ("confirmed", Referral.Status.WITHDRAWN)
    wrong += person.wrong
    person.context.close()


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
    parish.presses("Wyjdź")
    assert not parish.page.get_by_text("Krystyna").count()
    said_by_the_person(Visitor(browser, live_server.url, size=size, resident=size == "phone"), referral, parish.wrong)
    parish.context.close()
    # The page of a link that leads nowhere is answered with 404, which the console says.
    assert [said for said in parish.wrong if "404" not in said] == []
