"""“Is it for me?”: the ways into a service held against what is known of a person. Advice, never a refusal.

The same function answers the resident before he asks, the request form and the desk. What is not known is a "maybe".
Income is never asked: access needs no income test.
"""

from dataclasses import dataclass, field
from datetime import date

from django.conf import settings
from django.db.models import IntegerChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from services.models.parts import Certificate
from services.models.programme import ProgrammeService
from services.presentation import fill, joined, polish, said, said_in

ELSEWHERE = "elsewhere"
WAITING = "waiting"


class Fit(IntegerChoices):
    """How well a person fits, the worst first: of several conditions the lowest counts, of several ways the highest."""

    NO = 0, gettext_lazy("rather not")
    MAYBE = 1, gettext_lazy("perhaps")
    YES = 2, gettext_lazy("yes")

    @property
    def kind(self):
        """The colour of its tag."""
        return {Fit.NO: "wait", Fit.MAYBE: "plain", Fit.YES: "ok"}[self]


@dataclass(frozen=True)
class Answers:
    """What is known of the person who needs help. None means: not known."""

    age: int | None = None
    locality: str | None = None  # the code of a locality, or ELSEWHERE
    certificates: frozenset[str] | None = None  # codes of Certificate; WAITING says that one has been applied for
    questions: dict[str, bool] = field(default_factory=dict)  # the question in Polish: what was answered


@dataclass(frozen=True)
class Verdict:
    """The answer, why, and what else there is for whom it is not."""

    fit: Fit
    reasons: list[str]
    otherwise: str = ""
    instead: dict | None = None


def age_on(born: date, on: date) -> int:
    """Return the completed years. Who was born on 29 February completes a year on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def assess(page: dict, answers: Answers, *, programme: str | None = None) -> Verdict:
    """Say whether the service of a page is for the person, in the language of the moment.

    `programme` is the code of the programme in force: ways in that belong to another one do not count.
    """
    lives, where = _residence(page, answers, programme)
    ways = ways_in(page, programme)
    held = [_way(way, answers) for way in ways]
    best = max((fit for fit, _texts in held), default=Fit.YES)
    texts = [text for fit, found in held if fit == best for text in found]
    if best == Fit.NO and len(ways) > 1:
        texts = [fill(_("It is for: %(who)s."), who=joined((said_in(way, "label") for way in ways), "; "))]
    fit = min(lives, best)
    reasons = [text for part, found in ((lives, where), (best, texts)) if part == fit for text in found]
    if fit == Fit.NO:
        return Verdict(fit, list(dict.fromkeys(reasons)), _otherwise(page), page.get("instead"))
    return Verdict(fit, list(dict.fromkeys(reasons)))


def ways_in(page, programme=None):
    """Return the ways into the service that count in a programme."""
    return [way for way in page.get("eligibility", []) if way.get("programme") in (None, programme)]


def questions_of(page, programme=None):
    """Return what a check has to ask: {age, certificates, questions, localities}."""
    ways = ways_in(page, programme)
    named = {code for way in ways for code in way.get("certificates", [])}
    return {
        "age": any("age_from" in way or "age_to" in way for way in ways),
        "certificates": [code for code in Certificate.values if code in named],
        "questions": {way["question"]: said_in(way, "question") for way in ways if "question" in way},
    }


def statement_about(page, programme=None) -> str:
    """Return what who asks for the service declares about it, in the language of the moment."""
    who = joined((said_in(way, "label") for way in ways_in(page, programme)), "; ")
    if not who:
        return _("I have read what this help is and on what rules it is given.")
    return fill(_("I have read for whom this help is: %(who)s. As far as I know, it is so."), who=who)


# -- one condition after another ----------------------------------------------------------------
def counts_delivery(page, programme=None):
    """Tell whether the list of places is about where the help is given, by the rows that count in a programme."""
    rows = [row for row in page.get("bases", []) if programme in (None, row["programme"]["code"])]
    return bool(rows) and all(row.get("place_rule") == ProgrammeService.PlaceRule.DELIVERY for row in rows)


def _residence(page, answers, programme):
    only = {place["code"]: place["name"] for place in page.get("localities", [])}
    if answers.locality == ELSEWHERE:
        where = settings.CENTRE["municipality"]
        return Fit.NO, [fill(_("It is for people who live here: %(municipality)s."), municipality=polish(where))]
    if not only:
        return Fit.YES, []
    places = polish(", ".join(only.values()))
    if answers.locality is None and not counts_delivery(page, programme):
        return Fit.MAYBE, [fill(_("It is for people from these places: %(places)s."), places=places)]
    if answers.locality in only:
        return Fit.YES, []
    if counts_delivery(page, programme):
        return Fit.MAYBE, [fill(_("The help is given only in these places: %(places)s."), places=places)]
    return Fit.NO, [fill(_("It is only for people from these places: %(places)s."), places=places)]


def _way(way, answers):
    """Hold one way in against the answers: every condition of it must be met."""
    parts = [_age(way, answers.age), _certificate(way, answers.certificates), _question(way, answers.questions)]
    fit = min(part_fit for part_fit, _text in parts)
    return fit, [text for part_fit, text in parts if part_fit == fit and text]


def _age(way, age):
    first, last = way.get("age_from"), way.get("age_to")
    if first is None and last is None:
        return Fit.YES, ""
    words = _age_words(first, last)
    if age is None:
        return Fit.MAYBE, words
    fits = (first is None or age >= first) and (last is None or age <= last)
    return (Fit.YES, "") if fits else (Fit.NO, words)


def _age_words(first, last):
    if last is None:
        text = ngettext(
            "It is for people from %(first)s year of age.", "It is for people from %(first)s years of age.", first
        )
    elif first is None:
        text = ngettext(
            "It is for people up to %(last)s year of age.", "It is for people up to %(last)s years of age.", last
        )
    else:
        text = ngettext(
            "It is for people from %(first)s to %(last)s year of age.",
            "It is for people from %(first)s to %(last)s years of age.",
            last,
        )
    return text % {"first": first, "last": last}


def _certificate(way, held):
    wanted = way.get("certificates")
    if not wanted:
        return Fit.YES, ""
    names = _(" or ").join(str(Certificate(code).label) for code in wanted)
    if held is None:
        return Fit.MAYBE, _("You will need: %(papers)s.") % {"papers": names}
    if held & set(wanted):
        return Fit.YES, ""
    if WAITING in held:
        return Fit.MAYBE, _("You may ask now and bring it when it comes: %(papers)s.") % {"papers": names}
    return Fit.NO, _("You need: %(papers)s.") % {"papers": names}


def _question(way, answered):
    if "question" not in way:
        return Fit.YES, ""
    answer = answered.get(way["question"])
    if answer is None:
        return Fit.MAYBE, fill(_("It depends on the answer: %(question)s"), question=said_in(way, "question"))
    who = fill(_("It is for: %(who)s."), who=said_in(way, "label"))
    return (Fit.YES, "") if answer else (Fit.NO, who)


def _otherwise(page):
    texts = {language: row.get("otherwise", "") for language, row in page.get("texts", {}).items()}
    return said({**texts, "pl": page.get("otherwise", "")})
