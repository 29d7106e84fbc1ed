"""P5's part: who plans the services sees room, queues, contracts and gaps, and each number opens its list."""

from datetime import date

import pytest

from coordination.models import Contract, Settlement
from residents.models import RequestItem
from services.models import Agreement
from tests import board_world as world
from tests.delivery_world import make_provision, visit
from tests.test_residents_queue import waiting, with_row

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_story_of_p5_goes_from_each_number_to_its_list_and_closes_a_month(seat, tomek):
    row = with_row(capacity=1, capacity_period="year")
    waiting(row, 9, 5, 2, by=tomek)
    world.unmet_needs()
    provision = make_provision()
    visit(provision, date(2026, 10, 5))
    Agreement.objects.update(valid_to=None)
    Contract.objects.update(valid_to=None)

    beata = seat("beata", "desktop")
    beata.opens("/praca/")
    beata.follows("Zasoby i potrzeby")
    start = beata.page.url

    # Places: the row's number of those who wait is that of its queue.
    places = beata.page.get_by_role("region", name="Miejsca i kolejki").get_by_role("row")
    of_row = places.filter(has_text=row.service.plain_name)
    assert of_row.locator("td").last.inner_text() == str(RequestItem.objects.filter(status="waitlisted").count()) == "3"
    beata.follows(row.service.plain_name, within=of_row, exact=False)
    assert beata.page.locator("main tbody tr").count() == 3

    # What is lacking, village by village.
    beata.opens(start)
    lacking = beata.page.locator("#lacking + ul a")
    told = dict(words.rsplit(": ", 1) for words in lacking.all_inner_texts())
    assert told["Wronów"] == "3"
    for place, number in told.items():
        beata.opens(start)
        beata.follows(f"{place}: {number}")
        assert beata.page.locator("main tbody tr").count() == int(number), place

    # The contract's use, and the month that is closed on its page.
    beata.opens(start)
    contract = beata.page.get_by_role("region", name="Umowy").get_by_role("row").last
    assert "2 godziny (2" in contract.inner_text()
    beata.follows(provision.contract.basis.service.plain_name, within=contract)
    assert beata.sees("Wykorzystano 2 godziny")
    beata.follows("Zamknij miesiąc")
    assert beata.sees("październik 2026")
    beata.presses("Zamknij miesiąc")
    [settlement] = Settlement.objects.all()
    assert settlement.lines.get().amount == 80
    beata.opens(settlement.get_absolute_url())
    assert beata.sees("80,00 zł")
