"""A coordinator finds nobody to refer to, says so, and whoever plans the next programme sees where it is lacking."""

import pytest

from tests import board_world as world
from tests.coordination_world import make_case
from tests.factories import make_area

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_need_with_no_partner_goes_from_the_referral_into_the_table_and_its_list(seat, tomek):
    case, area = make_case(tomek), make_area(3)
    coordinator = seat("tomek", "both")
    coordinator.opens("/praca/braki/")
    assert coordinator.sees("Każdą potrzebę ktoś zaspokaja.")
    coordinator.opens(f"/praca/skierowania/nowe/{case.pk}/")
    coordinator.follows("Żadna instytucja tego nie daje?", exact=False)
    coordinator.presses("Wpisz do rejestru")
    assert coordinator.page.title().startswith("Błąd:")
    coordinator.chooses("Obszar usług społecznych", str(area))
    coordinator.presses("Wpisz do rejestru")
    assert coordinator.sees("Potrzeba jest w rejestrze niezaspokojonych potrzeb")

    world.unmet_needs()
    for name in ("tomek", "beata"):
        reader = coordinator if name == "tomek" else seat(name, "both")
        reader.opens("/praca/")
        reader.follows("Potrzeby bez wykonawcy")
        table = reader.page.get_by_role("region", name="Potrzeby bez wykonawcy według miejscowości i obszaru")
        row = table.get_by_role("row").filter(has=reader.page.get_by_role("rowheader", name="razem"))
        assert row.get_by_role("link").last.inner_text() == "7"
        reader.follows("Wszystkie potrzeby bez wykonawcy: 7")
        assert reader.page.locator("[data-refresh] tbody tr").count() == 7
        assert not reader.page.get_by_text("Wilga").count()
