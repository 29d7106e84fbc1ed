"""The desk's forms: dense, in the order of the talk, nothing required that is not known yet."""

from decimal import Decimal

from crispy_forms.layout import HTML, Layout
from django import forms
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cus_portal.accounts.models import Absence, Institution, User
from cus_portal.accounts.roles import Role
from cus_portal.forms import DayField, PortalForm
from residents.actions import appeal_instruction, person_of
from residents.actions.queue import ahead_of, standing_of
from residents.forms import FilesField, MessageForm, PeselField
from residents.letter_texts import HANDED_OVER
from residents.matching import describe, matches_of, same_filings
from residents.models import Case, Consent, RefusalDecision, RequestItem, Resident, ServiceRequest, UnmetNeed
from services.models import Service

CANDIDATES = 10
NEW_PERSON = "new"


class MoveForm(PortalForm):
    """The form of one move. `subject` is what it moves, `actor` who sees it, `on` today.

    The forms of moves on many rows at once are shown without a subject.
    """

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
    """What is asked for, and of which needs where the request has several: the others go on."""

    text = text_field(
        _("What do you ask for?"),
        rows=3,
        limit=1000,
        help_text=_("The resident reads these words with the number and the code. The clock stands until the answer."),
    )
    needs = forms.MultipleChoiceField(
        label=_("Which needs is it about?"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Their clocks stand until the answer. What you do not tick goes on."),
        error_messages={"required": _("Tick at least one need.")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.items = {str(item.pk): item for item in self.subject.items.all() if item.status in RequestItem.ASKED_ABOUT}
        self.fields["needs"].choices = [(key, str(item)) for key, item in self.items.items()]
        self.initial.setdefault("needs", list(self.items))
        if len(self.items) < 2:  # noqa: PLR2004
            del self.fields["needs"]

    def clean_needs(self):
        return [self.items[key] for key in self.cleaned_data["needs"]]


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


class PapersForm(MoveForm):
    """Papers that the team got by hand, by post or from another institution."""

    files = FilesField(label=_("Documents"))

    def layout(self):
        told = _(
            "The team of the case reads them; they may go along with a referral. The status page does not name them."
        )
        return Layout(HTML(format_html("<p>{}</p>", told)), "files")


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


class HandOverForm(MoveForm):
    """To whom a request goes: a team, or a colleague; who is away is named with who stands in."""

    to = forms.ChoiceField(label=_("To whom"))
    note = reason_field(_("What to know"), required=False, help_text=_("The colleague reads it in the history."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        people = User.objects.holding_one_of(ServiceRequest.Team.values, on=self.on)
        people = people.exclude(pk=self.subject and self.subject.assigned_to_id).order_by("name_sort", "pk")
        self.people = {str(person.pk): person for person in people}
        away = {one.user_id: one for one in Absence.objects.on(self.on).select_related("stands_in")}
        colleagues = [(key, self.named(person, away.get(person.pk))) for key, person in self.people.items()]
        is_restricted = self.subject is not None and self.subject.restricted_file_id
        teams = [] if is_restricted else [(gettext("Teams"), ServiceRequest.Team.choices)]
        self.fields["to"].choices = [*teams, (gettext("Colleagues"), colleagues)]

    @staticmethod
    def named(person, absence):
        if absence is None:
            return str(person)
        until = gettext("away until %(day)s") % {"day": absence.last_day.strftime("%d.%m.%Y")}
        instead = gettext("%(who)s stands in") % {"who": absence.stands_in} if absence.stands_in else ""
        return f"{person} ({', '.join(filter(None, [until, instead]))})"

    def clean(self):
        data = super().clean()
        chosen = data.pop("to", "")
        if chosen in self.people:
            data["worker"] = self.people[chosen]
        else:
            data["team"] = chosen
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
    stays_until = DayField(
        label=_("Who led the case stays as a deputy until"),
        required=False,
        help_text=_("Leave empty, and who led the case does not see it any more."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        now_with = self.subject and self.subject.coordinator_id
        people = User.objects.holding(Role.COORDINATOR, on=self.on).exclude(pk=now_with)
        self.fields["coordinator"].queryset = people.order_by("name_sort")


class ReopenForm(MoveForm):
    reason = forms.ChoiceField(
        label=_("Why the case is reopened"),
        widget=forms.RadioSelect,
        choices=Case.ReopenReason,
        help_text=_("A new case with its own sign begins, linked to this one. This one stays as it was closed."),
    )
    note = text_field(_("In words"), rows=3, required=False)
    coordinator = CoordinatorField(help_text=_("Sees the new case at once and has 30 days for the plan."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["coordinator"].queryset = User.objects.holding(Role.COORDINATOR, on=self.on).order_by("name_sort")
        self.initial["coordinator"] = self.subject.coordinator_id


# -- a need -------------------------------------------------------------------------------------
TOLD = _("The resident reads this with the number and the code.")


class DecideForm(MoveForm):
    answer = text_field(_("What the resident is told"), required=False, help_text=TOLD)


class PlaceForm(MoveForm):
    """A place of a row: how much of its limit, and why somebody who stands before gets none."""

    units = forms.DecimalField(
        label=_("How much of the limit"),
        initial=1,
        min_value=Decimal("0.5"),
        max_digits=7,
        decimal_places=1,
        step_size=0.5,
        localize=True,
    )
    skip_reason = reason_field(
        _("Why before those who stand ahead"),
        required=False,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        basis = self.subject.programme_service
        if basis is None or basis.capacity_unit == basis.CapacityUnit.PERSON:
            del self.fields["units"]
        else:
            self.fields["units"].help_text = capfirst(basis.get_capacity_unit_display())
        place = standing_of(self.subject, on=self.on)
        ahead = len(ahead_of(place)) if place else 0
        if ahead:
            told = ngettext(
                "%(n)d need waits before. The reason stays in the log of the queue.",
                "%(n)d needs wait before. The reason stays in the log of the queue.",
                ahead,
            )
            self.fields["skip_reason"].help_text = told % {"n": ahead}
        else:
            del self.fields["skip_reason"]


class QualifyForm(PlaceForm):
    decision_number = forms.CharField(label=_("Decision number"), max_length=40)
    decision_on = DayField(label=_("Day of the decision"))
    answer = text_field(_("What the resident is told"), required=False, help_text=TOLD)
    field_order = ["decision_number", "decision_on", "answer", "units", "skip_reason"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.subject.is_granted_by_decision:
            del self.fields["decision_number"], self.fields["decision_on"]


class WaitlistForm(DecideForm):
    is_preferred = forms.BooleanField(label=_("The programme prefers this person"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        basis = self.subject.programme_service
        if basis is None or not basis.preference:
            del self.fields["is_preferred"]
        else:
            self.fields["is_preferred"].help_text = basis.preference


class InformForm(MoveForm):
    answer = text_field(
        _("What the resident is told"),
        help_text=_(
            "Where such help is given, and whom to call. The resident reads this with the number and the code."
        ),
    )

    lacking = forms.ChoiceField(
        label=_("Does the need stay unmet?"),
        widget=forms.RadioSelect,
        required=False,
        choices=[
            ("", _("No: the person gets this help elsewhere or needs none")),
            (UnmetNeed.Reason.NO_SERVICE, _("Yes: there is no such service here")),
            (UnmetNeed.Reason.NO_PROGRAMME, _("Yes: there is one, but no programme covers this person")),
            (UnmetNeed.Reason.NO_PARTNER, _("Yes: no institution that we know gives it where the person lives")),
        ],
        help_text=_("It goes into the register of unmet needs: place and kind, without a name and without the words."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.subject.service_id is None:
            self.initial["lacking"] = UnmetNeed.Reason.NO_SERVICE


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
    purpose_note = forms.CharField(
        label=_("What for"), max_length=300, help_text=_("They may use the data for this matter only.")
    )
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
            "purpose_note": gettext("dealing with this need"),
            "form": Consent.Form.ORAL,
        }


class ForwardRequestForm(MoveForm):
    """For each open need: to whom it goes, and that the person was asked about this very body."""

    data = forms.MultipleChoiceField(
        label=_("Which data they get"), choices=HANDED_OVER.items(), widget=forms.CheckboxSelectMultiple
    )
    purpose_note = forms.CharField(
        label=_("What for"), max_length=300, help_text=_("They may use the data for this matter only.")
    )
    form = forms.ChoiceField(label=_("How consent was given"), widget=forms.RadioSelect, choices=Consent.Form)
    given_on = DayField(label=_("Consent given on"))
    valid_until = DayField(label=_("Valid until"), required=False, help_text=_("Leave empty when no end was named."))
    answer = text_field(_("What the resident is told"), rows=3, required=False, help_text=TOLD)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.needs = [item for item in self.subject.items.all() if item.status == RequestItem.Status.SUBMITTED]
        bodies = Institution.objects.partners().order_by("name_sort", "pk")
        for need in self.needs:
            self.fields[self.to(need)] = forms.ModelChoiceField(
                bodies, label=str(need), required=False, empty_label=gettext("stays with us")
            )
            self.fields[self.agreed(need)] = forms.BooleanField(
                label=gettext("The person agrees that this institution gets it"), required=False
            )
        asked = [name for need in self.needs for name in (self.to(need), self.agreed(need))]
        self.order_fields([*asked, *self.fields])
        self.initial |= {
            "given_on": self.on,
            "data": ["name", "address", "phone"],
            "purpose_note": gettext("dealing with this need"),
            "form": Consent.Form.ORAL,
        }

    @staticmethod
    def to(need):
        return f"to_{need.pk}"

    @staticmethod
    def agreed(need):
        return f"agreed_{need.pk}"

    def clean(self):
        data = super().clean()
        parts = {}
        for need in self.needs:
            receiver, is_agreed = data.pop(self.to(need), None), data.pop(self.agreed(need), False)
            if receiver and not is_agreed:
                self.add_error(self.agreed(need), _("Ask the person first: without consent nothing is passed on."))
            elif receiver:
                parts.setdefault(receiver, []).append(need)
        data["parts"] = parts
        return data


class RefusalForm(MoveForm):
    ground = forms.ChoiceField(
        label=_("Ground"),
        widget=forms.RadioSelect,
        choices=[one for one in RefusalDecision.Ground.choices if one[0] not in RefusalDecision.DISCONTINUES],
        help_text=_("No place is no refusal: put it on the waiting list. No such service is none either: inform."),
    )
    factual_grounds = text_field(_("Factual grounds"), help_text=_("What was found out, and why it does not suffice."))
    legal_grounds = text_field(_("Legal grounds"), rows=3, help_text=_("The provision and the rule of the programme."))
    appeal_instruction = text_field(_("Instruction on appeal"), rows=5)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["appeal_instruction"] = appeal_instruction()
        earlier = getattr(self.subject, "refusal", None)
        if earlier is not None and earlier.ground in dict(self.fields["ground"].choices):
            self.initial |= {name: getattr(earlier, name) for name in self.fields}


class DiscontinueForm(RefusalForm):
    """A need that has become pointless: nobody refuses it and nobody has withdrawn it."""

    ground = forms.ChoiceField(
        label=_("Ground"),
        widget=forms.RadioSelect,
        choices=[one for one in RefusalDecision.Ground.choices if one[0] in RefusalDecision.DISCONTINUES],
        help_text=_("Whoever says himself that he no longer wants it withdraws the need: that is no decision."),
    )
    factual_grounds = text_field(_("Factual grounds"), help_text=_("What has happened, since when, how it is known."))
    legal_grounds = text_field(_("Legal grounds"), rows=3, initial="art. 105 § 1 KPA")


class ReturnForm(MoveForm):
    reason = reason_field(_("Why it goes back"), help_text=_("Whoever proposed it reads this."))
