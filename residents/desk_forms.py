"""The desk's forms: dense, in the order of the talk, nothing required that is not known yet."""

import uuid

from crispy_forms.layout import Field, Fieldset, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cus_portal.accounts.models import Institution, User
from cus_portal.accounts.roles import Role
from cus_portal.forms import DayField, PortalForm
from residents.actions import Filing, appeal_instruction, person_of
from residents.forms import FilesField, MessageForm, PeselField, PhoneField
from residents.matching import describe, matches_of, same_filings
from residents.models import Case, Consent, RequestParty, Resident, ServiceRequest
from services.catalogue import catalogue
from services.check_form import PapersField
from services.models import Certificate, Locality, Service
from services.ranking import best_places

CANDIDATES = 10
NEW_PERSON = "new"
Basis = RequestParty.Basis
Channel = ServiceRequest.Channel


class MoveForm(PortalForm):
    """The form of one move. `subject` is what it moves, `actor` who sees it, `on` today."""

    mark_optional = False

    def __init__(self, *args, subject, actor, on, **kwargs):
        self.subject, self.actor, self.on = subject, actor, on
        super().__init__(*args, **kwargs)


def text_field(label, *, rows=4, limit=4000, **kwargs):
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), max_length=limit, **kwargs)


def reason_field(label, **kwargs):
    return text_field(label, rows=2, limit=500, **kwargs)


# -- a request ----------------------------------------------------------------------------------
class AskForm(MoveForm):
    text = text_field(
        _("What do you ask for?"),
        rows=3,
        limit=1000,
        help_text=_("The resident reads these words with the number and the code. The clock stands until the answer."),
    )


class AnswerForm(MoveForm):
    """What the resident said by phone or at the counter, with the papers brought."""

    answer = text_field(_("What the resident said"), required=False)
    files = FilesField(label=_("Files"), required=False)

    def clean(self):
        data = super().clean()
        if not self.errors and not data.get("answer") and not data.get("files"):
            self.add_error("answer", _("Write the answer or choose a file."))
        return data


READ_BY = _(
    "Whoever holds the code of the request reads it. No term of law runs from it; official letters go on paper."
)


class WriteForm(MoveForm, MessageForm):
    text = text_field(_("Message"), required=False, help_text=READ_BY)


class WriteAboutCaseForm(WriteForm):
    """From a case: into the thread of one of its requests, for each may have been filed by somebody else."""

    field_order = ("request", "text", "files")
    request = forms.ModelChoiceField(
        ServiceRequest.objects.none(),
        label=_("To whoever follows the request"),
        widget=forms.RadioSelect,
        empty_label=None,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        found = ServiceRequest.objects.visible_to(self.actor).filter(case=self.subject).order_by("-received_on", "-pk")
        self.fields["request"].queryset = found
        self.initial.setdefault("request", found.first())


class WithdrawForm(MoveForm):
    reason = reason_field(
        _("Why the resident withdraws"),
        required=False,
        help_text=_("Staff read this. Every need without an answer is withdrawn too; this cannot be undone."),
    )


class WithdrawItemForm(MoveForm):
    reason = reason_field(
        _("Why the resident withdraws"), required=False, help_text=_("Staff read this. This cannot be undone.")
    )


class IdentifyForm(MoveForm):
    """Who it may be, the desk decides; nobody is merged."""

    resident = forms.ChoiceField(label=_("Who is it?"), widget=forms.RadioSelect, required=False)
    pesel = PeselField(
        label=_("Or somebody else who is known: PESEL number"), required=False, help_text=_("The whole number.")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        person = person_of(self.subject)
        found = matches_of(person, among=Resident.objects.visible_to(self.actor)) if person else []
        self.candidates = {str(match.resident.pk): match.resident for match in found[:CANDIDATES]}
        choices = [(str(match.resident.pk), describe(match)) for match in found[:CANDIDATES]]
        self.fields["resident"].choices = [*choices, (NEW_PERSON, self.new_label(person))]
        if not choices:
            self.initial["resident"] = NEW_PERSON

    @staticmethod
    def new_label(person):
        name = person.get_full_name() if person else ""
        if not name:
            return gettext("A new person: the name is needed first")
        return gettext("A new person: %(name)s") % {"name": name}

    def clean(self):
        data = super().clean()
        number, chosen = data.pop("pesel", ""), data.get("resident", "")
        if self.errors:
            return data
        if number:
            data["resident"] = Resident.objects.visible_to(self.actor).with_pesel(number).first()
            if data["resident"] is None:
                self.add_error("pesel", _("Nobody with this PESEL number is known. Choose “A new person”."))
        elif not chosen:
            self.add_error("resident", _("Choose who it is, or a new person."))
        else:
            data["resident"] = self.candidates.get(chosen)
        return data


class SameFilingForm(MoveForm):
    other = forms.ModelChoiceField(
        ServiceRequest.objects.none(),
        label=_("Which request is the same?"),
        widget=forms.RadioSelect,
        empty_label=None,
        help_text=_("That one goes on, by the earlier term of the two. This one is closed; its papers stay with it."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        found = same_filings(self.subject, among=ServiceRequest.objects.visible_to(self.actor))
        keys = [request.pk for request in found]
        self.fields["other"].queryset = ServiceRequest.objects.filter(pk__in=keys).order_by("received_on", "pk")


class CoordinatorField(forms.ModelChoiceField):
    def __init__(self, **kwargs):
        super().__init__(User.objects.none(), label=_("Coordinator"), empty_label=None, **kwargs)


class OpenCaseForm(MoveForm):
    coordinator = CoordinatorField(help_text=_("Sees the case at once and has 30 days for the plan."))
    join = forms.ModelChoiceField(
        Case.objects.none(),
        label=_("Case"),
        required=False,
        empty_label=_("a new case with its own sign"),
        help_text=_("This person has an open case: the request can join it."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["coordinator"].queryset = User.objects.holding(Role.COORDINATOR, on=self.on).order_by("name_sort")
        if self.actor.has_role(Role.COORDINATOR):
            self.initial["coordinator"] = self.actor.pk
        joinable = Case.objects.visible_to(self.actor).open().filter(resident=self.subject.resident_id)
        self.fields["join"].queryset = joinable.order_by("plan_due_on", "pk")
        if not self.fields["join"].queryset:
            del self.fields["join"]

    def clean(self):
        data = super().clean()
        if data.get("join"):
            data["coordinator"] = data["join"].coordinator
        return data


class AssignForm(MoveForm):
    coordinator = CoordinatorField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        people = User.objects.holding(Role.COORDINATOR, on=self.on).exclude(pk=self.subject.coordinator_id)
        self.fields["coordinator"].queryset = people.order_by("name_sort")


# -- a need -------------------------------------------------------------------------------------
TOLD = _("The resident reads this with the number and the code.")


class DecideForm(MoveForm):
    answer = text_field(_("What the resident is told"), required=False, help_text=TOLD)


class InformForm(MoveForm):
    answer = text_field(
        _("What the resident is told"),
        help_text=_(
            "Where such help is given, and whom to call. The resident reads this with the number and the code."
        ),
    )


class ServiceField(forms.ModelChoiceField):
    def label_from_instance(self, service):
        return service.plain_name


class ChangeServiceForm(MoveForm):
    service = ServiceField(
        Service.objects.none(),
        label=_("Which service was meant?"),
        help_text=_("The resident's own words stay with the need, and so does its place in the order."),
    )
    reason = reason_field(_("Why it is changed"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        services = Service.objects.in_force(self.on).exclude(pk=self.subject.service_id)
        self.fields["service"].queryset = services.order_by("name_sort", "pk").only("plain_name")


class ForwardForm(MoveForm):
    receiver = forms.ModelChoiceField(
        Institution.objects.none(), label=_("To whom"), help_text=_("This institution will see the data named below.")
    )
    data_scope = forms.CharField(label=_("Which data"), max_length=300)
    purpose = forms.CharField(label=_("What for"), max_length=300)
    form = forms.ChoiceField(label=_("How consent was given"), widget=forms.RadioSelect, choices=Consent.Form)
    given_on = DayField(label=_("Consent given on"))
    valid_until = DayField(label=_("Valid until"), required=False, help_text=_("Leave empty when no end was named."))
    answer = text_field(_("What the resident is told"), rows=3, required=False, help_text=TOLD)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["receiver"].queryset = Institution.objects.partners().order_by("name_sort", "pk")
        self.initial |= {
            "given_on": self.on,
            "data_scope": gettext("name, address, phone, what is needed"),
            "purpose": gettext("dealing with this need"),
            "form": Consent.Form.ORAL,
        }


class RefusalForm(MoveForm):
    factual_grounds = text_field(_("Factual grounds"), help_text=_("What was found out, and why it does not suffice."))
    legal_grounds = text_field(_("Legal grounds"), rows=3, help_text=_("The provision and the rule of the programme."))
    appeal_instruction = text_field(_("Instruction on appeal"), rows=5)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["appeal_instruction"] = appeal_instruction()
        earlier = getattr(self.subject, "refusal", None)
        if earlier is not None:
            self.initial |= {name: getattr(earlier, name) for name in self.fields}


class ReturnForm(MoveForm):
    reason = reason_field(_("Why it goes back"), help_text=_("Whoever proposed it reads this."))


# -- filing for those who come, call or write ------------------------------------------------------
class DeskRequestForm(PortalForm):
    """A request taken at the desk: a need and a name or phone are enough, the rest may come later."""

    mark_optional = False
    FILER = ("first_name", "last_name", "phone", "email")
    IDENTITY = ("pesel", "birth_date", "locality")

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

    last_name = forms.CharField(label=_("Surname of who calls"), max_length=80, required=False)
    first_name = forms.CharField(label=_("First name"), max_length=60, required=False)
    phone = PhoneField(label=_("Phone"), max_length=40, required=False)
    contact_note = forms.CharField(label=_("When and how to call"), max_length=200, required=False)
    safe_contact = forms.BooleanField(
        label=_("Contact must be discreet"),
        required=False,
        help_text=_("No message is left, nobody else is told who calls, and mails are not sent."),
    )
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False)

    other_last_name = forms.CharField(label=_("Surname of who needs help, if another"), max_length=80, required=False)
    other_first_name = forms.CharField(label=_("First name"), max_length=60, required=False)
    basis = forms.ChoiceField(
        label=_("Who calls is"),
        required=False,
        choices=[
            ("", "—"),
            *((value, label) for value, label in Basis.choices if value not in (Basis.SELF, Basis.LAW)),
        ],
    )
    pesel = PeselField(label=_("PESEL of who needs help"), max_length=40, required=False)
    birth_date = DayField(label=_("Date of birth"), required=False)
    locality = forms.ModelChoiceField(
        Locality.objects.none(), label=_("Town or village"), required=False, empty_label="—"
    )

    certificates = PapersField(label=_("Papers that this person has"))

    channel = forms.ChoiceField(
        label=_("How it came"),
        choices=[pair for pair in Channel.choices if pair[0] not in (Channel.PORTAL, Channel.REPORT)],
    )
    received_on = DayField(label=_("Received on"), help_text=_("The clock runs from this day."))
    files = FilesField(label=_("Scans"), required=False)
    submit_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, on, **kwargs):
        self.on = on
        super().__init__(*args, **kwargs)
        services = Service.objects.in_force(on).order_by("name_sort", "pk").only("plain_name")
        choices = [("", "—"), *self._found_first({service.pk: service.plain_name for service in services})]
        for name in ("service_1", "service_2", "service_3"):
            self.fields[name].queryset = services
            self.fields[name].choices = choices
        self.fields["locality"].queryset = Locality.objects.order_by("name_sort", "pk")
        self.fields["certificates"].offer(Certificate.values)
        defaults = {"received_on": on, "channel": Channel.PHONE, "submit_token": uuid.uuid4()}
        self.initial = defaults | self.initial
        self.fields["service_1" if self.initial.get("found_for") else "find"].widget.attrs["autofocus"] = True

    def _found_first(self, names):
        """Return the choices of the services: what was searched for as a group of its own, then the rest."""
        words = self.data.get("found_for") or self.initial.get("found_for", "")
        entries = catalogue()
        places = best_places(entries, words, entries.day(self.on).in_force)[:CANDIDATES] if words else []
        found = [pk for pk in map(entries.service_at, places) if pk in names]
        rest = [pair for pair in names.items() if pair[0] not in found]
        if not found:
            if words:
                nothing = gettext("Nothing found for “%(words)s”. Choose from the list or write it in own words.")
                self.fields["find"].help_text = nothing % {"words": words}
            return rest
        heading = gettext("Found for “%(words)s”") % {"words": words}
        return [(heading, [(pk, names[pk]) for pk in found]), (gettext("All other services"), rest)]

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
            Fieldset(gettext("Who asks"), "last_name", "first_name", "phone", "contact_note", "safe_contact", "email"),
            Fieldset(
                gettext("Whom it is for"),
                "pesel",
                "birth_date",
                "locality",
                "other_last_name",
                "other_first_name",
                "basis",
                Field("certificates", template="admin/residents/papers_field.html"),
            ),
            Fieldset(gettext("How it came"), "channel", "received_on", "files", "submit_token"),
        )

    def clean_received_on(self):
        day = self.cleaned_data["received_on"]
        if day > self.on:
            raise ValidationError(_("This day is still to come. A request cannot be received in the future."))
        return day

    def clean_birth_date(self):
        day = self.cleaned_data["birth_date"]
        if day and day > self.on:
            raise ValidationError(_("This day is still to come. Write the date of birth."))
        return day

    def clean(self):
        data = super().clean()
        if not any(data.get(name) for name in ("service_1", "service_2", "service_3", "own_words")):
            self.add_error("service_1", _("Choose a need or write it in own words."))
        names = ("last_name", "first_name", "phone", "other_last_name", "other_first_name")
        if not any(data.get(name) or name in self.errors for name in names):
            self.add_error("last_name", _("Write a name or a phone number, so that we can find the person again."))
        return data

    def filing(self, *, notice):
        """Return what the form says as a Filing. `notice` is the privacy notice handed out."""
        data = self.cleaned_data
        services = [data[name] for name in ("service_1", "service_2", "service_3") if data[name]]
        needs = [(service, "") for service in dict.fromkeys(services)]
        if data["own_words"]:
            needs.append((None, data["own_words"]))
        applicant = {name: data[name] for name in self.FILER}
        identity = {name: data[name] for name in self.IDENTITY}
        if data["certificates"] is not None:
            identity["certificates"] = sorted(data["certificates"])
        other = {"last_name": data["other_last_name"], "first_name": data["other_first_name"]}
        for_other = any(other.values())
        if for_other:
            applicant["basis"] = data["basis"] or Basis.CARER
        return Filing(
            channel=data["channel"],
            received_on=data["received_on"],
            needs=needs,
            applicant=applicant if for_other else applicant | identity,
            person=other | identity if for_other else None,
            situation=data["situation"],
            contact_by=self._contact(data),
            contact_note=data["contact_note"],
            safe_contact=data["safe_contact"],
            is_urgent=data["is_urgent"],
            privacy_notice=notice,
            submit_token=data["submit_token"],
        )

    @staticmethod
    def _contact(data):
        if data["phone"]:
            return ServiceRequest.Contact.PHONE
        return ServiceRequest.Contact.EMAIL if data["email"] else ServiceRequest.Contact.IN_PERSON
