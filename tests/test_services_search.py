"""Search that forgives: endings, diacritics, slips of the finger; and that nothing typed does harm."""

import pytest

from services.catalogue import catalogue
from services.indexing import rebuild
from services.models import (
    GuideAnswer,
    GuideQuestion,
    Lemma,
    SearchEntry,
    Service,
    ServiceText,
    ServiceVersion,
    Synonym,
    WordForm,
)
from services.publishing import publish_all, renew_stamp
from services.ranking import Ranking, best_places
from services.search import LONGEST_TEXT, Question, distance, marked, words_of
from tests.factories import NOW, at, make_service

pytestmark = pytest.mark.django_db
LATER = at(NOW.date(), hour=18)


@pytest.fixture
def care():
    """One service among others, published."""
    service = make_service(
        "Usługi opiekuńcze", keywords="opiekunka łóżko", summary="Pomoc w domu.", description="Zakupy i gotowanie."
    )
    make_service("Logopeda", summary="Ćwiczenia mowy.")
    publish_all(now=NOW)
    return service


def found(text):
    """Return what has all words, the best fit first; for what tells nothing all there is."""
    entries, question = catalogue(), Question(text)
    ranking = Ranking(entries, question)
    fit = entries.in_order(entries.every) if question.says_nothing else ranking.places(ranking.all_words)
    found = [Service.objects.get(pk=entries.service_at(place)) for place in fit]
    assert {one.pk for one in found} == set(ServiceVersion.objects.matching(text).values_list("service", flat=True))
    return found


def found_some(text):
    entries = catalogue()
    places = best_places(entries, text, entries.every)
    return [Service.objects.get(pk=entries.service_at(place)) for place in places]


@pytest.mark.parametrize(
    "words",
    [
        *("opiekunka", "OPIEKUNKĄ", "opiekunce", "lozko", "Łóżkiem", "lozkami", "opiekuńczymi usługami"),
        *("opiekumka", "opieknuka", "opiekunkka", "uslgi", "gotow"),
        *("  opiekuńcze  ", "kogoś do domu: opiekunka, łóżko!", "potrzebuję kogoś do gotowania"),
    ],
)
def test_endings_diacritics_and_slips_of_the_finger_are_forgiven(care, words):
    assert found(words)[:1] == [care]


@pytest.mark.parametrize("words", ["opiekunka smok", "smok", "opiekunka'--", "łóżko logopeda", "' | '", "dom & !dom"])
def test_every_telling_word_must_be_found(care, words):
    expected = [care] if words == "opiekunka'--" else []
    assert [one for one in found(words) if words not in ("' | '", "dom & !dom")] == expected


def test_some_of_the_words_find_what_has_the_most_telling_ones(care):
    speech = Service.objects.get(plain_name="Logopeda")
    assert found_some("logopeda dla smoka") == [speech]
    assert found_some("opiekunka łóżko gotowanie logopeda") == [care, speech]
    assert found_some("smok") == found_some("") == []


@pytest.mark.parametrize("words", ["", "   ", "😀", "???", "ktoś do", "a"])
def test_words_that_tell_nothing_leave_the_list_as_it_is(care, words):
    assert len(found(words)) == 2


@pytest.mark.parametrize(
    "words",
    [
        *("opiekunka " * 20_000, "x" * 100_000, "\x00\x1f\ud800", "'); DROP TABLE services_lemma; --", "a:*|b&!c<->d"),
        *("%_\\", "\u202eakmukeipo", "מיטה", "😀 opiekunka 😀", "<script>", "{{ 7 }}", "'opiekunka':1A", "ﷺ" * 5000),
    ],
)
def test_no_text_does_harm(care, words):
    question = Question(words)
    assert len(question.words) <= 16
    assert sum(len(word.text) for word in question.words) <= LONGEST_TEXT
    list(ServiceVersion.objects.matching(question))
    Ranking(catalogue(), question).places(0)
    assert Lemma.objects.exists()


def test_a_search_costs_two_queries(care, django_assert_num_queries):
    entries = catalogue()
    with django_assert_num_queries(2):  # what the words are, where they stand
        best_places(entries, "opiekunka do gotowania", entries.every)
    with django_assert_num_queries(1):
        best_places(entries, "opiekunkę do gotowania", entries.every)


def test_words_in_other_languages_are_found(care):
    ServiceText.objects.create(service=care, language="uk", plain_name="Допомога вдома")
    ServiceText.objects.create(service=care, language="en", plain_name="Care at home")
    publish_all(now=LATER)
    assert found("допомога") == found("допомаго") == found("CARE") == [care]


def test_a_verb_leads_to_its_kin_with_another_prefix_or_none():
    bath, lending = make_service("Kąpać chorego"), make_service("Wypożyczyć wózek")
    publish_all(now=NOW)
    assert (found("wykąpać"), found("pożyczyć")) == ([bath], [lending])


def test_an_apostrophe_inside_a_word_is_no_end_of_it(care):
    ServiceText.objects.create(service=care, language="uk", plain_name="Чоловік п’є")
    publish_all(now=LATER)
    assert found("п'є") == found("пʼє") == [care]
    assert marked("Чоловік п’є, але", Question("п'є")) == "Чоловік <mark>п’є</mark>, але"


def test_an_office_abbreviation_of_the_name_is_found():
    place = make_service("Placówka wsparcia dziennego (świetlica)")
    publish_all(now=NOW)
    assert found("PWD") == [place]


def test_an_answer_of_the_guide_leads_to_its_services(care):
    question = GuideQuestion.objects.create(code="q", text="Co się dzieje?")
    answer = GuideAnswer.objects.create(question=question, position=1, label="Nie radzę sobie z krokodylem")
    answer.services.add(care)
    rebuild()
    renew_stamp()
    assert found("krokodyle") == [care]


def test_who_needs_help_tells_less_than_what_help():
    who, what = make_service("Mama i dziecko"), make_service("Logopeda")
    publish_all(now=NOW)
    assert found_some("logopeda mamie") == [what, who]


def test_a_word_with_several_readings_counts_once():
    make_service("Rodzice, rodzic i rodzica")
    heir = make_service("Spadek", keywords="prawnik")
    publish_all(now=NOW)
    assert found_some("spadek po rodzicach")[0] == heir


# -- the index ------------------------------------------------------------------------------------
def lemmas():
    return dict(Lemma.objects.filter(entries__gt=0).values_list("word", "entries"))


def test_the_index_follows_what_is_public(care):
    before = lemmas()
    assert (before["opiekunka"], before["centrum"]) == (1, 2)
    Service.objects.filter(pk=care.pk).update(keywords="krewniak")
    publish_all(now=LATER)
    assert (found("krewniakom"), found("łóżko")) == ([care], [])
    assert "opiekunka" not in lemmas()
    assert lemmas()["centrum"] == 2
    Service.objects.filter(pk=care.pk).update(status="archived")
    publish_all(now=LATER)
    assert found("krewniak") == []
    assert "krewniak" not in lemmas()
    assert SearchEntry.objects.count() == 1


def test_a_draft_is_in_no_index():
    make_service("Tajemnica", status="draft")
    publish_all(now=NOW)
    assert lemmas() == {}


def test_the_index_made_anew_is_the_same(care):
    before = lemmas(), SearchEntry.objects.count(), set(WordForm.objects.values_list("form", flat=True))
    rebuild()
    renew_stamp()
    assert (lemmas(), SearchEntry.objects.count(), set(WordForm.objects.values_list("form", flat=True))) == before


# -- synonyms -------------------------------------------------------------------------------------
def test_a_synonym_leads_to_what_has_all_words_of_its_term(care):
    other = make_service("Usługi fryzjerskie")
    Synonym.objects.create(code="pani", words="pani do starszej osoby, niania seniora", terms="usługi opiekuńcze, smok")
    publish_all(now=LATER)
    rebuild()
    renew_stamp()
    assert found("starsza osoba") == found("niani") == [care]
    assert found("fryzjerska") == [other]


def test_synonyms_in_a_loop_do_no_harm(care):
    Synonym.objects.create(code="a", words="niania", terms="opiekunka")
    Synonym.objects.create(code="b", words="bona", terms="niania")
    Synonym.objects.create(code="c", words="opiekunka", terms="bona")
    rebuild()
    renew_stamp()
    assert found("niania") == [care]
    assert found("bona") == []  # a synonym leads to the catalogue's own words, never to another synonym


# -- words and marks ------------------------------------------------------------------------------
def test_the_telling_words():
    assert words_of("Ktoś do pomocy w domu, w domu!") == ["pomocy", "domu"]
    assert words_of("Łucka\x00x y") == ["lucka"]
    assert words_of("   ") == []


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [("dom", "dom", 0), ("dom", "dm", 1), ("dom", "domm", 1), ("dom", "dim", 1), ("dom", "odm", 1), ("dom", "mod", 2)],
)
def test_slips_of_the_finger_are_counted(one, other, slips):
    assert distance(one, other) == distance(other, one) == slips


def test_matching_words_are_marked_in_whatever_form_they_stand(care):
    text = "Opiekunka <b> i łóżka, łóżeczko & LOGOPEDĄ"
    assert marked(text, Question("opiekunek lozkom")) == (
        "<mark>Opiekunka</mark> &lt;b&gt; i <mark>łóżka</mark>, łóżeczko &amp; LOGOPEDĄ"
    )
    assert marked(text, None) == marked(text, Question("")) == "Opiekunka &lt;b&gt; i łóżka, łóżeczko &amp; LOGOPEDĄ"


def test_the_list_marks_what_was_asked_for_and_adds_what_has_some_of_the_words(client, care):
    page = client.get("/uslugi/", {"q": "opiekuncza"}).content.decode()
    assert "Usługi <mark>opiekuńcze</mark>" in page
    page = client.get("/uslugi/", {"q": "opiekunka mowy"}).content.decode()
    assert "Ćwiczenia <mark>mowy</mark>." in page
    assert "<mark>" not in client.get("/uslugi/").content.decode()


def test_a_word_that_tells_a_need_is_asked_for_though_without_its_marks_it_is_like_one_that_tells_nothing():
    make_service("Terapia", summary="Dla dzieci, które się jąkają.")
    assert ServiceVersion.objects.matching("jąka się").exists()
    assert words_of("jaka się") == []
