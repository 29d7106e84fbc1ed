"""How good and how fresh entries are: what is missing, what comes first, who is reminded and how often."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from coordination.models import ReminderSent
from coordination.reminders import send_due_reminders
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import deliver_due
from services.actions import confirm_service, publish_service, revise_service, submit_service
from services.admin.services import WORST_FIRST
from services.content import content_of, with_content
from services.differences import Names, differences, lines_of
from services.models import Location, Service, ServiceArea, ServiceVersion
from services.quality import CHECKS, LATE, completeness, gaps_of, penalty, quality_of
from tests.editorial import make_public, public, second_organiser, written_by
from tests.factories import NOW, TODAY, at, make_service, publish_again

DAY = timedelta(days=1)
FULL = {
    "reviewed_on": "2026-11-01",
    "description": "Zdanie o pomocy. " * 20,
    "contacts": [{"label": "Biuro", "phone": "81 517 24 68"}],
    "delivery": ["on_site"],
    "places": ["cus"],
    "steps": [{"title": "Dzwonisz"}],
    "certificate": "Orzeczenie",
    "eligibility": [{"label": "dorośli", "certificates": ["severe"]}],
    "texts": [{"language": "uk", "description": "Опис"}, {"language": "en", "description": "Text"}],
    "easy_text": "Pomagamy.",
    "basis": [{"programme": "p", "from": "2026-01-01", "limit": "10 godzin"}],
    "keywords": "opiekunka",
    "otherwise": "Zadzwoń.",
    "documents": [{"name": "Orzeczenie"}],
    "topics": ["dom"],
    "sign_film": "https://film.example/",
}


# -- the score ------------------------------------------------------------------------------------
def test_a_full_and_fresh_entry_has_a_hundred_and_an_empty_one_nothing():
    assert quality_of(FULL, TODAY).score == 100
    assert sum(weight for weight, _words, _check in CHECKS) == 100
    empty = {
        "reviewed_on": "2026-11-01",
        "certificate": "x",
        "delivery": ["on_site"],
        "basis": [{"illustrative": True}],
    }
    assert quality_of(empty, TODAY).score == 0


@pytest.mark.parametrize("word", sorted(FULL.keys() - {"reviewed_on", "delivery", "certificate", "places", "basis"}))
def test_each_missing_thing_is_named_and_weighs(word):
    poorer = {key: value for key, value in FULL.items() if key != word}
    gaps = gaps_of(poorer)
    assert gaps
    assert completeness(poorer) == 100 - sum(gap.weight for gap in gaps)


def test_a_confidential_place_is_no_gap():
    content = {**FULL, "confidential_place": True}
    del content["places"]
    assert completeness(content) == 100


@pytest.mark.parametrize(("days", "points", "stale"), [(-1, 0, False), (0, 10, True), (60, 25, True), (999, 40, True)])
def test_age_takes_from_the_score_in_steps(days, points, stale):
    due = date(2026, 11, 1) + timedelta(days=180)
    quality = quality_of(FULL, due + timedelta(days=days))
    assert (quality.score, quality.is_stale, quality.check_due) == (100 - points, stale, due)
    assert penalty(days) == points
    assert list(LATE) == sorted(LATE, reverse=True)


@pytest.mark.django_db
def test_the_list_orders_as_the_score_counts_the_worst_first():
    made = [
        make_service("Pełna", keywords="x", otherwise="x", reviewed_on=date(2026, 11, 1)),
        make_service("Stara", keywords="x", otherwise="x", reviewed_on=date(2025, 1, 1)),
        make_service("Uboga", reviewed_on=date(2026, 11, 1)),
        make_service("Spóźniona", reviewed_on=date(2026, 5, 10)),
    ]
    rows = Service.objects.with_score(ServiceVersion.objects.current(), on=TODAY).order_by("score", "pk")
    counted = {service.pk: quality_of(public(service).content, TODAY).score for service in made}
    assert {row.pk: row.score for row in rows} == counted
    assert [row.plain_name for row in rows] == ["Stara", "Spóźniona", "Uboga", "Pełna"]


@pytest.mark.django_db
def test_the_organiser_sees_what_is_missing_and_a_badge_when_it_is_time(sign_in, beata):
    better = make_service("A", reviewed_on=date(2026, 5, 1))
    service = make_public("B", reviewed_on=date(2025, 1, 1))
    client = sign_in(beata)
    page = client.get(reverse("admin:services_service_change", args=[service.pk])).content.decode()
    listed = client.get(reverse("admin:services_service_changelist"), {"check": "due", "o": WORST_FIRST})
    for words in ("kroki od pierwszego telefonu do pomocy", "do sprawdzenia"):
        assert words in page
    assert [one.pk for one in listed.context["cl"].result_list] == [service.pk, better.pk]
    assert "do sprawdzenia" in listed.content.decode()
    assert (
        reverse("admin:services_service_changelist") + "?check=due"
        in client.get(reverse("admin:index")).content.decode()
    )


# -- reminders ------------------------------------------------------------------------------------
def remind(on):
    send_due_reminders(on=on, now=at(on, 6, 10))
    return [
        (message.recipient_id, [item["number"] for item in message.context["items"]])
        for message in Message.objects.filter(template="digest").order_by("pk")
    ]


@pytest.fixture
def due(db):
    """The day on which an entry checked on 1 January 2026 has to be checked again."""
    return date(2026, 1, 1) + timedelta(days=180)


def test_the_editor_is_reminded_on_the_day_and_again_and_never_twice_of_one(due, beata, hania):
    service = make_service("Rehabilitacja", editor=hania)
    assert remind(due - DAY) == []
    assert remind(due) == [(hania.pk, ["Rehabilitacja"])]
    assert remind(due) == remind(due + DAY) == [(hania.pk, ["Rehabilitacja"])]
    assert len(remind(due + 30 * DAY)) == 2
    assert len(remind(due + 95 * DAY)) == 3
    assert ReminderSent.objects.filter(key__startswith=f"entry_to_check:{service.pk}:").count() == 3


def test_many_entries_are_one_letter_and_a_week_late_too(due, beata):
    for name in ("Pierwsza", "Druga", "Trzecia"):
        make_service(name)
    assert remind(due + 7 * DAY) == [(beata.pk, ["Druga", "Pierwsza", "Trzecia"])]


def test_where_the_editor_has_left_the_organisers_are_reminded(due, beata, hania):
    make_service("Rehabilitacja", editor=hania)
    hania.memberships.update(valid_to=due - DAY)
    assert remind(due) == [(beata.pk, ["Rehabilitacja"])]


def test_a_checked_or_archived_entry_is_not_reminded_of(due, beata):
    make_service("Dawna", status="archived")
    service = make_public()
    confirm_service(service, by=beata, now=at(due))
    assert remind(due) == []
    assert len(remind(due + 180 * DAY)) == 1


def test_the_letter_is_polish_and_leads_to_the_entry(due, beata, mailoutbox):
    service = make_service("Rehabilitacja")
    remind(due)
    deliver_due()
    (mail,) = mailoutbox
    assert mail.to == [beata.email]
    assert "Rehabilitacja" in mail.subject
    assert "wpis w katalogu trzeba sprawdzić" in mail.body
    assert reverse("admin:services_service_change", args=[service.pk]) in mail.body


@pytest.mark.django_db
def test_who_checked_the_whole_entry_while_changing_it_is_not_asked_again(beata, danuta):
    service = make_public()
    revise_service(service, by=beata, now=NOW)
    written_by(beata, service, summary="Nowe zdanie.")
    submit_service(service, note="x", checked=True, by=beata, now=NOW)
    publish_service(service, by=second_organiser(), now=NOW)
    assert public(service).content["reviewed_on"] == TODAY.isoformat()


# -- differences ----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_two_versions_are_compared_field_by_field_in_the_words_of_the_form():
    service = make_service(description="Pierwszy akapit.\n\nDrugi akapit.")
    service.documents.create(position=1, name="Dowód")
    publish_again(service)
    before = public(service).content
    ServiceArea.objects.update(short_name="Zdrowie")
    service.documents.create(position=2, name="Orzeczenie", is_required=False)
    service.programme_services.update(valid_to=date(2026, 12, 31))
    Service.objects.update(
        description="Pierwszy akapit.\n\nInny akapit.", direct_entry=True, direct_entry_note="Pokój 3"
    )
    after = content_of(with_content(Service.objects.all()).get())
    found = {
        one.label: (one.taken_out, one.put_in) for one in differences(before, after, Names(Location.objects.all()))
    }
    programme = service.programme_services.get().programme
    assert found == {
        "Opis prostymi słowami": (("Drugi akapit.",), ("Inny akapit.",)),
        "Można też iść wprost": ((), ("Pokój 3",)),
        "Wymagane dokumenty": ((), ("Dokument: Orzeczenie; Wymagany: nie",)),
        f"Podstawa: {programme}, od 1 stycznia 2021": ((), ("W mocy do: 31 grudnia 2026",)),
    }
    assert differences(after, after, Names(Location.objects.all())) == []
    said = {line.label: line.lines for line in lines_of(after, Names(Location.objects.all()))}
    assert said["Obszary"] == ("Zdrowie",)


@pytest.mark.django_db
def test_a_confidential_place_has_no_name_for_whoever_may_not_know_it(hania, clinic):
    service = make_service(provider=clinic)
    service.locations.add(Location.objects.create(code="tajne", name="Dom pod lasem", is_confidential=True))
    content = content_of(with_content(Service.objects.all()).get())
    names = Names(Location.objects.visible_to(hania))
    assert "Dom pod lasem" not in str(lines_of(content, names))
