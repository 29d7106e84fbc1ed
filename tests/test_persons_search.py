"""How the desk finds a person: part of a name in any order, ends of numbers, signs; a slip of the pen included."""

import pytest
from django.urls import reverse

from cus_portal.audit.models import AuditEvent
from residents.models import NameWord, RequestParty, Resident, ServiceRequest
from tests.desk import PESEL, search, words
from tests.factories import make_case, make_request, make_resident

PEOPLE = reverse("admin:residents_resident_changelist")


@pytest.fixture
def town(db):
    """People whose names a naive search loses, among others (case 50)."""
    return {
        "double": make_resident("Anna Maria", "Nowak-Żółkiewska", phone="600 700 813"),
        "lucka": make_resident("Łucja", "Łucka", pesel=PESEL),
        "single": make_resident("", "Ősi"),
        "van": make_resident("Jan", "van der Laan"),
        "kowalska": make_resident("Krystyna", "Kowalska", phone="601 200 300"),
        "wisniewska": make_resident("Ewa", "Wiśniewska"),
    }


@pytest.mark.parametrize(
    ("typed", "whom"),
    [
        ("nowak", "double"),
        ("Żółkiewska", "double"),
        ("zolkiewska anna", "double"),
        ("maria nowak", "double"),
        ("nowak zolkiewska", "double"),
        ("ŁUCKA łucja", "lucka"),
        ("lucja lucka", "lucka"),
        ("ucja uck", "lucka"),
        ("osi", "single"),
        ("laan", "van"),
        ("der jan", "van"),
        ("owalsk", "kowalska"),
        ("kry kow", "kowalska"),
        ("k kow", "kowalska"),
    ],
)
def test_case_50_a_person_is_found_by_part_of_the_name_in_any_order(town, typed, whom):
    assert list(Resident.objects.search(typed)) == [town[whom]]


@pytest.mark.parametrize(
    ("typed", "whom"),
    [
        ("Kowlaska", "kowalska"),
        ("Kristyna Kowalska", "kowalska"),
        ("Krystyna Kovalska", "kowalska"),
        ("Wisniewsak Ewa", "wisniewska"),
        ("Łutska", "lucka"),
    ],
)
def test_a_slip_of_the_pen_finds_whom_it_means(town, typed, whom):
    assert list(Resident.objects.search(typed)) == [town[whom]]


def test_who_is_found_exactly_is_not_joined_by_those_spelt_alike(town):
    other = make_resident("Krystyna", "Kowalski")
    assert list(Resident.objects.search("Kowalski")) == [other]


@pytest.mark.parametrize(
    ("typed", "whom"),
    [
        (PESEL, "lucka"),
        (PESEL[-4:], "lucka"),
        (PESEL[-5:], "lucka"),
        (PESEL[-6:], "lucka"),
        ("600700813", "double"),
        ("+48 600-700-813", "double"),
        ("813 ", None),
        ("0813", "double"),
        ("200 300", "kowalska"),
        ("1200300", "kowalska"),
    ],
)
def test_a_person_is_found_by_a_number_or_by_its_end(town, typed, whom):
    assert list(Resident.objects.search(typed)) == ([town[whom]] if whom else [])


def test_the_beginning_of_a_pesel_finds_nobody(town):
    """The date of birth would list half a year of people."""
    for length in (4, 5, 6, 7, 10):
        assert not Resident.objects.search(PESEL[:length]).exists()


def test_the_end_of_a_pesel_is_kept_as_a_keyed_hash(town):
    kept = Resident.objects.filter(pk=town["lucka"].pk).values_list("pesel_ends", flat=True).get()
    assert len(kept) == 3
    assert not any(PESEL[-length:] in end for end in kept for length in (4, 5, 6))


def test_a_person_is_found_by_the_number_of_a_request_and_by_the_sign_of_a_case(town, tomek):
    case = make_case(coordinator=tomek, resident=town["van"])
    reference = case.requests.get().reference
    for typed in (reference, reference.lower().replace("-", " "), case.case_sign, f" {case.case_sign.lower()}"):
        assert list(Resident.objects.search(typed)) == [town["van"]]


def test_the_queue_is_searched_alike(town):
    request = make_request(applicant={"first_name": "Łucja", "last_name": "Nowak-Łucka", "phone": "600 123 987"})
    for typed in ("lucka", "łucja nowak", "3987", "600123987", "Nowak-Lutska"):
        assert [party.request for party in RequestParty.objects.search(typed)] == [request], typed


@pytest.mark.parametrize("typed", ["", " ", "%", "_", "'; --", "\x00", "a", "1" * 30, "٣٤٥٦", "(.*)", "a b c d e f"])
def test_whatever_is_typed_breaks_nothing_and_lists_nobody_by_accident(town, typed):
    assert list(Resident.objects.search(typed)) == []


def test_a_new_name_joins_the_words_that_slips_are_measured_against(db):
    person = make_resident("Zdzisława", "Brzęczyszczykiewicz-Ząb")
    assert set(NameWord.objects.values_list("word", flat=True)) == {
        "zdzislawa",
        "brzeczyszczykiewicz",
        "zab",
        "brzeczyszczykiewicz-zab",
    }
    Resident.objects.filter(pk=person.pk).update(last_name="Ząbek")
    assert NameWord.objects.filter(word="zabek").exists()


def test_the_desk_finds_and_lists_people_and_the_address_says_nothing(sign_in, town, ola):
    client = sign_in(ola)
    url = search(client, "zolkiewska", PEOPLE)
    assert "zolkiewska" not in url
    shown = words(client.get(url))
    assert "Nowak-Żółkiewska Anna Maria" in shown
    assert "Łucka" not in shown
    assert "Nikt" not in words(client.get(search(client, PESEL[-4:], PEOPLE)))
    assert not AuditEvent.objects.filter(facts__icontains=PESEL).exists()


@pytest.mark.parametrize("rows", [1, 12])
def test_a_search_costs_the_same_for_one_person_and_for_twelve(sign_in, db, ola, rows, django_assert_max_num_queries):
    for number in range(rows):
        make_resident("Anna", f"Kowalska{number}")
    client = sign_in(ola)
    url = search(client, "kowalska", PEOPLE)
    client.get(url)
    with django_assert_max_num_queries(8):
        assert client.get(url).context["cl"].result_count == rows


@pytest.mark.parametrize("typed", ["Kowlska", "Kowallska", "Kowalzka", "Kowalsak"])
def test_one_slip_is_found_by_equality_however_many_words_are_on_record(town, typed):
    """A letter lost, added, changed, two changed over: no comparison with all that has the same three letters."""
    near = NameWord.objects.extra(where=["near && residents_without_a_letter(%s)"], params=[typed.lower()])
    assert [word.word for word in near] == ["kowalska"]


def test_a_request_is_found_by_its_short_number_too(db):
    first, second = make_request(), make_request()
    for request in (first, second):
        number = int(request.reference.rpartition("-")[2])
        for typed in (str(number), f"{number:04d}"):
            assert request in ServiceRequest.objects.search(typed)
    assert not ServiceRequest.objects.search("9876").exists()
