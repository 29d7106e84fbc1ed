"""“Is it for me?”: the same rules for the resident, the request and the desk; what is not known is a maybe."""

from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from services.eligibility import ELSEWHERE, WAITING, Answers, Fit, age_on, assess, questions_of

SPEECH = {
    "localities": [],
    "otherwise": "Starszemu dziecku pomoże neurologopeda.",
    "instead": {"slug": "neurologopeda", "name": {"pl": "Neurologopeda"}},
    "eligibility": [
        {"label": "Dziecko od 2 do 10 lat", "age_from": 2, "age_to": 10},
        {"label": "Dorosły po udarze", "age_from": 18, "question": "Czy ta osoba miała udar?"},
    ],
}
ASSISTANT = {
    "localities": [],
    "eligibility": [
        {"label": "Dziecko", "age_from": 2, "age_to": 16, "certificates": ["child_7_8"]},
        {"label": "Dorosły", "age_from": 16, "certificates": ["severe", "moderate"]},
    ],
}
VILLAGE = {"localities": [{"code": "babin", "name": "Babin"}], "eligibility": [{"label": "Senior", "age_from": 60}]}
STROKE = "Czy ta osoba miała udar?"


@pytest.mark.parametrize(
    ("page", "answers", "fit"),
    [
        (SPEECH, Answers(age=5), Fit.YES),
        (SPEECH, Answers(age=12), Fit.NO),
        (SPEECH, Answers(age=60), Fit.MAYBE),
        (SPEECH, Answers(age=60, questions={STROKE: True}), Fit.YES),
        (SPEECH, Answers(age=60, questions={STROKE: False}), Fit.NO),
        (SPEECH, Answers(), Fit.MAYBE),
        (SPEECH, Answers(age=5, locality=ELSEWHERE), Fit.NO),
        (ASSISTANT, Answers(age=30, certificates=frozenset({"moderate"})), Fit.YES),
        (ASSISTANT, Answers(age=30, certificates=frozenset({"light"})), Fit.NO),
        (ASSISTANT, Answers(age=30, certificates=frozenset({WAITING})), Fit.MAYBE),
        (ASSISTANT, Answers(age=30, certificates=frozenset()), Fit.NO),
        (ASSISTANT, Answers(age=30), Fit.MAYBE),
        (VILLAGE, Answers(age=70), Fit.MAYBE),
        (VILLAGE, Answers(age=70, locality="babin"), Fit.YES),
        (VILLAGE, Answers(age=70, locality="here"), Fit.NO),
        ({"localities": []}, Answers(), Fit.YES),
    ],
)
def test_the_answer_follows_the_ways_in(page, answers, fit):
    assert assess(page, answers).fit == fit


def test_a_no_says_why_and_what_else_there_is():
    with translation.override("pl"):
        verdict = assess(SPEECH, Answers(age=12))
    assert verdict.reasons == ["Kto może skorzystać: Dziecko od 2 do 10 lat; Dorosły po udarze."]
    assert (verdict.otherwise, verdict.instead["slug"]) == (SPEECH["otherwise"], "neurologopeda")


def test_a_yes_and_a_maybe_send_nobody_elsewhere():
    for age in (5, None):
        verdict = assess(SPEECH, Answers(age=age))
        assert (verdict.otherwise, verdict.instead) == ("", None)


def test_a_way_of_another_programme_does_not_count():
    page = {
        "localities": [],
        "eligibility": [
            {"label": "Stara edycja", "age_from": 70, "programme": "AOON-2025"},
            {"label": "Nowa edycja", "age_from": 60, "programme": "AOON-2026"},
        ],
    }
    assert assess(page, Answers(age=65), programme="AOON-2026").fit == Fit.YES
    assert assess(page, Answers(age=65), programme="AOON-2025").fit == Fit.NO


def test_only_what_the_service_depends_on_is_asked():
    assert questions_of(SPEECH) == {"age": True, "certificates": [], "questions": {STROKE: STROKE}}
    assert questions_of(ASSISTANT)["certificates"] == ["severe", "moderate", "child_7_8"]


@pytest.mark.parametrize(
    ("born", "on", "age"),
    [
        (date(2008, 11, 23), date(2026, 11, 22), 17),
        (date(2008, 11, 23), date(2026, 11, 23), 18),
        (date(2000, 2, 29), date(2018, 2, 28), 17),
        (date(2000, 2, 29), date(2018, 3, 1), 18),
    ],
)
def test_a_year_is_completed_on_the_birthday(born, on, age):
    assert age_on(born, on) == age


ways = st.lists(
    st.fixed_dictionaries(
        {"label": st.just("ktoś")},
        optional={
            "age_from": st.integers(0, 60),
            "age_to": st.integers(60, 120),
            "certificates": st.lists(st.sampled_from(["severe", "child"]), min_size=1, unique=True),
            "question": st.sampled_from(["Pierwsze?", "Drugie?"]),
        },
    ),
    max_size=4,
)
known = st.builds(
    Answers,
    age=st.none() | st.integers(0, 120),
    locality=st.none() | st.sampled_from(["babin", "here", ELSEWHERE]),
    certificates=st.none() | st.frozensets(st.sampled_from(["severe", "child", WAITING])),
    questions=st.dictionaries(st.sampled_from(["Pierwsze?", "Drugie?"]), st.booleans()),
)


@given(ways=ways, answers=known)
def test_one_more_way_in_shuts_nobody_out(ways, answers):
    page = {"localities": [], "eligibility": ways}
    if ways[1:]:
        assert assess(page, answers).fit >= assess(page | {"eligibility": ways[:-1]}, answers).fit


@given(ways=ways, answers=known)
def test_who_says_nothing_is_never_told_no(ways, answers):
    page = {"localities": [{"code": "babin", "name": "Babin"}], "eligibility": ways}
    assert assess(page, Answers()).fit >= Fit.MAYBE


@given(ways=ways, answers=known)
def test_whatever_is_not_a_yes_has_a_reason(ways, answers):
    verdict = assess({"localities": [], "eligibility": ways}, answers)
    assert bool(verdict.reasons) == (verdict.fit != Fit.YES)


@given(ways=ways, answers=known)
def test_what_becomes_known_later_never_turns_a_certain_answer_round(ways, answers):
    """Whoever is told yes or no on what he has said is told the same once the rest is known."""
    page = {"localities": [{"code": "babin", "name": "Babin"}], "eligibility": ways}
    later = Answers(
        age=30 if answers.age is None else answers.age,
        locality=answers.locality or "babin",
        certificates=frozenset() if answers.certificates is None else answers.certificates,
        questions={"Pierwsze?": False, "Drugie?": True} | answers.questions,
    )
    told = assess(page, answers).fit
    assert told == Fit.MAYBE or assess(page, later).fit == told


def test_a_text_that_nobody_translated_is_marked_as_polish():
    with translation.override("uk"):
        verdict = assess(SPEECH, Answers(age=12))
    assert (
        '<span lang="pl">Dziecko od 2 do 10 lat</span>; <span lang="pl">Dorosły po udarze</span>' in verdict.reasons[0]
    )
    assert verdict.otherwise == f'<span lang="pl">{SPEECH["otherwise"]}</span>'
