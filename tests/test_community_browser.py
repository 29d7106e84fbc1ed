"""P11's part: who organises the community plans a year, checks a volunteer, holds a meeting, and sums the year up."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from coordination.models import CommunityEvent, CommunityPlan, SupportingAction, Volunteer
from tests.community_world import make_community_organiser
from tests.factories import make_locality

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def adds(keeper, model, *, chosen=None, **typed):
    """Fill the form of a new row and save it; return the row."""
    keeper.opens(reverse(f"admin:coordination_{model._meta.model_name}_add"))
    for name, option in (chosen or {}).items():
        keeper.page.locator(f"select[name={name}]").select_option(label=option)
    for name, text in typed.items():
        keeper.page.locator(f"[name={name}]").fill(str(text))
    keeper.presses("Zapisz")
    return model.objects.get()


def records_hours(keeper, action, today):
    keeper.opens(action.get_absolute_url())
    keeper.follows("Zapisz godziny wolontariusza")
    keeper.chooses("Wolontariusz", "Jan Kos")
    keeper.types("Dzień", f"{today:%d.%m.%Y}")
    keeper.types("Godziny", "2")
    keeper.presses("Zapisz godziny wolontariusza")


def test_story_of_p11_goes_from_the_plan_of_a_year_to_its_sum(seat, danuta):
    """The organiser on a phone; a lesson with children takes a checked volunteer; the director adopts the plan."""
    make_community_organiser()
    village, today = make_locality(), timezone.localdate()
    first, last = f"01.01.{today.year}", f"31.12.{today.year}"
    keeper = seat("stranger", "phone")
    plan = adds(keeper, CommunityPlan, year=today.year, needs="Dzieci są same.", goals="Lekcje w świetlicy.")
    lessons = {"plan": str(plan), "kind": "wolontariat"}
    action = adds(keeper, SupportingAction, chosen=lessons, name="Lekcje", goal="Razem", starts_on=first, ends_on=last)
    keeper.opens(action.get_absolute_url())
    keeper.ticks("Z dziećmi")
    keeper.presses("Zapisz")
    named = {"first_name": "Jan", "last_name": "Kos", "agreement_number": "1"}
    volunteer = adds(keeper, Volunteer, **named, agreement_from=first, insured_until=last)

    records_hours(keeper, action, today)
    assert keeper.page.title().startswith("Błąd:")  # nobody has looked him up
    assert not action.hours.exists()
    keeper.opens(volunteer.get_absolute_url())
    keeper.page.locator("[name=register_checked_on]").fill(f"{today:%d.%m.%Y}")
    keeper.page.locator("[name=checks_valid_until]").fill(f"{today + timedelta(days=300):%d.%m.%Y}")
    keeper.presses("Zapisz")
    records_hours(keeper, action, today)
    assert keeper.page.get_by_text("Godziny zapisano.").count()

    keeper.opens(plan.get_absolute_url())
    assert keeper.sees(f"Plan organizowania społeczności lokalnej na {today.year} rok")
    assert keeper.page.get_by_text("Przyjmij plan").count() == 0
    director = seat("danuta")
    director.opens(plan.get_absolute_url())
    director.follows("Przyjmij plan")
    director.presses("Przyjmij plan")
    assert director.page.get_by_text("Plan przyjęto.").count()

    where = {"action": "Lekcje", "locality": str(village)}
    event = adds(
        keeper, CommunityEvent, chosen=where, title="Piknik", on=f"{today:%d.%m.%Y}", at="16:00", place="świetlica"
    )
    keeper.opens(event.get_absolute_url())
    keeper.follows("Zapisz osobę")
    keeper.types("Kto chce przyjść?", "Krystyna Wilga")
    keeper.presses("Zapisz osobę")
    assert keeper.sees("Krystyna Wilga")
    keeper.follows("Zapisz, ile osób przyszło")
    keeper.types("Ile osób przyszło?", "12")
    keeper.presses("Zapisz, ile osób przyszło")
    assert keeper.page.get_by_text("Liczbę zapisano.").count()

    keeper.opens(plan.get_absolute_url())
    keeper.follows("Podsumuj rok")
    keeper.types("Co z tego wyszło", "Dzieci mają lekcje.")
    keeper.presses("Podsumuj rok")
    plan.refresh_from_db()
    assert (plan.status, plan.summary) == (CommunityPlan.Status.REPORTED, "Dzieci mają lekcje.")
    keeper.opens(plan.get_absolute_url())
    done = keeper.page.locator(".field-done_in_year").inner_text()
    assert [word for word in ("1", "12", "2") if word not in done] == []
