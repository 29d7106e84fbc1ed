"""How good an entry is: what is missing in it, what that weighs, and how long ago somebody checked it."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REVIEW_EVERY = 180
# Days after an entry should have been checked, and what that takes off its score.
LATE = ((180, 40), (60, 25), (0, 10))
LONG_ENOUGH = 200


@dataclass(frozen=True)
class Gap:
    """Something an entry should say and does not."""

    weight: int
    words: str | Promise


@dataclass(frozen=True)
class Quality:
    score: int
    gaps: tuple[Gap, ...]
    check_due: date
    is_stale: bool


def quality_of(content: dict, on: date) -> Quality:
    """Return what the content lacks, and its score of 100 at most on the day."""
    gaps = gaps_of(content)
    due = check_due(content)
    score = max(0, 100 - sum(gap.weight for gap in gaps) - penalty((on - due).days))
    return Quality(score, gaps, due, on >= due)


def completeness(content: dict) -> int:
    return 100 - sum(gap.weight for gap in gaps_of(content))


def gaps_of(content: dict) -> tuple[Gap, ...]:
    """Return the gaps, the heaviest first."""
    return tuple(
        sorted((Gap(weight, words) for weight, words, says in CHECKS if not says(content)), key=lambda gap: -gap.weight)
    )


def check_due(content: dict) -> date:
    """Return the day from which the entry has to be checked again."""
    return date.fromisoformat(content["reviewed_on"]) + timedelta(days=content.get("review_every", REVIEW_EVERY))


def penalty(days_late: int) -> int:
    return next((points for days, points in LATE if days_late >= days), 0)


# -- what a full entry says -----------------------------------------------------------------------
def has(*words):
    return lambda content: all(content.get(word) for word in words)


def is_told_in(language):
    def told(content):
        return any(row["language"] == language and row.get("description") for row in content.get("texts", []))

    return told


def is_described_at_length(content):
    return len(content.get("description", "")) >= LONG_ENOUGH


def says_whom_to_call(content):
    return bool(content.get("contacts") or content.get("phone"))


def says_where_and_when(content):
    """A place without steps to it matters only where people come; a confidential one is asked for by phone."""
    if "on_site" not in content.get("delivery", []) or content.get("confidential_place"):
        return True
    return bool(content.get("places") or content.get("hours"))


def says_how_much(content):
    words = ("limit", "person_units", "duration", "capacity")
    return all(any(row.get(word) for word in words) for row in content.get("basis", []))


def has_real_figures(content):
    return not any(row.get("illustrative") for row in content.get("basis", []))


def checks_the_certificate(content):
    """A paper that only the text names is not asked for by “Is it for me?”."""
    return not content.get("certificate") or any(row.get("certificates") for row in content.get("eligibility", []))


CHECKS = (
    (12, _("a description that tells what happens and how, at least a few sentences"), is_described_at_length),
    (10, _("whom to call about it: a contact or a phone number"), says_whom_to_call),
    (10, _("where and when: a place, or hours"), says_where_and_when),
    (10, _("the steps from the first call to the help"), has("steps")),
    (8, _("ways in that name the certificate, so that “Is it for me?” can ask for it"), checks_the_certificate),
    (8, _("the text in Ukrainian"), is_told_in("uk")),
    (8, _("the easy-to-read text"), has("easy_text")),
    (7, _("real limits in place of invented figures"), has_real_figures),
    (6, _("the text in English"), is_told_in("en")),
    (5, _("other words that people use, so that search finds it"), has("keywords")),
    (5, _("how much, how long or for how many, at each basis"), says_how_much),
    (4, _("what to do when it is not for me"), has("otherwise")),
    (3, _("papers to bring, or one line that none are needed"), has("documents")),
    (2, _("topics"), has("topics")),
    (2, _("a film in Polish sign language"), has("sign_film")),
)
