"""The way through the request form: which steps there are, what they said so far, what comes of it.

What was said is kept in the session, sealed, until it is sent, forgotten, or two hours old. Nothing of it stands in
an address, and a step that is opened again shows what was said there.
"""

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cus_portal.crypto import decrypt, encrypt
from cus_portal.urgency import tells_of_danger
from residents.actions import Filing
from residents.fit import answers_of
from residents.forms import ActingForm, ContactForm, ForWhomForm, NeedsForm, PersonForm, UrgencyForm, YouForm
from residents.models import PrivacyNotice, RedFlag, RequestParty, ServiceRequest
from services.catalogue import catalogue
from services.check_form import YES, papers_in_words
from services.eligibility import ELSEWHERE, assess, questions_of, statement_about
from services.models import Locality, ServiceVersion
from services.presentation import fill, said

KEY = "request_draft"
PURPOSE = "residents.request_draft"
KEPT_FOR = timedelta(hours=2)
STEPS = {
    "potrzeby": (NeedsForm, _("What you need")),
    "pilne": (UrgencyForm, _("What cannot wait")),
    "dla-kogo": (ForWhomForm, _("Who needs help")),
    "osoba": (PersonForm, _("The person who needs help")),
    "podstawa": (ActingForm, _("By what right you ask")),
    "ty": (YouForm, _("About you")),
    "kontakt": (ContactForm, _("How to reach you")),
}
# Where the form asks or tells what to do, the summary names the thing.
SUMMARY_LABELS = {
    "services": _("Services"),
    "own_words": _("In your own words"),
    "situation": _("What we should know"),
    "contact_by": _("Our answer"),
    "contact_note": _("When to call"),
    "relation": _("Who it is to you"),
    "safe_contact": _("Discreet contact"),
    "certificates": _("Papers"),
    "red_flags": _("What cannot wait"),
    "communication": _("For talking and meeting"),
    "communication_note": _("What else helps"),
    "institution": _("Institution"),
    "document": _("Paper"),
    "court_sign": _("Court"),
    "scope": _("Power of attorney"),
    "acts_until": _("It holds until"),
    "person_knows": _("Does the person know"),
    "own_voice": _("What the person says"),
    "mine": _("For you yourself"),
    "leave_no_message": _("Leave no message"),
    "if_others_answer": _("When somebody else answers"),
}
FIRST, LAST = "potrzeby", "sprawdz"
OF_ANOTHER = ("osoba", "podstawa")
NO_AREA = (1000, _("Other"))
MOST_TO_TICK = 300  # 60 kB of page
KNOWN = ("birth_date", "pesel", "locality", "lives_elsewhere", "certificates", "answers")
DETAILS = ("first_name", "last_name", "birth_date", "pesel", "relation", "communication", "communication_note")
ACTING = ("institution", "document", "court_sign", "scope", "acts_until", "person_knows", "own_voice")
STATEMENT = "%(service)s: %(words)s"
OWN_WORDS = "own"  # what is asked for in own words, beside the services by their slugs
CONTACT = ("phone", "email", "address", "postal_code")


class Draft:
    """What one browser has said so far, and the token by which it is filed once."""

    def __init__(self, said=None, token=None, jotted=None):
        self.said = said or {}  # what is right, by step
        self.jotted = jotted or {}  # what was typed and not gone on with, right or not
        self.token = token or str(uuid.uuid4())

    @property
    def is_empty(self):
        return not self.said and not self.jotted

    @classmethod
    def load(cls, session, now):
        sealed = session.get(KEY)
        if not sealed:
            return cls()
        try:
            kept = json.loads(decrypt(sealed, purpose=PURPOSE))
        except ValueError:  # sealed with a key that is no longer used
            return cls()
        if kept["until"] <= now.timestamp():
            return cls()
        return cls(kept["said"], kept["token"], kept["jotted"])

    def save(self, session, now):
        kept = {"said": self.said, "jotted": self.jotted, "token": self.token}
        session[KEY] = encrypt(json.dumps(kept | {"until": (now + KEPT_FOR).timestamp()}), purpose=PURPOSE)

    def sealed(self):
        """Return what was written as the text that is kept for another day."""
        return json.dumps({"said": self.said, "jotted": self.jotted})

    @classmethod
    def opened(cls, saved):
        return cls(token=str(saved.token), **json.loads(saved.said))

    @staticmethod
    def forget(session):
        session.pop(KEY, None)

    def keep(self, step, form):
        """Keep what the valid form of a step was given, field by field."""
        self.said[step] = _typed(form)
        self.jotted.pop(step, None)

    def jot(self, step, form):
        """Keep what was typed as it stands, when somebody goes back, saves for later or got something wrong."""
        self.jotted[step] = _typed(form)

    def take_over(self, request):
        """Jot down name and contact of who filed that request: shown at their steps, gone on with only by hand."""
        filer = next(party for party in request.parties.all() if party.role == RequestParty.Role.APPLICANT)
        self.jotted["ty"] = {name: [getattr(filer, name)] for name in ("first_name", "last_name")}
        reached = {name: [getattr(filer, name)] for name in CONTACT}
        self.jotted["kontakt"] = reached | {"contact_by": [request.contact_by], "contact_note": [request.contact_note]}

    def answers(self, step):
        """Return what was said at a step as a form is given it, or None."""
        return _as_data(self.said[step]) if step in self.said else None


def _typed(form):
    return {name: form.data.getlist(name) for name in form.fields if name in form.data}


def _as_data(fields):
    data = QueryDict(mutable=True)
    for name, values in fields.items():
        data.setlist(name, values)
    return data


class Journey:
    """The steps of one draft on one day, with the lists its forms need, each read once."""

    def __init__(self, draft, *, on):
        self.draft = draft
        self.on = on

    # -- what the forms choose from -------------------------------------------------------------
    @cached_property
    def entries(self):
        return catalogue()

    def to_choose(self, ticked):
        """Return the services to tick, and whether there are more of them than a page can hold."""
        return services_to_choose(self.entries, self.on, ticked)

    def named(self, slugs):
        """Return those of the services that may be asked for, in the order of their names."""
        return _choices(self.entries, self.on, self.entries.day(self.on).offered & self.entries.at_addresses(slugs))

    @cached_property
    def chosen(self):
        """Return the public versions of the services that were ticked."""
        ticked = self.draft.said.get(FIRST, {}).get("services", [])
        keys = [service.version for service in self.named(ticked)]
        versions = ServiceVersion.objects.filter(pk__in=keys).select_related("service").defer("content")
        return list(versions.order_by("name_sort", "pk")) if keys else []

    @cached_property
    def _asked(self):
        return [questions_of(version.page, version.programme_shown(self.on)) for version in self.chosen]

    @cached_property
    def papers_asked(self):
        """Return the papers on which anything that was ticked depends, each once."""
        return list(dict.fromkeys(paper for asked in self._asked for paper in asked["certificates"]))

    @cached_property
    def questions_asked(self):
        """Return the questions on which anything that was ticked depends: {name of the field: how it is asked}.

        A name stands for its question whatever else is ticked later, so that no answer moves to another question.
        """
        return {_name_of(question): text for question, text in self._questions.items()}

    @cached_property
    def _questions(self):
        return {question: text for asked in self._asked for question, text in asked["questions"].items()}

    @cached_property
    def localities(self):
        return list(Locality.objects.order_by("name_sort", "pk"))

    @cached_property
    def notice(self):
        return PrivacyNotice.objects.current(self.on)

    def is_delicate(self, slugs=()):
        """Tell whether somebody near may not learn of it: the place of a service is secret, words tell of danger, or
        contact is discreet.
        """
        ticked = self._written("potrzeby", "services")
        is_secret = any(service.is_secret for service in self.named({*slugs, *ticked}))
        in_danger = RedFlag.DANGER in self._written("pilne", "red_flags")
        return is_secret or in_danger or self._tells_of_danger or bool(self._written("kontakt", "safe_contact"))

    @cached_property
    def cannot_wait(self):
        """Tell whether something was ticked that cannot wait, or the words tell of danger."""
        return bool(self._written("pilne", "red_flags")) or self._tells_of_danger

    @cached_property
    def _tells_of_danger(self):
        texts = [text for name in ("own_words", "situation") for text in self._written("potrzeby", name)]
        return tells_of_danger(*texts)

    def _written(self, step, name):
        """Return what was written in a field, whether it was gone on with or not."""
        return [value for kept in (self.draft.said, self.draft.jotted) for value in kept.get(step, {}).get(name, [])]

    # -- the way --------------------------------------------------------------------------------
    @property
    def basis(self):
        return self.draft.said.get("dla-kogo", {}).get("basis", [RequestParty.Basis.SELF])[0]

    @property
    def is_for_self(self):
        return self.basis == RequestParty.Basis.SELF

    @property
    def steps(self):
        return [step for step in STEPS if step not in OF_ANOTHER or not self.is_for_self]

    def title(self, step):
        return STEPS[step][1]

    def form(self, step, data=None, **kwargs):
        return STEPS[step][0](data, journey=self, **kwargs)

    def opened(self, step):
        """Return the form of a step as it was left. What was only jotted down is shown without a word of blame."""
        if step not in self.draft.jotted:
            return self.form(step, self.draft.answers(step))
        data = _as_data(self.draft.jotted[step])
        fields = self.form(step).fields
        initial = {
            name: field.widget.value_from_datadict(data, {}, name) for name, field in fields.items() if name in data
        }
        return self.form(step, initial=initial)

    def first_missing(self):
        """Return the first step that nothing was said at, or where a word was not gone on with; or the last page."""
        said, jotted = self.draft.said, self.draft.jotted
        return next((step for step in self.steps if step not in said or step in jotted), LAST)

    def may_open(self, step):
        """A step is open once all before it have been through; one that this way does not have never is."""
        ways = [*self.steps, LAST]
        return step in ways and ways.index(step) <= ways.index(self.first_missing())

    def before(self, step):
        ways = [*self.steps, LAST]
        return ways[ways.index(step) - 1] if step != FIRST else ""

    def number(self, step):
        """Return "2 of 5" as two numbers. Until we know for whom, the shorter way is counted."""
        ways = [*self.steps, LAST]
        return ways.index(step) + 1, len(ways)

    @cached_property
    def forms(self):
        """Return the form of every step, filled with what was said."""
        return {step: self.form(step, self.draft.answers(step)) for step in self.steps}

    def first_wrong(self):
        """Return the first step that no longer holds, say because a service ended meanwhile, or None."""
        return next((step for step, form in self.forms.items() if not form.is_valid()), None)

    # -- where it leads -------------------------------------------------------------------------
    @cached_property
    def needs_by_name(self):
        """Return what is asked for as pairs of a name and its words."""
        named = [(version.slug, said(version.card["plain_name"])) for version in self.chosen]
        own_words = self.draft.said.get(FIRST, {}).get("own_words", [""])[0]
        return [*named, (OWN_WORDS, own_words)] if own_words else named

    @cached_property
    def statements(self):
        """Return what is declared about each service: its version and the words."""
        return [
            (version, fill(STATEMENT, service=said(version.card["plain_name"]), words=self._declared(version)))
            for version in self.chosen
        ]

    def _declared(self, version):
        return statement_about(version.page, version.programme_shown(self.on))

    @cached_property
    def shown_versions(self):
        return ",".join(str(version.pk) for version, _text in self.statements)

    def filing(self, *, statements=()):
        """Return what is filed. Call it when nothing is missing or wrong."""
        needs = [(version.service, "") for version in self.chosen]
        if own_words := self._said("potrzeby")["own_words"]:
            needs.append((None, own_words))
        contact = self._said("kontakt")
        mine = ()
        applicant = self._person(self._said("ty")) | {name: contact[name] for name in CONTACT} | {"basis": self.basis}
        person = None
        if not self.is_for_self:
            person = self._person(self._said("osoba"))
            applicant["relation"] = person.pop("relation", "")
            acting = self._said("podstawa")
            applicant |= {name: acting[name] for name in ACTING if name in acting}
            names = [name for name, _words in self.needs_by_name]
            mine = tuple(names.index(name) for name in acting.get("mine", []))
        return Filing(
            channel=ServiceRequest.Channel.PORTAL,
            received_on=self.on,
            needs=needs,
            applicant=applicant,
            person=person,
            situation=self._said("potrzeby")["situation"],
            contact_by=contact["contact_by"],
            contact_note=contact["contact_note"],
            safe_contact=contact["safe_contact"],
            leave_no_message=contact["leave_no_message"],
            if_others_answer=contact["if_others_answer"],
            red_flags=tuple(self._said("pilne")["red_flags"]),
            statements=tuple(statements),
            applicants_needs=mine,
            language=get_language(),
            privacy_notice=self.notice,
            submit_token=uuid.UUID(self.draft.token),
        )

    @property
    def is_minor_for_self(self):
        """Tell whether somebody under 18 asks alone."""
        if not self.is_for_self:
            return False
        you = self._said("ty")
        return RequestParty(birth_date=you["birth_date"], pesel=you["pesel"]).is_minor(self.on)

    def fits(self):
        """Say of each service that was ticked whether it is for the person, as far as that is known."""
        facts = self._person(self._said("ty" if self.is_for_self else "osoba"))
        known = {name: facts[name] for name in KNOWN if name in facts}
        answers = answers_of(on=self.on, **known)
        return [self._fit(version, answers) for version in self.chosen]

    def _fit(self, version, answers):
        verdict = assess(version.page, answers, programme=version.programme_shown(self.on))
        shown = {"name": said(version.card["plain_name"]), "verdict": verdict}
        if verdict.instead:
            shown["instead"] = said(verdict.instead["name"])
            shown["instead_url"] = reverse("services:detail", args=[verdict.instead["slug"]])
        return shown

    def summary(self):
        """Return what was said, a section a step, in the words of the form."""
        return [
            {"step": step, "title": self.title(step), "rows": self._rows(form)} for step, form in self.forms.items()
        ]

    def _rows(self, form):
        rows = []
        for bound in form:
            value = form.cleaned_data.get(bound.name)
            if bound.name == "services":
                value = [service.name for service in self.named(value)]
            elif bound.name == "certificates":
                value = papers_in_words(value)
            elif isinstance(bound.field, forms.MultipleChoiceField):
                value = [dict(bound.field.choices)[code] for code in value]
            elif isinstance(bound.field, forms.ChoiceField):
                value = dict(bound.field.choices).get(value, "") if value else ""
            elif isinstance(value, bool):
                value = _("yes") if value else ""
            elif isinstance(value, date):
                value = date_format(value, "j E Y")
            rows.append((SUMMARY_LABELS.get(bound.name, bound.label), value))
        return rows

    def _said(self, step):
        return self.forms[step].cleaned_data

    def _person(self, facts):
        fields = {name: facts[name] for name in DETAILS if name in facts}
        if facts.get("locality") == ELSEWHERE:
            fields["lives_elsewhere"] = True
        elif code := facts.get("locality"):
            fields["locality"] = next(place for place in self.localities if place.code == code)
        if replies := self._replies(facts):
            fields["answers"] = replies
        if facts.get("certificates") is not None:
            fields["certificates"] = sorted(facts["certificates"])
        return fields

    def _replies(self, facts):
        """Return what was answered yes or no: {the question in Polish: the answer}."""
        said = {question: facts.get(_name_of(question)) for question in self._questions}
        return {question: reply == YES for question, reply in said.items() if reply}


def _name_of(question):
    return f"question_{hashlib.sha256(question.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Choice:
    """A service that may be asked for, by its public name in the reader's language."""

    version: int
    slug: str
    name: str
    area: int  # the place of its first area among all
    area_name: str
    is_in_force: bool
    is_secret: bool


def services_to_choose(entries, on, ticked):
    """Return (what may be asked for on the day, whether that is not all of it); between editions one may ask too.

    Of a long catalogue only what is ticked and what is wanted most: the rest is found by the search.
    """
    offered = entries.day(on).offered
    is_long = offered.bit_count() > MOST_TO_TICK
    if is_long:
        offered &= entries.at_addresses(ticked) | entries.bits(entries.featured)
    return _choices(entries, on, offered), is_long


def _choices(entries, on, offered):
    """Return the services, each under the first of its areas."""
    day, area_of = entries.day(on), {}
    for number, (code, names) in enumerate(entries.names["area"].items()):
        for place in entries.in_order(entries.fitting["area"][code] & offered):
            area_of.setdefault(place, (number, said(names)))
    return [_choice(entries, place, day, area_of.get(place, NO_AREA)) for place in entries.in_order(offered)]


def _choice(entries, place, day, area):
    version = entries.version(place)
    return Choice(
        version=version.pk,
        slug=version.slug,
        name=said(version.card["plain_name"]),
        area=area[0],
        area_name=area[1],
        is_in_force=bool(day.in_force >> place & 1),
        is_secret=bool(entries.secret >> place & 1),
    )


def filing_of_a_call(said, *, notice, on):
    """Return what is filed by somebody who leaves a phone number only."""
    return Filing(
        channel=ServiceRequest.Channel.PORTAL,
        received_on=on,
        needs=[(None, said["own_words"] or str(_("Please call me back.")))],
        applicant={"last_name": said["name"], "phone": said["phone"]},
        contact_by=ServiceRequest.Contact.PHONE,
        contact_note=said["contact_note"],
        safe_contact=said["safe_contact"],
        language=get_language(),
        privacy_notice=notice,
        submit_token=said["token"],
    )
