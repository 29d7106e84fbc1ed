"""Days at the centre, in a browser: the coordinator's, the organiser's, the director's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from coordination.actions import referrals
from coordination.models import Plan, Referral
from residents.actions import propose_refusal, waitlist_item
from residents.models import RequestItem
from tests import coordination_world as world
from tests import personas
from tests.coordination_world import make_template
from tests.desk import GROUNDS
from tests.factories import NOW, make_request, make_service

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


# -- a morning, a plan from its template to its closing talk ----------------------------------------
def reads_what_the_morning_brings(desk, late, asked):
    """What is due, what is late, what waits for others: each number opens its list."""
    for name, row in (("overdue", late), ("their-move", asked)):
        desk.opens("/praca/")
        desk.page.locator(f"a.count[href*='/{name}/']").first.click()
        desk.look()
        assert desk.page.locator("tbody tr").count() == 1
        assert desk.sees(row.number)
    desk.opens("/praca/")
    desk.page.locator("a.count", has_text="plany: 30 dni").first.click()
    desk.look()


def writes_a_plan_from_a_template(desk, case, today):
    desk.follows(str(case), exact=False)
    desk.follows("Rozpocznij plan")
    desk.chooses("Zacznij od wzoru", "Starsza osoba")
    desk.types("Plan zaczyna się", f"{today:%d.%m.%Y}")
    desk.types("i kończy się", f"{today + timedelta(days=120):%d.%m.%Y}")
    desk.types("Rozpoznane potrzeby", "Po złamaniu biodra.")
    desk.presses("Rozpocznij plan")
    assert desk.sees("Wolontariusz")
    desk.follows("Zmień albo usuń", exact=False)
    desk.types("Zakres słowami", "3 godziny w tygodniu")
    desk.presses("Zapisz")
    assert desk.sees("3 godziny w tygodniu")
    return case.plans.get()


def prints_has_it_signed_and_submits(desk, today):
    for words in ("Projekt, PDF do druku i podpisu", "Projekt dla osoby, prostymi słowami i dużym drukiem"):
        kind, paper = desk.downloads(words)
        assert (kind, paper[:4]) == ("application/pdf", b"%PDF")
    desk.follows("Zapisz zgodę osoby na plan")
    desk.types("Kiedy osoba zgodziła się na plan?", f"{today:%d.%m.%Y}")
    desk.ticks("podpisany przez osobę")
    desk.presses("Zapisz zgodę osoby na plan")
    desk.presses("Przekaż do zatwierdzenia")
    assert desk.sees("Plan czeka na zatwierdzenie.")
    assert desk.page.get_by_role("button", name="Zatwierdź").count() == 0


def approves_from_what_is_to_sign(director, case):
    director.opens("/praca/podpis/")
    director.follows(str(case), exact=False)
    director.presses("Zatwierdź")
    assert director.sees("Plan zatwierdzony.")


def writes_from_the_field_and_sums_up(phone, plan, today):
    phone.opens(plan.get_absolute_url())
    kind, paper = phone.downloads("Wersja 1, PDF do druku i podpisu")
    assert (kind, paper[:4]) == ("application/pdf", b"%PDF")
    phone.follows("Zapisz, jak idzie")
    phone.presses("Zapisz, jak idzie")
    assert phone.page.title().startswith("Błąd:")
    phone.types("Jak idzie?", "Chodzi z balkonikiem.")
    phone.page.locator("label[for=id_kind_0]").click()  # waits until the words about what is kept stand still
    phone.presses("Zapisz, jak idzie")
    assert plan.notes.get().text == "Chodzi z balkonikiem."
    assert phone.sees("Chodzi z balkonikiem.")
    phone.follows("Zakończ plan")
    phone.types("Kiedy odbyła się rozmowa podsumowująca z osobą?", f"{today:%d.%m.%Y}")
    phone.types("Przebieg i rezultaty planu", "Robi zakupy z wolontariuszem.")
    for end in phone.page.locator("select[name^=item_], select[name*='-item_']").all():
        end.select_option("done")
    phone.presses("Zakończ plan")
    assert phone.sees("Robi zakupy z wolontariuszem.")


def test_story_of_p4_from_the_morning_list_to_the_closing_talk_of_a_plan(seat, tomek, pcpr):
    """Pan Tomek: the morning list, a plan out of parts, paper to sign, the director, the field, the last talk."""
    today, now = timezone.localdate(), timezone.now()
    make_template()
    case, other = world.make_case(tomek, opened_on=today - timedelta(days=25)), world.make_case(tomek, opened_on=today)
    consent = world.make_consent(other, pcpr, given_on=today - timedelta(days=60))
    late, asked = (
        world.make_referral(other, pcpr, now=now - timedelta(days=days), consent=consent) for days in (50, 0)
    )
    desk = seat("tomek", "both")
    reads_what_the_morning_brings(desk, late, asked)
    plan = writes_a_plan_from_a_template(desk, case, today)
    prints_has_it_signed_and_submits(desk, today)
    approves_from_what_is_to_sign(seat("danuta"), case)
    writes_from_the_field_and_sums_up(seat("tomek", "phone"), plan, today)
    plan.refresh_from_db()
    assert (plan.status, plan.closing_talk_on) == (Plan.Status.COMPLETED, today)


def test_story_of_p4_five_referrals_go_in_one_go_and_the_first_comes_back(seat, tomek, ewa, clinic):
    """Pan Tomek: three items of the plan and two others, one signature of the person, then the phone in the field."""
    today, counselling = timezone.localdate(), personas.institution(personas.COUNSELLING)
    case = world.make_case(tomek)
    world.make_plan(case, status=Plan.Status.APPROVED, items=3)
    desk = seat("tomek", "both")
    desk.opens(case.get_absolute_url())
    desk.follows("Kilka skierowań naraz")
    for institution in (clinic, counselling):
        desk.ticks(institution.name)
    desk.types("O co prosisz inne instytucje?", "Rehabilitacja w domu.")
    desk.presses("Zapisz i zobacz, co zostanie wysłane")
    assert desk.sees("Zapisując zgodę teraz, podaj także to.")  # forgotten; what was written stays
    desk.chooses("W jakiej formie wyrażono zgodę?", "na piśmie")
    desk.types("Kiedy?", f"{today:%d.%m.%Y}")
    desk.presses("Zapisz i zobacz, co zostanie wysłane")
    assert desk.page.get_by_text("600 100 200").count() == 5
    desk.presses("Wyślij zaznaczone skierowania")
    assert desk.sees("Wysłano 5 skierowań.")
    sent = list(case.referrals.order_by("pk"))
    assert {referral.status for referral in sent} == {Referral.Status.SENT}

    there = {"by": ewa, "now": timezone.now()}
    for referral in sent[:3]:
        referrals.accept_referral(referral, planned_start_on=today, **there)
    answered = sent[0]
    referrals.start_referral(answered, first_contact_on=today, **there)
    referrals.complete_referral(answered, outcome="met", outcome_on=today, closing_note="Balkonik.", **there)

    phone = seat("tomek", "phone")
    phone.opens("/praca/")
    phone.page.locator("a.count", has_text="do zamknięcia").first.click()
    phone.look()
    phone.follows(answered.number, exact=False)
    phone.follows("Zamknij skierowanie")
    phone.types("Co zmienia się w sprawie albo w planie?", "Cel osiągnięty.")
    phone.ticks("Tak, osoba została przeze mnie poinformowana")
    phone.presses("Zamknij skierowanie")
    assert phone.sees("Skierowanie jest zamknięte.")


def test_story_of_p5_a_place_goes_out_of_order_only_with_a_reason_that_the_queue_shows(seat, tomek):
    """Pani Beata: who waits, since when, the queue on paper; the second is served first, and everybody can read why."""
    service = make_service("Usługi opiekuńcze")
    row = service.programme_services.get()
    first, second = (make_request(needs=[(service, "")], now=NOW - timedelta(days=days)).items.get() for days in (3, 2))
    for need in (first, second):
        waitlist_item(need, by=tomek, now=NOW)
    beata = seat("beata")
    beata.opens("/admin/residents/requestitem/queues/")
    beata.opens(f"/admin/residents/requestitem/queues/{row.pk}/")
    assert beata.sees(first.request.reference)
    kind, paper = beata.downloads("PDF")
    assert (kind, paper[:4]) == ("application/pdf", b"%PDF")
    beata.follows(second.request.reference)
    beata.follows("Zakwalifikuj", exact=False)
    beata.presses("Zakwalifikuj")
    assert beata.page.title().startswith("Błąd:")
    beata.page.locator("[name=skip_reason]").fill("Pożar domu.")
    beata.presses("Zakwalifikuj")
    second.refresh_from_db()
    assert second.status == RequestItem.Status.QUALIFIED
    beata.opens(f"/admin/residents/requestitem/queues/{row.pk}/")
    assert beata.sees("Pożar domu.")


def test_story_of_p6_signs_from_one_page_and_follows_each_risk_to_its_list(seat, tomek, pcpr):
    """The director: a refusal from the first page, a plan from the page of what waits; then what may go wrong."""
    today, now = timezone.localdate(), timezone.now()
    plan = world.make_plan(world.make_case(tomek, opened_on=today), status=Plan.Status.SUBMITTED)
    late = world.make_case(tomek, opened_on=today - timedelta(days=40))
    consent = world.make_consent(late, pcpr, given_on=today - timedelta(days=60))
    world.make_referral(late, pcpr, now=now - timedelta(days=50), consent=consent)
    refused = make_request(needs=[(make_service("Dowóz"), "")]).items.get()
    propose_refusal(refused, by=tomek, now=NOW, **GROUNDS)
    director = seat("danuta", "phone")
    director.opens("/admin/")
    director.follows("1 decyzje do podpisu", exact=False)
    director.follows(refused.request.reference, exact=False)
    director.follows("Podpisz odmowę", exact=False)
    director.presses("Podpisz odmowę")
    assert director.sees("Odmowa jest podpisana i ma numer.")
    director.opens("/praca/podpis/")
    assert director.heading == "Do zatwierdzenia i podpisu"
    director.follows(plan.case.case_sign, exact=False)
    director.presses("Zatwierdź")
    assert director.sees("Plan zatwierdzony.")
    director.opens("/praca/podpis/")
    assert director.page.get_by_role("link", name=plan.case.case_sign).count() == 0
    risks = {words.lstrip("0123456789\n"): n for words, n in director.opens_the_list_of_each_number().items() if n}
    assert risks == {"zgłoszenia: odpowiedź spóźniona": 2, "plany: 30 dni": 1, "skierowania po terminie": 1}
    director.opens("/admin/")
    for words in ("1 plany do zatwierdzenia", "1 decyzje do podpisu"):
        assert director.page.get_by_role("link", name=words).count() == 0
