"""“Is it for me?” for what somebody asks for: the catalogue's rules held against what he said. Advice, never a refusal.

What the request does not tell is a "perhaps"; nothing here decides, hides or orders a request.
"""

from datetime import date

from django.utils.html import format_html
from stdnum.pl import pesel as pesel_number

from cus_portal.templatetags.portal import tag
from residents.actions import person_of
from residents.models.person import is_valid_pesel
from services.eligibility import ELSEWHERE, Answers, Verdict, age_on, assess
from services.models import ServiceVersion
from services.presentation import said


def answers_of(
    *, on: date, birth_date=None, pesel="", locality=None, lives_elsewhere=False, certificates=None, answers=None
) -> Answers:
    """Return what the rules ask of a person, on a day. A locality is a row of the list or nothing."""
    born = birth_date or (pesel_number.get_birth_date(pesel) if pesel and is_valid_pesel(pesel) else None)
    return Answers(
        age=age_on(born, on) if born and born <= on else None,
        locality=locality.code if locality else ELSEWHERE if lives_elsewhere else None,
        certificates=None if certificates is None else frozenset(certificates),
        questions=answers or {},
    )


def verdict_of(item, version, answers: Answers) -> Verdict:
    """Hold a filed need against the ways in of the very programme under whose row it was filed."""
    row = item.programme_service
    return assess(version.page, answers, programme=row.programme.code if row else None)


def verdicts_of(request, items) -> dict[int, Verdict]:
    """Return {need: verdict}, by the words that were public when the request was filed, for the day of receipt.

    Where the person is known with a dated address, residence is that of the day; else what the request says.
    """
    services = {item.service_id for item in items if item.service_id}
    known = ServiceVersion.objects.known_at(request.created_at).filter(service__in=services)
    versions = {version.service_id: version for version in known}
    person = person_of(request)
    home = request.resident.addresses.of_residence(request.received_on).first() if request.resident_id else None
    answers = answers_of(
        on=request.received_on,
        birth_date=person and person.birth_date,
        pesel=person.pesel if person else "",
        locality=home.locality if home else person and person.locality,
        lives_elsewhere=bool(home.elsewhere if home else person and person.lives_elsewhere),
        certificates=person and person.certificates,
        answers=person and person.answers,
    )
    return {
        item.pk: verdict_of(item, versions[item.service_id], answers) for item in items if item.service_id in versions
    }


def in_words(verdict: Verdict | None) -> list:
    """Return a verdict as the desk reads it, in lines: yes, perhaps or rather not and why, what there is instead."""
    if verdict is None:
        return []
    word, reasons = tag(verdict.fit.kind, verdict.fit.label), verdict.reasons or [""]
    instead = said(verdict.instead["name"]) if verdict.instead else ""
    otherwise = format_html("{} {}", verdict.otherwise, instead) if verdict.otherwise or instead else ""
    return [format_html("{} {}", word, reasons[0]), *reasons[1:], *([otherwise] if otherwise else [])]
