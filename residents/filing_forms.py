"""Filing for those who come, call or write: a need and a name or phone are enough, the rest may come later."""

import uuid

from crispy_forms.layout import HTML, Field, Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import DayField, PortalForm
from residents.actions import Filing
from residents.desk_forms import CANDIDATES, ServiceField, text_field
from residents.forms import FilesField, PeselField, PhoneField
from residents.forms.fields import PostalCodeField
from residents.forms.rules import ACTING_BY_BASIS, PAPERS_BY_BASIS, ActingRules, ContactRules, PersonRules
from residents.models import CommunicationNeed, RequestParty, ServiceRequest
from residents.models.numbers import pesel_fields
from residents.places import full_services
from services.catalogue import catalogue
from services.check_form import PapersField
from services.models import Certificate, Locality, Service
from services.presentation import said
from services.ranking import best_places

Basis = RequestParty.Basis
Channel = ServiceRequest.Channel
UNSAID = ("", "—")


class Fold(Fieldset):
    """Fields that are rarely asked for: folded until somebody opens them, open where something stands in them."""

    template = "admin/residents/fold.html"

    def render(self, form, context, **kwargs):
        names = [pointer.name for pointer in self.get_field_names()]
        context["fold_is_open"] = any(form[name].value() or form[name].errors for name in names)
        return super().render(form, context, **kwargs)


class CallerForm(PortalForm):
    """Who asks and whom it is for, as far as somebody is told from others by it."""

    mark_optional = False
    last_name = forms.CharField(label=_("Surname of who calls"), max_length=80, required=False)
    first_name = forms.CharField(label=_("First name"), max_length=60, required=False)
    phone = PhoneField(
        label=_("Phone"),
        max_length=40,
        required=False,
        help_text=_("There is none? Leave it empty: the answer waits here, for whoever comes."),
    )
    pesel = PeselField(label=_("PESEL of who needs help"), max_length=40, required=False)
    birth_date = DayField(is_birth=True, label=_("Date of birth"), required=False)
    other_last_name = forms.CharField(label=_("Surname of who needs help, if another"), max_length=80, required=False)
    other_first_name = forms.CharField(label=_("First name"), max_length=60, required=False)

    def person(self):
        """Return whom it is for, from whatever is typed so far and right; None while nothing tells who that is."""
        self.is_valid()
        said = {name: value for name, value in self.cleaned_data.items() if name in CallerForm.base_fields and value}
        other = {name: said.pop(f"other_{name}", "") for name in ("last_name", "first_name")}
        if any(other.values()):
            said |= other
        return RequestParty(**said | pesel_fields(said.get("pesel", ""))) if said.keys() - {"birth_date"} else None


NEEDS = ("service_1", "service_2", "service_3")
MOST_LISTED = 300


class DeskRequestForm(PersonRules, ActingRules, ContactRules, CallerForm):
    has_ended = _("This day has passed. If the power of attorney has ended, choose another right.")
    FILER = ("first_name", "last_name", "phone", "email", "address", "postal_code")
    IDENTITY = ("pesel", "birth_date", "locality", "communication", "communication_note")
    ACTING = ("institution", "document", "court_sign", "scope", "acts_until", "person_knows", "own_voice")
    ASIS = (
        *("situation", "contact_note", "safe_contact", "leave_no_message", "if_others_answer"),
        *("is_urgent", "papers_taken", "channel", "received_on", "submit_token"),
    )

    find = forms.CharField(
        label=_("Search the services"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
        help_text=_("In the resident's own words."),
    )
    found_for = forms.CharField(max_length=100, required=False, widget=forms.HiddenInput)
    service_1 = ServiceField(Service.objects.none(), label=_("Need"), required=False)
    service_2 = ServiceField(Service.objects.none(), label=_("Second need"), required=False)
    service_3 = ServiceField(Service.objects.none(), label=_("Third need"), required=False)
    own_words = text_field(_("Need in own words"), rows=2, limit=500, required=False)
    situation = text_field(_("Situation"), rows=3, required=False)
    is_urgent = forms.BooleanField(label=_("Urgent"), required=False)

    contact_note = forms.CharField(label=_("When and how to call"), max_length=200, required=False)
    safe_contact = forms.BooleanField(
        label=_("Contact must be discreet"),
        required=False,
        help_text=_("No message is left, nobody else is told who calls, and mails are not sent."),
    )
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)
    contact_by = forms.ChoiceField(
        label=_("How to answer"),
        required=False,
        choices=[("", _("by phone, mail or letter as given above, else in person")), *ServiceRequest.Contact.choices],
    )
    address = forms.CharField(label=_("Street and number"), max_length=120, required=False)
    postal_code = PostalCodeField(label=_("Postal code"), required=False, max_length=20)
    leave_no_message = forms.BooleanField(label=_("Leave no message on the phone or with anybody"), required=False)
    if_others_answer = forms.ChoiceField(
        label=_("When somebody else answers"),
        required=False,
        choices=[UNSAID, *ServiceRequest.IfOthersAnswer.choices],
    )

    relation = forms.CharField(label=_("Relation to the person"), max_length=80, required=False)
    basis = forms.ChoiceField(
        label=_("Who calls is"),
        required=False,
        choices=[UNSAID, *((value, label) for value, label in Basis.choices if value in ACTING_BY_BASIS)],
    )
    institution = forms.CharField(label=_("Institution and post"), max_length=160, required=False)
    document = forms.ChoiceField(
        label=_("Paper shown"), required=False, choices=[UNSAID, *RequestParty.Document.choices]
    )
    court_sign = forms.CharField(label=_("Court and sign of the file"), max_length=120, required=False)
    scope = forms.ChoiceField(
        label=_("Power of attorney"), required=False, choices=[UNSAID, *RequestParty.Scope.choices]
    )
    acts_until = DayField(label=_("It holds until"), required=False)
    person_knows = forms.ChoiceField(
        label=_("Does the person know"), required=False, choices=[UNSAID, *RequestParty.Knows.choices]
    )
    own_voice = text_field(_("What the person says"), rows=2, limit=1000, required=False)
    locality = forms.ModelChoiceField(
        Locality.objects.none(), label=_("Town or village"), required=False, empty_label="—"
    )
    certificates = PapersField(label=_("Papers that this person has"))
    communication = forms.MultipleChoiceField(
        label=_("For talking and meeting"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=CommunicationNeed,
    )
    communication_note = forms.CharField(label=_("What else helps"), max_length=200, required=False)

    channel = forms.ChoiceField(
        label=_("How it came"),
        choices=[pair for pair in Channel.choices if pair[0] not in (Channel.PORTAL, Channel.REPORT)],
    )
    received_on = DayField(label=_("Received on"), help_text=_("The clock runs from this day."))
    files = FilesField(label=_("Scans"), required=False)
    papers_taken = forms.CharField(
        label=_("Papers taken in"),
        max_length=300,
        required=False,
        help_text=_("What was left here, and how many sheets. It stands on the confirmation."),
    )
    submit_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, on, **kwargs):
        self.on = on
        super().__init__(*args, **kwargs)
        services = Service.objects.in_force(on).order_by("name_sort", "pk").only("plain_name")
        self.full = full_services(on)
        choices = [UNSAID, *self._found_first(services)]
        for name in NEEDS:
            self.fields[name].queryset = services
            self.fields[name].choices = choices
        self.fields["locality"].queryset = Locality.objects.order_by("name_sort", "pk")
        self.fields["certificates"].offer(Certificate.values)
        defaults = {"received_on": on, "channel": Channel.PHONE, "submit_token": uuid.uuid4()}
        self.initial = defaults | self.initial
        first = self.initial.pop("focus", "service_1" if self.initial.get("found_for") else "find")
        self.fields[first].widget.attrs["autofocus"] = True

    def _found_first(self, services):
        """Return the choices of the services: what was searched for as a group of its own, then the rest.

        Of a long catalogue the rest is what was chosen before: what else there is, the search finds.
        """
        words = self.data.get("found_for") or self.initial.get("found_for", "")
        entries = catalogue()
        in_force = entries.day(self.on).in_force
        places = best_places(entries, words, in_force)[:CANDIDATES] if words else []
        best = [entries.service_at(place) for place in places]
        if words:
            self._say_breaks(entries, best_places(entries, words, entries.day(self.on).on_break)[:3])
        others = gettext("All other services")
        if in_force.bit_count() > MOST_LISTED:
            given = [str(self.data.get(name) or self.initial.get(name) or "") for name in NEEDS]
            services = services.filter(pk__in=[*best, *(pk for pk in given if pk.isdecimal())])
            others = gettext("Chosen before")
        names = {service.pk: self._with_places(service) for service in services}
        found = [pk for pk in best if pk in names]
        rest = [pair for pair in names.items() if pair[0] not in found]
        if not found:
            if words:
                nothing = gettext("Nothing found for “%(words)s”. Choose from the list or write it in own words.")
                self.fields["find"].help_text = nothing % {"words": words}
            return rest
        heading = gettext("Found for “%(words)s”") % {"words": words}
        return [(heading, [(pk, names[pk]) for pk in found]), *([(others, rest)] if rest else [])]

    def _say_breaks(self, entries, places):
        names = ", ".join(said(entries.version(place).card["plain_name"]) for place in places)
        if names:
            told = gettext("Between two editions, so not on the list: %(names)s. Write it in own words.")
            self.fields["service_1"].help_text = told % {"names": names}

    def _with_places(self, service):
        basis = self.full.get(service.pk)
        if basis is None:
            return service.plain_name
        if basis.load.waiting:
            words = gettext("in the queue: %(n)d") % {"n": basis.load.waiting}
        elif basis.keeps_waiting_list:
            words = gettext("no place today, a waiting list is kept")
        else:
            words = gettext("no place today, and no waiting list")
        return f"{service.plain_name} ({words})"

    def said_of_places(self):
        """Return what to tell the person at once of the needs that have no place today."""
        chosen = dict.fromkeys(self.cleaned_data[name] for name in NEEDS)
        return [self._with_places(service) for service in chosen if service and service.pk in self.full]

    def layout(self):
        return Layout(
            Fieldset(
                gettext("What is needed"),
                Field("find", template="admin/residents/find_service.html"),
                "found_for",
                "service_1",
                "service_2",
                "service_3",
                "own_words",
                "situation",
                "is_urgent",
            ),
            Fieldset(
                gettext("Who asks"),
                *("last_name", "first_name", "phone"),
                HTML('{% include "admin/residents/known_box.html" %}'),
                *("contact_note", "safe_contact", "email"),
                Fold(
                    gettext("How else to reach, and how not"),
                    *("contact_by", "address", "postal_code", "leave_no_message", "if_others_answer"),
                ),
            ),
            Fieldset(
                gettext("Whom it is for"),
                *("pesel", "birth_date", "locality"),
                Fold(
                    gettext("Help is for another person"),
                    *("other_last_name", "other_first_name", "relation", "basis", *self.ACTING),
                ),
                Field("certificates", template="admin/residents/papers_field.html"),
                Fold(gettext("What helps in talking and meeting"), "communication", "communication_note"),
            ),
            Fieldset(gettext("How it came"), "channel", "received_on", "files", "papers_taken", "submit_token"),
        )

    def clean_received_on(self):
        day = self.cleaned_data["received_on"]
        if day > self.on:
            raise ValidationError(_("This day is still to come. A request cannot be received in the future."))
        return day

    def clean(self):
        data = super().clean()
        if not any(data.get(name) for name in ("service_1", "service_2", "service_3", "own_words")):
            self.add_error("service_1", _("Choose a need or write it in own words."))
        names = ("last_name", "first_name", "phone", "other_last_name", "other_first_name")
        if not any(data.get(name) or name in self.errors for name in names):
            self.add_error("last_name", _("Write a name or a phone number, so that we can find the person again."))
        self._check_acting(data)
        return data

    def _check_acting(self, data):
        """Refuse what does not go with the right by which somebody acts: a court's sign with a carer, say."""
        basis = self._basis(data)
        fitting = ACTING_BY_BASIS.get(basis, ())
        wrong = [name for name in self.ACTING if data.get(name) and name not in fitting]
        if data.get("document") and data["document"] not in PAPERS_BY_BASIS.get(basis, ()):
            wrong.append("document")
        for name in dict.fromkeys(wrong):
            self.add_error(name, _("This does not go with who calls. Choose above what goes with it, or empty this."))

    @staticmethod
    def _basis(data):
        """Return by what right who calls acts for another: said, or a carer where only another's name was said."""
        is_named = data.get("other_last_name") or data.get("other_first_name")
        return data.get("basis") or (Basis.CARER if is_named else "")

    def filing(self, *, notice):
        """Return what the form says as a Filing. `notice` is the privacy notice handed out."""
        data = self.cleaned_data
        services = [data[name] for name in NEEDS if data[name]]
        needs = [(service, "") for service in dict.fromkeys(services)]
        if data["own_words"]:
            needs.append((None, data["own_words"]))
        applicant, person = {name: data[name] for name in self.FILER}, None
        identity = {name: data[name] for name in self.IDENTITY}
        if data["certificates"] is not None:
            identity["certificates"] = sorted(data["certificates"])
        if basis := self._basis(data):
            acting = {name: data[name] for name in ACTING_BY_BASIS[basis]}
            applicant |= {"basis": basis, "relation": data["relation"], **acting}
            person = {"last_name": data["other_last_name"], "first_name": data["other_first_name"], **identity}
        else:
            applicant |= identity
        return Filing(
            needs=needs,
            applicant=applicant,
            person=person,
            contact_by=self._contact(data),
            privacy_notice=notice,
            **{name: data[name] for name in self.ASIS},
        )

    @staticmethod
    def _contact(data):
        """Return how to answer: as was said, or by what is known; never by mail or letter where contact is discreet."""
        if data["contact_by"]:
            return data["contact_by"]
        if data["phone"]:
            return ServiceRequest.Contact.PHONE
        if data["safe_contact"] or not (data["email"] or data["address"]):
            return ServiceRequest.Contact.IN_PERSON
        return ServiceRequest.Contact.EMAIL if data["email"] else ServiceRequest.Contact.POST


def looks_only(sent):
    """Tell whether a form was sent to look somebody or something up: by a button, or by Enter after new words."""
    words = sent.get("find", "").strip()
    return {"search", "check"} & sent.keys() or ("file" not in sent and words not in ("", sent.get("found_for")))


def typed(sent):
    """Return what was typed into the form so far, to be shown again without a word of blame, and where to go on."""
    many = {name for name, field in DeskRequestForm.base_fields.items() if isinstance(field, forms.MultipleChoiceField)}
    one = {name: sent[name] for name in DeskRequestForm.base_fields if name in sent}
    focus = {"focus": "contact_note"} if "check" in sent else {}
    found = {"found_for": sent.get("find", "").strip()[:100]}
    return one | {name: sent.getlist(name) for name in many} | found | focus
