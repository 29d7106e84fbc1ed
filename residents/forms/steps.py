"""The request, step by step: one thing a page, words about what to do, nothing required that a person may not know."""

from crispy_forms.layout import Field, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import DayField, PortalForm
from residents.forms.fields import FilesField, PeselField, PhoneField, PostalCodeField
from residents.forms.rules import ACTING_BY_BASIS, DANGERS, PAPERS_BY_BASIS, ActingRules, ContactRules, PersonRules
from residents.models import CommunicationNeed, RequestParty, ServiceRequest
from residents.models.party import ActingFields
from services.check_form import REPLIES, PapersField
from services.eligibility import ELSEWHERE
from services.models import ServiceVersion
from services.presentation import fill, said
from services.sheets import plain

NEEDS_PER_REQUEST = 10
Basis = RequestParty.Basis
Contact = ServiceRequest.Contact
Knows = RequestParty.Knows


class StepForm(PortalForm):
    """One step. `journey` knows the day, the catalogue and what the other steps said."""

    def __init__(self, *args, journey, **kwargs):
        self.journey = journey
        super().__init__(*args, **kwargs)

    @property
    def on(self):
        return self.journey.on


class NeedsForm(StepForm):
    services = forms.MultipleChoiceField(
        label=_("Tick what would help"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Open a group. You may tick several."),
    )
    own_words = forms.CharField(
        label=_("Or say it in your own words"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        required=False,
        help_text=_("For example: someone to shop for me. You do not have to know what it is called."),
    )
    situation = forms.CharField(
        label=_("Is there anything we should know?"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        required=False,
        help_text=_("For example: since when it is hard, who helps now, what is most urgent."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.offered, self.is_long = self.journey.to_choose(self._ticked())
        self.fields["services"].choices = [(service.slug, service.name) for service in self.offered]
        self.fields["services"].error_messages["invalid_choice"] = ""
        # The fieldset is id_services_0, where an error leads: a box of that name could not be ticked by its label.
        self.fields["services"].widget.attrs["id"] = "id_service"

    def _ticked(self):
        return self.data.getlist("services") if self.is_bound else self.initial.get("services", [])

    def layout(self):
        return Layout(Field("services", template="residents/_services_field.html"), "own_words", "situation")

    def areas(self):
        """Return the tick boxes by area, each service once, with the groups open in which one is ticked."""
        boxes = {box.data["value"]: box for box in self["services"]}
        groups = {}
        for service in self.offered:
            group = groups.setdefault(service.area, {"name": service.area_name, "boxes": [], "chosen": 0})
            box = boxes[service.slug]
            group["boxes"].append({"box": box, "service": service})
            group["chosen"] += bool(box.data["selected"])
        return [groups[number] for number in sorted(groups)]

    def _clean_fields(self):
        """What was ticked and has ended meanwhile is said by name; the rest of the ticks stay."""
        super()._clean_fields()
        if "services" not in self.errors:
            return
        known = {service.slug for service in self.offered}
        ticked = [slug for slug in self.data.getlist("services") if slug not in known and "\x00" not in slug]
        ended = ServiceVersion.objects.current().filter(slug__in=ticked[:NEEDS_PER_REQUEST]).for_list()
        names = [said(version.card["plain_name"]) for version in ended]
        self.errors["services"].clear()
        words = _("“%(service)s” has ended and cannot be asked for now. Tick another or say it in your own words.")
        for name in names or [gettext("One of the services")]:
            self.add_error("services", ValidationError(fill(words, service=name), code="ended"))

    def clean(self):
        data = super().clean()
        chosen = data.get("services", [])
        if not self.errors and not chosen and not data.get("own_words"):
            self.add_error("services", ValidationError(_("Tick a service or say in your own words what you need.")))
        if len(chosen) + bool(data.get("own_words")) > NEEDS_PER_REQUEST:
            self.add_error(
                "services",
                ValidationError(
                    _("One request holds at most %(limit)d needs. Leave the most urgent; call us about the others."),
                    params={"limit": NEEDS_PER_REQUEST},
                ),
            )
        return data


class UrgencyForm(StepForm):
    """What cannot wait. Nothing has to be ticked, and nothing that is ticked holds the request up."""

    red_flags = forms.MultipleChoiceField(
        label=_("Is any of this so now?"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=DANGERS,
        help_text=_("Tick what is so. If nothing is, press “Continue”."),
    )


class ForWhomForm(StepForm):
    basis = forms.ChoiceField(
        label=_("Help is for"),
        widget=forms.RadioSelect,
        choices=[
            (Basis.SELF, _("me")),
            (Basis.STATUTORY, _("my child, or somebody whose guardian I am")),
            (Basis.CARER, _("somebody I look after")),
            (Basis.PROXY, _("somebody who gave me a power of attorney")),
            (Basis.INSTITUTION, _("somebody on whose behalf I write for an institution")),
        ],
        error_messages={"required": _("Choose who needs help.")},
    )


class ActingForm(ActingRules, StepForm):
    """By what right somebody files for another: asked is only what goes with that right."""

    MAY_ASK_TOO = (Basis.STATUTORY, Basis.CARER)

    institution = forms.CharField(
        label=_("Which institution, and what are you there?"),
        max_length=160,
        help_text=_("For example: primary school in Bełżyce, school counsellor."),
        error_messages={"required": _("Write for which institution you file.")},
    )
    scope = forms.ChoiceField(
        label=_("What does the power of attorney allow?"),
        widget=forms.RadioSelect,
        choices=ActingFields.Scope.choices,
        help_text=_("We show you here only as much as it allows."),
        error_messages={"required": _("Choose what the power of attorney allows.")},
    )
    acts_until = DayField(
        label=_("Until when does it hold?"), required=False, help_text=_("Leave empty when no day stands in it.")
    )
    document = forms.ChoiceField(
        label=_("What paper can you show?"),
        widget=forms.RadioSelect,
        required=False,
        help_text=_("You may add a photo at the end or show it later. We take the request without it too."),
    )
    court_sign = forms.CharField(
        label=_("If a court appointed you: which court, and the sign of the case"), max_length=120, required=False
    )
    person_knows = forms.ChoiceField(
        label=_("Does this person know that you are writing to us?"),
        widget=forms.RadioSelect,
        required=False,
        choices=[
            (Knows.AGREES, _("knows and agrees")),
            (Knows.UNWILLING, _("knows and does not want it")),
            (Knows.UNAWARE, _("does not know yet")),
            (Knows.UNABLE, _("cannot say")),
        ],
    )
    own_voice = forms.CharField(
        label=_("What does this person say?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        required=False,
        help_text=_("In that person's own words, if you can. We shall ask them too."),
    )
    mine = forms.MultipleChoiceField(
        label=_("Is anything of this for you yourself?"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("For example a rest for you while somebody else looks after the person."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        basis = self.journey.basis
        asked = [*ACTING_BY_BASIS.get(basis, ()), *(["mine"] if basis in self.MAY_ASK_TOO else [])]
        for name in [name for name in self.fields if name not in asked]:
            del self.fields[name]
        self.order_fields(asked)
        if "document" in self.fields:
            papers = [(paper.value, paper.label) for paper in PAPERS_BY_BASIS[basis]]
            self.fields["document"].choices = [*papers, ("", _("none at hand now"))]
        if "mine" in self.fields:
            self.fields["mine"].choices = self.journey.needs_by_name


class DetailsForm(PersonRules, StepForm):
    """What tells a person apart. The number and the date of birth may wait until we talk."""

    first_name = forms.CharField(
        label=_("First name"), max_length=60, error_messages={"required": _("Write the first name.")}
    )
    last_name = forms.CharField(label=_("Surname"), max_length=80, error_messages={"required": _("Write the surname.")})
    locality = forms.ChoiceField(label=_("Town or village"), required=False)
    birth_date = DayField(
        is_birth=True,
        label=_("Date of birth"),
        required=False,
        help_text=_("For example: 12.11.1948. It helps to find a service for the age."),
    )
    pesel = PeselField(
        label=_("PESEL number"),
        required=False,
        max_length=40,
        help_text=_("You need not give it now; we take the request without it too."),
    )
    certificates = PapersField(
        help_text=_("What you chose depends on one of them. You may leave it open and bring the paper later.")
    )

    communication = forms.MultipleChoiceField(
        label=_("What helps when we talk and meet?"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=CommunicationNeed,
        help_text=_("Tick what is needed. We keep it for the next time too."),
    )
    communication_note = forms.CharField(
        label=_("Anything else that helps?"),
        max_length=200,
        required=False,
        help_text=_("For example: which language, a hearing loop, come with a daughter."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if asked := self.journey.papers_asked:
            self.fields["certificates"].offer(asked)
        else:
            del self.fields["certificates"]
        self.fields["locality"].choices = [
            ("", _("I would rather not say")),
            *((place.code, place.name) for place in self.journey.localities),
            (ELSEWHERE, _("elsewhere")),
        ]
        for name, text in self.journey.questions_asked.items():
            self.fields[name] = forms.ChoiceField(
                label=text, required=False, widget=forms.RadioSelect, choices=REPLIES, initial=""
            )


class YouForm(DetailsForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"
        if not self.journey.is_for_self:
            of_the_other = ("locality", "birth_date", "pesel", "certificates", "communication", "communication_note")
            for name in (*of_the_other, *self.journey.questions_asked):
                self.fields.pop(name, None)


class PersonForm(DetailsForm):
    relation = forms.CharField(
        label=_("Who is this person to you?"),
        max_length=80,
        required=False,
        help_text=_("For example: mother, son, neighbour, pupil."),
    )
    field_order = ["first_name", "last_name", "relation"]


class ContactForm(ContactRules, StepForm):
    needed_sometimes = tuple(name for name, _words in ContactRules.needed_for.values())
    contact_by = forms.ChoiceField(
        label=_("How shall we answer you?"),
        widget=forms.RadioSelect,
        choices=Contact,
        error_messages={"required": _("Choose how we shall answer you.")},
    )
    phone = PhoneField(label=_("Phone"), required=False, max_length=40, help_text=_("Needed when we are to call you."))
    contact_note = forms.CharField(
        label=_("When is it best to call?"), max_length=200, required=False, help_text=_("For example: after 4 p.m.")
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        help_text=_("Needed when we are to write an e-mail. If you give it, your number and code come there too."),
        error_messages={"invalid": _("This is not an e-mail address. It looks like this: name@example.pl.")},
        widget=forms.EmailInput(attrs={"class": "w-medium", "autocomplete": "email"}),
    )
    address = forms.CharField(
        label=_("Address for letters: street, number, place"),
        max_length=120,
        required=False,
        help_text=_("Needed when we are to write by post."),
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    postal_code = PostalCodeField(label=_("Postal code"), required=False, max_length=20)
    safe_contact = forms.BooleanField(
        label=_("Contact me discreetly"),
        required=False,
        help_text=_(
            "Tick this if somebody near you must not learn of it. We send no e-mail and leave no message, and tell"
            " nobody else who calls. Write the number and the code down at the end: they will not come by mail."
        ),
    )

    leave_no_message = forms.BooleanField(label=_("Leave no message on the phone or with anybody"), required=False)
    if_others_answer = forms.ChoiceField(
        label=_("What shall we do when somebody else answers?"),
        widget=forms.RadioSelect,
        required=False,
        choices=[
            (ServiceRequest.IfOthersAnswer.HANG_UP, _("say nothing and hang up")),
            (ServiceRequest.IfOthersAnswer.ASK, _("ask for me by my first name only")),
            ("", _("it does not matter")),
        ],
    )


class CorrectContactForm(ContactForm):
    """The same questions once more, later. Discreet contact stays so: whoever has the code may be another."""

    def __init__(self, *args, is_discreet, **kwargs):
        super().__init__(*args, journey=None, **kwargs)
        self.fields["safe_contact"].help_text = _(
            "Tick this if somebody near you must not learn of it. We send no e-mail and leave no message, and tell"
            " nobody else who calls."
        )
        if is_discreet:
            self.fields["safe_contact"].disabled = True
            self.fields["safe_contact"].help_text = _("To end discreet contact, call us or come.")


class NoticeForm(StepForm):
    """Which privacy notice was on the screen, and the token by which this is filed once."""

    notice = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def clean(self):
        data = super().clean()
        shown = self.journey.notice
        if data.get("notice", "") != (shown.version if shown else ""):
            raise ValidationError(
                _("The note on your data has changed meanwhile. Read it once more and send again."),
                code="notice_changed",
            )
        return data


class SendForm(NoticeForm):
    """The last page: files, and what is declared about each service in the words of the version on the screen."""

    files = FilesField(label=_("Documents, if you have them at hand"), required=False)
    shown = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for version, text in self.journey.statements:
            self.fields[f"statement_{version.pk}"] = forms.BooleanField(label=text, required=False)
        self.order_fields([*(name for name in self.fields if name.startswith("statement_")), "files"])

    def clean(self):
        data = super().clean()
        if data.get("shown", "") != self.journey.shown_versions:
            raise ValidationError(
                _("What a service is for has changed meanwhile. Read it once more and send again."),
                code="service_changed",
            )
        return data

    def statements(self):
        """Return what was declared: the version, the words on the screen, whether it was ticked."""
        said = self.cleaned_data
        return [(version.pk, plain(text), said[f"statement_{version.pk}"]) for version, text in self.journey.statements]


class CallBackForm(NoticeForm):
    """The shortest way in: a number, and we call."""

    phone = PhoneField(
        label=_("Your phone number"), max_length=40, error_messages={"required": _("Write your number.")}
    )
    contact_note = forms.CharField(
        label=_("When is it best to call?"), max_length=200, required=False, help_text=_("For example: in the morning.")
    )
    name = forms.CharField(label=_("What is your name?"), max_length=80, required=False)
    own_words = forms.CharField(
        label=_("What is it about?"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500, required=False
    )
    safe_contact = forms.BooleanField(
        label=_("Call discreetly"),
        required=False,
        help_text=_("We leave no message and do not say who calls when somebody else answers."),
    )
    field_order = ["phone", "contact_note", "name", "own_words", "safe_contact"]
