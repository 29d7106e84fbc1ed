"""The desk in a browser: a call taken in its stride, and its rooms with nothing, with much and after an error."""

import json

import pytest
from django.conf import settings
from django.utils import timezone

from coordination.models import Plan
from cus_portal.accounts.actors import PublicActor
from residents.actions import report_need, waitlist_item
from residents.actions.assessments import write_assessment
from residents.models import AssessmentDraft, RequestItem, RequestParty, Resident, ServiceRequest
from services.publishing import publish_all
from tests import personas
from tests.coordination_world import make_plan
from tests.factories import NOW, PERSON, make_case, make_request, make_service
from tests.pages import NARROW, SIZES, Visitor, scrolls_sideways, violations
from tests.test_assessments import facts
from tests.url_world import make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK = "/admin/residents/servicerequest/"
ROWS = 120
ROOMS = {
    "ola": [DESK, "/admin/residents/needreport/", "/admin/residents/resident/", "/admin/coordination/datarequest/"],
    "danuta": ["/admin/residents/restrictedfile/", "/admin/residents/conflictofinterest/", "/admin/accounts/absence/"],
    "iwona": ["/admin/audit/auditevent/", "/admin/coordination/datarequest/"],
}
# Forms that are sent empty, to see them after an error.
FORMS = {
    "ola": [f"{DESK}add/", "/admin/residents/resident/add/"],
    "danuta": [],
    "iwona": [],
}


def make_many():
    """Put a heap of requests on the desk, as long as their list ever shows at once and longer."""
    first = make_request(now=NOW, applicant=PERSON | {"first_name": "Anna-Maria", "last_name": "Ą" * 60})
    party = first.parties.get()
    rows = ServiceRequest.objects.bulk_create(
        ServiceRequest(
            **{
                field.attname: getattr(first, field.attname)
                for field in first._meta.concrete_fields
                if field.name not in ("id", "on_top", "submit_token")
            }
            | {"reference": f"CUS-2026-{number:04d}", "is_urgent": number % 9 == 0}
        )
        for number in range(9000, 9000 + ROWS)
    )
    RequestItem.objects.bulk_create(
        RequestItem(request=row, position=1, own_words="opieka " * 60, due_on=row.due_on) for row in rows
    )
    RequestParty.objects.bulk_create(
        RequestParty(request=row, role="applicant", first_name=party.first_name, last_name=party.last_name)
        for row in rows
    )
    seen = {"what_seen": "Nie otwiera okna. " * 60, "red_flags": ["danger"]}
    report_need(**seen, token=first.submit_token, by=PublicActor(), now=NOW)


def fits_every_width(visitor):
    page = visitor.page
    for size in (SIZES["desktop"], SIZES["phone"], NARROW):
        page.set_viewport_size(size)
        if scrolls_sideways(page):
            visitor.complain(f"scrolls sideways at {size['width']}")
    page.set_viewport_size(SIZES["phone"])


def look_at_both_widths(visitor):
    fits_every_width(visitor)
    visitor.complain(*violations(visitor.page))


@pytest.mark.parametrize("name", ROOMS)
def test_each_room_of_the_desk_bears_nothing_much_and_an_error(seat, name):
    visitor = seat(name)
    for address in ROOMS[name]:
        visitor.opens(address)
    make_many()
    for address in ROOMS[name]:
        visitor.opens(address)
        look_at_both_widths(visitor)
    for address in FORMS[name]:
        visitor.opens(address)
        with visitor.page.expect_navigation():
            visitor.page.locator("form [type=submit]:visible").last.click()
        assert visitor.page.locator(".error-summary, .errornote").count() == 1, address
        look_at_both_widths(visitor)


def test_a_case_with_its_papers_and_their_end_is_read_by_everybody(seat, tomek):
    """The rooms behind the desk with something in them, and their forms after an error."""
    rooms = make_world()["rooms"]
    need = waitlist_item(make_request(needs=[(make_service(), "")]).items.get(), by=tomek, now=NOW)
    queue = f"/admin/residents/requestitem/queues/{need.queue_place.basis_id}/"
    case, plan, letter = (
        rooms[room]["mine"].get_absolute_url() for room in ("residents_case", "coordination_plan", "residents_letter")
    )
    pages = {
        "tomek": [case, plan, letter, f"{rooms['residents_case']['mine'].assessments.get().get_absolute_url()}"],
        "danuta": [
            "/admin/residents/requestitem/queues/",
            f"{queue}?on=1.1.2099",
            rooms["coordination_destructionlist"]["any"].get_absolute_url(),
            "/admin/coordination/retentionrule/",
        ],
    }
    sent_empty = {
        "tomek": [letter.replace("change", "move/send"), plan.replace("change", "move/note")],
        "danuta": ["/admin/coordination/retentionhold/add/"],
    }
    for name in pages:
        visitor = seat(name, "phone")
        for address in pages[name]:
            visitor.opens(address)
            fits_every_width(visitor)
        for address in sent_empty[name]:
            visitor.page.goto(address)
            with visitor.page.expect_navigation():
                visitor.page.locator("main form .btn-brand").first.click()
            assert visitor.page.title().startswith("Błąd:"), address
            look_at_both_widths(visitor)


def test_story_of_p3_a_call_is_taken_handed_over_and_found_by_the_colleague(seat):
    """Pani Ola: half a name, who is known, a need, a confirmation, one press to the coordinator. By keyboard."""
    make_service("Usługi opiekuńcze")
    publish_all(now=timezone.now())
    case = make_case(coordinator=personas.person("tomek"))
    known, kasia = Resident.objects.get(pk=case.resident_id), personas.person("kasia")
    ola = seat("ola")
    ola.opens(f"{DESK}add/")
    ola.tabs_to("Potrzeba własnymi słowami")
    ola.page.keyboard.type("zakupy")
    ola.tabs_to("Nazwisko osoby, która się zgłasza")
    ola.page.keyboard.type(known.last_name)
    ola.tabs_to("Imię")
    ola.page.keyboard.type(known.first_name)
    ola.tabs_to("Telefon")
    assert ola.sees(case.case_sign)
    assert ola.sees("Tomek Lis")
    ola.page.keyboard.type("600 100 200")
    ola.hits("Enter")
    filed = ServiceRequest.objects.latest("pk")
    assert ola.sees(filed.reference)
    kind, paper = ola.downloads("Wydrukuj potwierdzenie")
    assert (kind, paper[:4]) == ("application/pdf", b"%PDF")
    ola.follows("Otwórz zgłoszenie")
    ola.follows("Przekaż")
    ola.chooses("Do kogo", str(kasia))
    ola.presses("Przekaż")
    assert ola.sees("Zgłoszenie jest przekazane.")
    colleague = seat("kasia", "phone")
    colleague.opens(f"{DESK}?whose=me")
    assert colleague.sees(filed.reference)


def test_story_of_p12_help_is_asked_for_and_nothing_of_it_is_left_behind(browser, live_server):
    """A person in danger: the way out on each page, discreet contact, a phone that knows nothing afterwards."""
    visitor = Visitor(browser, live_server.url, size="phone", resident=True)
    visitor.opens("/zgloszenie/")
    visitor.types("Albo napisz własnymi słowami", "mąż mnie bije")
    visitor.presses("Dalej")
    visitor.ticks("kogoś krzywdzą albo mu grożą")
    visitor.presses("Dalej")
    visitor.ticks("mnie")
    visitor.presses("Dalej")
    assert (
        visitor.page.get_by_role("button", name="Opuść szybko")
        .or_(visitor.page.locator('form[action="/zgloszenie/wyjscie/"] button'))
        .first.is_visible()
    )
    visitor.types("Imię", "Zofia")
    visitor.types("Nazwisko", "Sowińska")
    visitor.presses("Dalej")
    visitor.ticks("telefonicznie")
    visitor.types("Telefon", "600 700 800")
    visitor.ticks("Kontaktujcie się ze mną dyskretnie")
    visitor.presses("Dalej")
    visitor.presses("Wyślij zgłoszenie")
    filed = ServiceRequest.objects.get()
    assert (filed.safe_contact, filed.is_urgent, filed.notification_email) == (True, True, "")
    assert visitor.sees(filed.reference)
    elsewhere = settings.CENTRE["quick_exit"]
    visitor.page.route(f"{elsewhere}**", lambda route: route.fulfill(content_type="text/html", body="Pogoda"))
    with visitor.page.expect_navigation(url=f"{elsewhere}**"):
        visitor.page.locator('form[action="/zgloszenie/wyjscie/"] button').first.click()
    visitor.page.goto("/moja-sprawa/")
    shown = visitor.page.locator("body").inner_text()
    assert filed.reference not in shown
    visitor.page.goto("/zgloszenie/")
    assert "bije" not in visitor.page.content()
    visitor.context.close()
    assert [line for line in visitor.wrong if "wyjscie" not in line] == []


def test_what_is_typed_of_a_plans_note_is_kept_and_is_there_on_the_next_visit(seat, tomek):
    plan = make_plan(make_case(coordinator=tomek), status=Plan.Status.APPROVED)
    writer = seat("tomek", "phone")
    page, address = writer.page, f"/admin/coordination/plan/{plan.pk}/move/note/"
    page.clock.install()
    writer.opens(address)
    page.fill("[name=text]", "Rodzina przychodzi w soboty.")
    page.clock.run_for(1500)
    page.locator("[data-failed]").get_by_text("Wersja robocza zapisana").wait_for()
    writer.complain(*violations(page))
    writer.opens(address)
    assert page.input_value("[name=text]") == "Rodzina przychodzi w soboty."
    assert writer.wrong == []


def test_what_is_typed_is_kept_while_the_signal_comes_and_goes(seat, tomek):
    """Nothing typed at a visit is lost: not without a signal, not when a colleague was faster, not when signed out."""
    case = make_case(coordinator=tomek)
    visitor = seat("tomek", "phone")
    page, state = visitor.page, visitor.page.locator("[data-failed]")
    page.clock.install()
    visitor.opens(f"/admin/residents/case/{case.pk}/assess/")

    def types(text, told, *, wait=1500):
        page.fill("[name=situation]", text)
        page.clock.run_for(wait)
        state.get_by_text(told).wait_for()

    def kept():
        return json.loads(AssessmentDraft.objects.get().said)["situation"]

    types("Mieszka sama.", "Wersja robocza zapisana")
    assert kept() == "Mieszka sama."
    page.route("**/assess/draft/", lambda route: route.abort())
    types("Mieszka sama, bez windy.", "Nie zapisano: brak połączenia")
    assert kept() == "Mieszka sama."
    visitor.context.set_offline(True)
    page.get_by_role("button", name="Zapisz", exact=True).click()
    assert page.input_value("[name=situation]") == "Mieszka sama, bez windy."
    page.locator("[name=held_on]").focus()
    assert state.evaluate("line => line.getBoundingClientRect().bottom <= innerHeight")  # seen from any field
    visitor.context.set_offline(False)
    page.unroute("**/assess/draft/")
    page.clock.run_for(10_000)
    state.get_by_text("Wersja robocza zapisana").wait_for()
    assert kept() == "Mieszka sama, bez windy."
    write_assessment(case, **facts(needs="Od kolegi."), by=tomek, now=timezone.now())
    types("Mieszka sama, bez windy. Po udarze.", "powstała wersja 1")
    assert kept() == "Mieszka sama, bez windy. Po udarze."
    visitor.complain(*violations(page))
    cookies = visitor.context.cookies()
    visitor.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    types("Nowe słowa.", "zaloguj się w innej karcie")
    visitor.context.add_cookies(cookies)
    page.fill("[name=needs]", "Zakupy.")
    visitor.presses("Zapisz")
    assert visitor.sees("Od kolegi.")
    assert page.input_value("[name=situation]") == "Nowe słowa."
    visitor.presses("Zapisz")
    assert case.assessments.count() == 2
    assert not AssessmentDraft.objects.exists()
    visitor.wrong = [wrong for wrong in visitor.wrong if "Failed to load resource" not in wrong]
