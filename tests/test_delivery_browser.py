"""P10's day on a phone: a visit done with one press, one that was not, and what the person sees."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from coordination.actions.visits import plan_visits
from coordination.models import Contract, ServiceRecord
from cus_portal.audit.models import AuditEvent
from services.models import Agreement
from tests.delivery_world import clock, make_contract, make_provision
from tests.pages import scrolls_sideways, small_targets, violations
from tests.signing import sign_in_as

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def wrong_with(page):
    return [*violations(page), *small_targets(page), *(["scrolls sideways"] if scrolls_sideways(page) else [])]


def cookies_of(client):
    return [{"name": name, "value": morsel.value} for name, morsel in client.cookies.items()]


BUTTON = "section.visit .btn-brand"


def done():
    return ServiceRecord.objects.filter(status="done").count()


def press_and_see_it_kept(page, button=f"{BUTTON} >> nth=0", said="Zrobione"):
    with page.expect_event("requestfailed"):
        page.click(button)
    page.get_by_text(f"{said}. Zachowane na tym telefonie").wait_for()
    assert all(one.is_disabled() for one in page.locator("section.visit").first.locator("[type=submit]").all())


def presses_without_a_signal(page):
    """Done: it arrives and its answer does not. Not done: there is no signal at all, and the page is closed."""
    page.route("**/zrobione/", lambda route: (route.fetch(max_redirects=0), route.abort("connectionreset")))
    press_and_see_it_kept(page)
    assert done() == 1, "the office has it, the phone does not know"
    page.unroute("**/zrobione/")
    page.context.set_offline(True)
    with page.expect_navigation():
        page.context.set_offline(False)  # and the same is sent once more
    assert page.locator("section.visit details").count() == 1
    page.context.set_offline(True)
    page.click("section.visit summary")
    page.check("section.visit [name=fault][value=provider]", force=True)
    kept_open = wrong_with(page)
    press_and_see_it_kept(page, "section.visit details .btn-brand", "Niezrobione")
    assert ServiceRecord.objects.filter(status="not_done").count() == 1
    later = page.context.new_page()
    page.close()
    later.context.set_offline(False)
    later.goto(reverse("coordination:visits"))
    later.get_by_text("Zapisano: niezrobione").wait_for()
    assert later.evaluate("localStorage.getItem(localStorage.key(0))") == "{}"
    assert (done(), AuditEvent.objects.filter(action="servicerecord.done").count()) == (1, 1)
    not_done = ServiceRecord.objects.filter(status="not_done")
    assert set(not_done.values_list("fault", flat=True)) == {"person", "provider"}
    return later, kept_open


def test_p10_marks_the_days_visits_with_one_press_each_and_the_person_sees_it(open_page, client, marta, tomek):
    today = timezone.localdate()
    contract = make_contract(units=99)
    Agreement.objects.update(valid_to=None)
    Contract.objects.update(valid_to=None)
    for hour in range(3):
        provision = make_provision(contract)
        days = {"weekdays": list(range(7)), "first_day": today, "last_day": today, "by": tomek, "now": timezone.now()}
        provision.refresh_from_db()
        plan_visits(provision, begins=clock(hour), ends=clock(hour + 0.5), **days)
    ServiceRecord.objects.update(
        starts_at=timezone.now() - timedelta(minutes=30), ends_at=timezone.now()
    )  # begun, whatever the hour of the test
    page = open_page("/", size="phone", cookies=cookies_of(sign_in_as(client, marta)))
    page.goto(reverse("coordination:visits"))
    assert page.locator("section.visit").count() == 3
    for tick in page.locator("section.visit [name=confirmation]").all():
        tick.check(force=True)
    found = {"today": wrong_with(page)}
    page.locator("section.visit .actions > a.tap").first.click()
    found["confirmed by another"] = wrong_with(page)
    page.go_back()
    page.locator("section.visit summary").first.click()
    page.locator("section.visit details a.tap").first.click()
    page.check("[name=fault][value=person]", force=True)
    page.fill("[name=reason]", "Nikt nie otworzył.")
    found["not done"] = wrong_with(page)
    page.locator("main form .btn-brand").click()
    page.locator("section.visit [name=confirmation]").first.check(force=True)
    assert page.problems == []
    page, found["kept"] = presses_without_a_signal(page)
    assert page.locator(BUTTON).count() == 0
    found["marked"] = wrong_with(page)
    assert sorted(ServiceRecord.objects.values_list("status", flat=True)) == ["done", "not_done", "not_done"]
    record = ServiceRecord.objects.select_related("provision__item__request").get(confirmation="person")
    request = record.provision.item.request
    person = open_page(reverse("residents:request_track"), size="phone")
    person.fill("[name=reference]", request.reference)
    person.fill("[name=code]", request.access_code)
    person.locator("main form .btn-brand").click()
    person.goto(reverse("delivery:give_place_up", args=[record.provision.item.position]))
    found["help has begun"] = wrong_with(person)
    person.goto(reverse("delivery:month"))
    found["what was done"] = wrong_with(person)
    person.locator("section.panel a.tap").first.click()
    found["otherwise"] = wrong_with(person)
    person.fill("[name=text]", "Była krócej.")
    person.locator("main form .btn-brand").click()
    record.refresh_from_db()
    assert record.objection == "Była krócej."
    assert person.problems == []
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
