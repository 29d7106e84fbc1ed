"""How much two records look like one person. A score to be read by somebody; nothing is joined by it.

Without a like name nobody is alike: twins share surname, day of birth, address and phone, and are two people.
"""

from dataclasses import dataclass
from datetime import timedelta
from difflib import SequenceMatcher

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cus_portal.db import fold
from residents.actions import person_of
from residents.models import Case, Identifier, RequestParty, Resident, ServiceRequest

SAME_PESEL, SAME_NAME, SWAPPED_NAME, LIKE_NAME, SAME_BIRTH, SAME_PHONE, SAME_ADDRESS = 100, 40, 38, 25, 35, 15, 10
OTHER_BIRTH = -50
ALIKE = 38  # from here on the two are shown as perhaps one person
LIKENESS = 0.85
LOOKED_AT = 200
SHOWN = 5
FILED_AGAIN = timedelta(days=60)
TITLES = {"mgr", "dr", "inz", "prof", "lek", "hab", "med", "ks", "pan", "pani"}


@dataclass(frozen=True)
class Match:
    """A record that may be the same person, how many points speak for it, and which."""

    resident: Resident
    score: int
    reasons: tuple[str | Promise, ...]


def matches_of(person, *, among) -> list[Match]:
    """Return who of `among` may be this person, the likeliest first. `person` is a resident or one on a request."""
    found = [match_of(person, known) for known in _candidates(person, among)]
    alike = [match for match in found if match.score >= ALIKE]
    return sorted(alike, key=lambda match: (-match.score, match.resident.pk))


def describe(match):
    """Return a record as the desk tells it from another: who, born, masked number, place, and what speaks for it."""
    person = match.resident
    born = person.birth_date.strftime("%d.%m.%Y") if person.birth_date else person.born_about
    facts = [
        str(person),
        gettext("record %(number)d") % {"number": person.pk},
        gettext("born %(day)s") % {"day": born} if born else "",
        person.masked_pesel,
        str(person.locality or ""),
        *map(str, match.reasons),
    ]
    return ", ".join(fact for fact in facts if fact)


def same_filings(request, *, among) -> list[ServiceRequest]:
    """Return the requests that look like this one filed once more, on paper or by phone: one person, one need."""
    person = person_of(request)
    alike = Q(resident=request.resident_id) if request.resident_id else Q(pk=None)
    if person is not None:
        alike |= Q(pk__in=_parties_like(person).values("request"))
    days = (request.received_on - FILED_AGAIN, request.received_on + FILED_AGAIN)
    rows = among.filter(alike, received_on__range=days).exclude(pk=request.pk)
    rows = rows.exclude(status=ServiceRequest.Status.WITHDRAWN).prefetch_related("items").order_by("received_on", "pk")
    needs = _needs(request)
    return [row for row in rows[:LOOKED_AT] if needs & _needs(row)]


def known_already(person, *, by) -> list[dict]:
    """Return who on record may be whom the desk has just been told of, with what runs for them, as `by` may know it.

    Who is in a file closed to `by` is not looked at, so that the answer is that about somebody who is not on record.
    """
    seen = Resident.objects.visible_to(by)
    matches = matches_of(person, among=seen) if person.get_full_name() or person.pesel_index else []
    if not matches and not person.get_full_name() and (phone := _digits(person)):
        alike = seen.standing().with_phone(phone).select_related("locality").order_by("search_name", "pk")
        matches = [Match(row, SAME_PHONE, (_("the same phone"),)) for row in alike[:SHOWN]]
    people = [match.resident.pk for match in matches[:SHOWN]]
    running = {"cases": Case.objects.within_reach(by), "requests": ServiceRequest.objects.visible_to(by)}
    workers = {"cases": "coordinator", "requests": "assigned_to"}
    found = {pk: {name: [] for name in running} for pk in people}
    for name, rows in running.items():
        for row in rows.open().filter(resident__in=people).select_related(workers[name]).order_by("-pk"):
            found[row.resident_id][name].append(row)
    return [{"match": match, **found[match.resident.pk]} for match in matches[:SHOWN]]


def filed_already(person, *, by) -> list[ServiceRequest]:
    """Return the open requests, of those `by` may see, that name this person and are linked to no record yet."""
    rows = ServiceRequest.objects.visible_to(by).open().filter(resident=None)
    rows = rows.filter(pk__in=_parties_like(person).values("request"))
    return list(rows.select_related("assigned_to").order_by("-received_on", "-pk")[:SHOWN])


def _parties_like(person):
    same = Q(pesel_index=person.pesel_index) if person.pesel_index else Q(pk=None)
    name, phone = f"{fold(person.last_name)} {fold(person.first_name)}", _digits(person)
    if name.strip():
        same |= Q(search_name=name, birth_date=person.birth_date) if person.birth_date else Q(pk=None)
        same |= Q(search_name=name, phone_digits=phone) if phone else Q(pk=None)
    return RequestParty.objects.filter(same)


def _needs(request):
    return {item.service_id or fold(item.own_words) for item in request.items.all()}


def match_of(person, known) -> Match:
    """Weigh one record against a person."""
    if person.pesel_index and known.pesel_index and person.pesel_index == known.pesel_index:
        return Match(known, SAME_PESEL, (_("the same PESEL number"),))
    if person.pesel_index and person.pesel_index in getattr(known, "former_indexes", ()):
        return Match(known, SAME_PESEL, (_("a former PESEL number"),))
    named, why = _compare_names(person, known)
    if not named or (person.pesel_index and known.pesel_index):
        return Match(known, 0, ())
    score, reasons = named, [why]
    if person.birth_date and known.birth_date:
        same = person.birth_date == known.birth_date
        score += SAME_BIRTH if same else OTHER_BIRTH
        reasons += [_("the same date of birth")] if same else []
    for points, words, key in (
        (SAME_PHONE, _("the same phone"), lambda one: _digits(one)),
        (SAME_ADDRESS, _("the same address"), lambda one: one.address and (fold(one.address), one.locality_id)),
    ):
        if key(person) and key(person) == key(known):
            score += points
            reasons.append(words)
    return Match(known, score, tuple(reasons))


def _compare_names(person, known):
    mine, theirs = _names(person), _names(known)
    if not all(mine) or not all(theirs):
        return (SAME_NAME, _("the same name")) if any(mine) and mine == theirs else (0, "")
    if mine == theirs:
        return SAME_NAME, _("the same name")
    if mine == theirs[::-1]:
        return SWAPPED_NAME, _("first name and surname the other way round")
    if all(SequenceMatcher(None, a, b).ratio() >= LIKENESS for a, b in zip(mine, theirs, strict=True)):
        return LIKE_NAME, _("a name spelt much like it")
    return 0, ""


def _names(person):
    """Return surname and first name as they are compared: without case, diacritics and titles."""
    return tuple(
        " ".join(word for word in fold(name).replace(".", " ").split() if word not in TITLES)
        for name in (person.last_name, person.first_name)
    )


def _digits(person):
    return "".join(filter(str.isdigit, person.phone))[-9:]


def _candidates(person, among):
    """Return whom it is worth to weigh: each condition is a look into one index."""
    last, first = _names(person)
    alike = Q(pk=None)
    former = {}
    if person.pesel_index:
        former = dict(
            Identifier.objects.filter(number_index=person.pesel_index).values_list("resident", "number_index")
        )
        alike |= Q(pesel_index=person.pesel_index) | Q(pk__in=list(former))
    if last or first:
        raw = [(fold(person.last_name), fold(person.first_name)), (last, first)]
        alike |= Q(search_name__in={f"{a} {b}" for pair in raw for a, b in (pair, pair[::-1])})
    if person.birth_date and last:
        alike |= Q(birth_date=person.birth_date)
    if digits := _digits(person):
        alike |= Q(phone_digits=digits)
    own = {"pk": person.pk} if isinstance(person, Resident) else {"pk": None}
    rows = list(among.standing().filter(alike).exclude(**own).select_related("locality").order_by()[:LOOKED_AT])
    for row in rows:
        row.former_indexes = {former[row.pk]} if row.pk in former else set()
    return rows
