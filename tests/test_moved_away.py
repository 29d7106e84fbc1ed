"""Hard case 15: who moves out of the municipality is handed over with consent, and nothing ends by itself."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from coordination.actions import referrals
from coordination.models import Referral
from coordination.reports import REPORTS, Period
from coordination.worklists import WORKLISTS
from cus_portal.accounts.models import Institution
from residents.actions.life import record_move_out
from residents.actions.people import add_address
from residents.alerts import alerts_of
from residents.models import RequestItem, RequestParty
from tests.coordination_world import make_consent, make_draft
from tests.factories import NOW, TODAY, make_case, make_locality


@pytest.fixture
def there(db):
    """The centre of the municipality where the person lives now."""
    return Institution.objects.create(
        code="ops-lublin", name="MOPR Lublin", short_name="MOPR", kind="ops", email="mopr@demo.example"
    )


@pytest.fixture
def moved(tomek, ola):
    case = make_case(coordinator=tomek)
    record_move_out(case.resident, moved_on=TODAY, moved_to="Lublin", by=ola, now=NOW)
    return case


def test_case_15_the_desk_reads_which_services_to_check_and_nothing_is_cut_off(moved, tomek):
    held = moved.requests.get().items.get()
    told = " ".join(alerts_of(moved.resident, on=TODAY, by=tomek))
    assert "Mieszka gdzie indziej od 12.11.2026 (Lublin)" in told
    assert f"Sprawdź, co z tego kończy się z wyprowadzką: {held}" in told
    assert held.status == RequestItem.Status.QUALIFIED


def test_case_15_the_new_municipality_learns_of_the_person_only_with_consent(moved, there, pcpr, tomek):
    facts = {"kind": Referral.Kind.HANDOVER, "need": "Dalsza opieka w nowym miejscu.", "disclosed_fields": ["name"]}
    for consent in (None, make_consent(moved, pcpr)):
        draft = make_draft(moved, there, consent=consent, **facts)
        with pytest.raises(ValidationError):
            referrals.send_referral(draft, by=tomek, now=NOW)
        referrals.discard_referral(draft, by=tomek, now=NOW, reason="bez zgody")
    sent = make_draft(moved, there, consent=make_consent(moved, there, kind="handover"), **facts)
    referrals.send_referral(sent, by=tomek, now=NOW)
    assert (sent.status, list(sent.disclosed)) == (Referral.Status.SENT, ["name"])


def test_case_15_who_comes_back_is_told_of_to_the_desk_and_the_coordinator_while_the_other_municipality_helps(
    moved, there, tomek, ola
):
    facts = {"kind": Referral.Kind.HANDOVER, "need": "Dalsza opieka w nowym miejscu.", "disclosed_fields": ["name"]}
    sent = make_draft(moved, there, consent=make_consent(moved, there, kind="handover"), **facts)
    referrals.send_referral(sent, by=tomek, now=NOW)
    back = TODAY + timedelta(days=20)
    listed = WORKLISTS["back-here"]
    assert not listed.rows(tomek, back).exists()
    home = {"kind": "lives", "locality": make_locality("Wronów"), "valid_from": back}
    add_address(moved.resident, **home, by=ola, now=NOW)
    assert (list(listed.rows(tomek, back)), list(listed.rows(tomek, back - timedelta(days=1)))) == ([moved], [])
    told = " ".join(alerts_of(moved.resident, on=back, by=ola))
    assert "mieszka tu znowu od 02.12.2026" in told
    assert "Mieszka gdzie indziej" not in told
    assert "znowu" not in " ".join(alerts_of(moved.resident, on=back + timedelta(days=181), by=ola))


def test_the_file_of_who_came_back_tells_of_no_protected_handover(moved, there, tomek, ola, sign_in, time_machine):
    facts = {"kind": Referral.Kind.HANDOVER, "need": "Dalsza opieka w nowym miejscu.", "disclosed_fields": ["name"]}
    consent = make_consent(moved, there, kind="handover")
    sent = make_draft(moved, there, consent=consent, confidentiality="protected", **facts)
    referrals.send_referral(sent, by=tomek, now=NOW)
    add_address(moved.resident, kind="lives", locality=make_locality("Wronów"), valid_from=TODAY, by=ola, now=NOW)
    time_machine.move_to(NOW)
    client, address = sign_in(tomek), reverse("coordination:worklist", args=["back-here"])
    assert moved.case_sign in client.get(address).content.decode()
    held = client.post(address, {"reason": "zebranie", "file_format": "csv"}).content.decode()
    assert ("Znak sprawy" in held, moved.case_sign in held) == (True, False)


def test_case_15_figures_count_where_the_person_lived_at_the_time(moved, ola):
    request = moved.requests.get()
    RequestParty.objects.filter(request=request).update(locality=make_locality("Wronów"))

    def by_place():
        tables = [report.table(Period.of(TODAY), TODAY) for report in REPORTS.values()]
        return [row for table in tables for row in table["rows"] if row[0] == "Wronów"]

    before = by_place()
    record_move_out(moved.resident, moved_on=TODAY, moved_to="Kraków", by=ola, now=NOW)
    assert by_place() == before != []
