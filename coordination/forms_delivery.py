"""What people fill in about contracts, services given and visits."""

from datetime import timedelta
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from coordination.areas import lives_elsewhere, payers, still_pays
from coordination.models import Contract, Plan, PlanItem, Provision, ServiceRecord, SettlementLine, Suspension
from coordination.plan_delivery import beginning_by
from cus_portal.accounts.models import Membership, User
from cus_portal.accounts.roles import Role
from cus_portal.forms import ClockField, DayField, PortalForm
from residents.desk_forms import MoveForm, reason_field
from residents.models import RequestItem
from services.models import Agreement, Locality
from services.units import in_units


class KeyField(forms.UUIDField):
    """Makes a form that is sent twice have one effect."""

    widget = forms.HiddenInput

    def __init__(self):
        super().__init__(initial=uuid4)


def units_field(label, **kwargs):
    return forms.DecimalField(label=label, min_value=0, max_digits=6, decimal_places=1, localize=True, **kwargs)


def money_field(label, **kwargs):
    return forms.DecimalField(label=label, min_value=0, max_digits=8, decimal_places=2, localize=True, **kwargs)


# -- contracts ------------------------------------------------------------------------------------
class EnlargeForm(PortalForm):
    units = units_field(_("How many units are added?"))
    reason = reason_field(_("By which annex?"))


class ReasonForm(PortalForm):
    reason = reason_field(_("Why?"), help_text=_("It stays in the history. No names, no diagnoses."))


class EndContractForm(PortalForm):
    last_day = DayField(label=_("Last day"), help_text=_("Visits planned after it are called off."))
    reason = reason_field(_("Why?"))


class MonthForm(PortalForm):
    month = forms.TypedChoiceField(label=_("Which month?"))

    def __init__(self, *args, months, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["month"].choices = [(month.isoformat(), label) for month, label in months]
        self.fields["month"].coerce = {month.isoformat(): month for month, _label in months}.__getitem__


class CorrectLineForm(PortalForm):
    line = forms.ModelChoiceField(SettlementLine.objects.none(), label=_("Which line?"))
    units = units_field(_("Units, as is right"))
    amount = money_field(_("Due to the provider, as is right, PLN"))
    fee = money_field(_("Due from the person, as is right, PLN"))
    reason = reason_field(_("Why?"), help_text=_("A new line holds the difference. What was closed stays."))

    def __init__(self, *args, lines, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["line"].queryset = lines
        self.fields["line"].label_from_instance = lambda line: f"{line.provision.case}, {line.provision.case.resident}"


# -- a service given to a person ----------------------------------------------------------------------
class WorkerField(forms.ModelChoiceField):
    def __init__(self, **kwargs):
        kwargs = {"label": _("Who comes?"), "required": False, "empty_label": _("nobody yet")} | kwargs
        super().__init__(User.objects.none(), **kwargs)

    def among(self, contracts, on):
        people = User.objects.holding(Role.VISITING_WORKER, on=on).order_by("name_sort", "pk")
        providers = contracts.values("agreement__institution")
        at_providers = Membership.objects.in_force(on).filter(institution__in=providers).values("user")
        self.queryset = people.filter(pk__in=at_providers)


def place_field():
    return forms.ModelChoiceField(
        Locality.objects.order_by("name_sort", "pk"),
        label=_("Town or village"),
        required=False,
        empty_label="—",
        help_text=_("Where the help is given. It may be another one than where the person lives."),
    )


class PayerField(forms.ModelChoiceField):
    def __init__(self):
        super().__init__(
            Agreement.objects.none(),
            label=_("By which agreement does the other municipality pay?"),
            required=False,
            help_text=_("The person lives outside the municipality: without such an agreement nothing begins."),
        )

    def label_from_instance(self, agreement):
        return " ".join(filter(None, [agreement.institution.name, agreement.number]))


class ContractField(forms.ModelChoiceField):
    def __init__(self, **kwargs):
        super().__init__(Contract.objects.none(), label=_("By which contract?"), **kwargs)

    def label_from_instance(self, contract):
        service = contract.basis.service.plain_name
        left = in_units(contract.left, contract.unit)
        return f"{service} – {contract.agreement.institution.short_name} ({left})"


def contracts_in_force(on):
    rows = Contract.objects.filter(status=Contract.Status.ACTIVE).in_force(on).with_use()
    return rows.select_related("basis__service", "agreement__institution").order_by("basis__service__name_sort", "pk")


class NotOfTheFamily:
    """The form lets a worker in only with the word that he is no kin of the person."""

    def clean(self):
        data = super().clean()
        if data.get("worker") and not data.get("no_kinship"):
            self.add_error("no_kinship", _("Ask the worker first: family does not come as a paid worker."))
        data.pop("no_kinship", None)
        return data


class GiveServiceForm(NotOfTheFamily, MoveForm):
    item = forms.ModelChoiceField(
        RequestItem.objects.none(), label=_("For which need?"), required=False, empty_label=_("none: a crisis")
    )
    plan_item = forms.ModelChoiceField(
        PlanItem.objects.none(),
        label=_("For which item of the plan?"),
        required=False,
        empty_label=_("none chosen"),
        help_text=_("An amount left empty is the one of the plan; its fee is taken over."),
    )
    crisis_reason = forms.CharField(
        label=_("Why can it not wait for the decision?"),
        required=False,
        max_length=300,
        help_text=_("Only where no need with a place is chosen, or the service began before the decision on it."),
    )
    contract = ContractField()
    worker = WorkerField()
    no_kinship = forms.BooleanField(
        label=_("The worker has stated that he is not of the person's family"), required=False
    )
    units = units_field(_("How much?"), help_text=_("Hours, visits or rides, as the contract counts."), required=False)
    period = forms.ChoiceField(label=_("In what time?"), choices=Provision.Period, initial=Provision.Period.MONTH)
    starts_on = DayField(label=_("From"))
    ends_on = DayField(label=_("To"), required=False)
    address = forms.CharField(label=_("Where?"), max_length=200, help_text=_("The worker sees it."))
    locality = place_field()
    payer = PayerField()
    task = forms.CharField(
        label=_("What is to be done?"), max_length=300, help_text=_("The worker sees it. No diagnoses.")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        contracts = contracts_in_force(self.on)
        self.fields["payer"].queryset = payers(self.on)
        if not lives_elsewhere(self.subject.resident, on=self.on):
            del self.fields["payer"]
        items = RequestItem.objects.filter(request__case=self.subject, status=RequestItem.Status.QUALIFIED)
        self.fields["item"].queryset = items.filter(provision=None).select_related("service").order_by("pk")
        self.fields["item"].label_from_instance = lambda item: (
            item.service.plain_name if item.service else item.own_words
        )
        self.fields["contract"].queryset = contracts
        self.fields["worker"].among(contracts, self.on)
        planned = PlanItem.objects.filter(plan__in=self.subject.plans.in_force(self.on), plan__status__in=Plan.OPEN)
        planned = planned.filter(status__in=PlanItem.OPEN, service__isnull=False)
        self.fields["plan_item"].queryset = planned.select_related("service", "plan").order_by("position", "pk")
        self.fields["plan_item"].label_from_instance = lambda item: f"{item}, {item.goal}"
        if not planned.exists():
            del self.fields["plan_item"]

    def clean(self):
        data = super().clean()
        if data.get("units") is None and "units" not in self.errors:
            said = beginning_by(data["plan_item"]) if data.get("plan_item") else {}
            data |= {name: said[name] for name in ("units", "period") if name in said}
            if "units" not in said:
                self.add_error("units", _("Write how much is given."))
        return data


class ChangeServiceForm(MoveForm):
    address = forms.CharField(label=_("Where?"), max_length=200, help_text=_("The worker sees it."))
    locality = place_field()
    task = forms.CharField(
        label=_("What is to be done?"), max_length=300, help_text=_("The worker sees it. No diagnoses.")
    )
    ends_on = DayField(label=_("To"), required=False, help_text=_("Visits planned after it are called off."))
    payer = PayerField()
    payer_from = DayField(
        label=_("From which day does it pay?"),
        required=False,
        help_text=_("The first day of a month. What was given before stays with us."),
    )
    payer_until = DayField(
        label=_("Until which day does the other municipality pay?"),
        required=False,
        help_text=_("The last day of a month. The person lives here again."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["payer"].queryset = payers(self.on)
        self.fields["payer"].help_text = _("The person has moved to another municipality. The service goes on.")
        if self.subject.payer_id or not lives_elsewhere(self.subject.case.resident, on=self.on):
            del self.fields["payer"], self.fields["payer_from"]
        if not still_pays(self.subject) or lives_elsewhere(self.subject.case.resident, on=self.on):
            del self.fields["payer_until"]


class HandOverForm(NotOfTheFamily, MoveForm):
    contract = ContractField()
    worker = WorkerField()
    no_kinship = GiveServiceForm.base_fields["no_kinship"]
    from_day = DayField(label=_("From which day?"), help_text=_("Visits planned from this day on go over."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        now = self.subject.contract
        contracts = contracts_in_force(self.on).filter(basis__service=now.basis.service_id, unit=now.unit)
        self.fields["contract"].queryset = contracts
        self.fields["worker"].among(contracts, self.on)


class PlanVisitsForm(PortalForm):
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On which days?"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    begins = ClockField(label=_("From what time?"), help_text=_("For example 8:00"))
    ends = ClockField(label=_("To what time?"))
    first_day = DayField(label=_("From which day?"))
    last_day = DayField(label=_("To which day?"), help_text=_("Three months at most."))


class SuspendForm(PortalForm):
    kind = forms.ChoiceField(label=_("Why?"), choices=Suspension.Kind, widget=forms.RadioSelect)
    first_day = DayField(label=_("First day"))
    last_day = DayField(label=_("Last day"), required=False, help_text=_("Leave empty while it is not known."))
    note = forms.CharField(label=_("Note"), required=False, max_length=300)


class EndSuspensionForm(PortalForm):
    last_day = DayField(label=_("Last day without the service"))


class EndServiceForm(PortalForm):
    reason = forms.ChoiceField(label=_("Why does it end?"), choices=Provision.EndReason)
    last_day = DayField(label=_("Last day"), help_text=_("Visits planned after it are called off."))


class SetFeeForm(PortalForm):
    valid_from = DayField(label=_("From which day?"))
    income = money_field(
        _("Income of a person in the family, PLN a month"),
        required=False,
        help_text=_("Where the fee depends on it. It never decides on the service."),
    )
    rate = money_field(
        _("Rate for this person, PLN"), required=False, help_text=_("Where the programme leaves it to the centre.")
    )
    relief_percent = forms.IntegerField(label=_("Relief, percent"), min_value=0, max_value=100, initial=0)
    relief_reason = forms.CharField(label=_("Why the relief?"), required=False, max_length=300)


# -- visits -----------------------------------------------------------------------------------------
class ConfirmedForm(PortalForm):
    """Who confirms a visit at the door: signed on the phone, or on the card at the desk."""

    confirmation = forms.ChoiceField(
        label=_("Who confirms the visit?"),
        choices=[("", _("nobody")), *ServiceRecord.Confirmation.choices],
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Ask the person. Without it the visit counts all the same."),
    )
    confirmed_by = forms.CharField(label=_("Name of who confirms for the person"), required=False, max_length=120)
    field_order = ["provision", "record", "day", "begins", "ends", "confirmation", "confirmed_by"]


class DoneForm(ConfirmedForm):
    begins = ClockField(label=_("From what time?"))
    ends = ClockField(label=_("To what time?"))
    key = KeyField()


class NotDoneForm(PortalForm):
    fault = forms.ChoiceField(label=_("Why?"), choices=ServiceRecord.Fault, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("What happened?"),
        required=False,
        max_length=300,
        help_text=_("The centre reads it. No diagnoses."),
    )
    key = KeyField()


class TakeBackForm(PortalForm):
    reason = forms.CharField(label=_("What was wrong?"), max_length=200)


class WriteVisitForm(ConfirmedForm):
    day = DayField(label=_("Day"))
    begins = ClockField(label=_("From what time?"))
    ends = ClockField(label=_("To what time?"))
    key = KeyField()


class OwnVisitForm(WriteVisitForm):
    """A visit that nobody had planned, by the worker: yesterday or today, with somebody he comes to anyway."""

    provision = forms.ModelChoiceField(Provision.objects.none(), label=_("With whom?"))

    def __init__(self, *args, provisions, on, **kwargs):
        super().__init__(*args, **kwargs)
        self.on = on
        self.fields["provision"].queryset = provisions
        self.fields["provision"].label_from_instance = lambda one: (
            f"{one.case.resident.first_name} {one.case.resident.last_name}, {one.contract.basis.service.plain_name}"
        )

    def clean_day(self):
        day = self.cleaned_data["day"]
        if not self.on - timedelta(days=1) <= day <= self.on:
            raise ValidationError(_("Only today and yesterday. For an older visit call the centre."))
        return day


class MarkForm(MoveForm):
    """One visit of a service, marked at the desk: from a card on paper, or as the provider says on the phone."""

    record = forms.ModelChoiceField(ServiceRecord.objects.none(), label=_("Which visit?"))
    states: tuple = (ServiceRecord.Status.PLANNED,)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = self.subject.records.filter(status__in=self.states, starts_at__date__lte=self.on)
        self.fields["record"].queryset = rows.select_related("contract", "provision__case").order_by("-starts_at")
        self.fields["record"].label_from_instance = visit_words


def visit_words(record):
    begins, ends = timezone.localtime(record.starts_at), timezone.localtime(record.ends_at)
    return f"{begins:%d.%m.%Y %H:%M}–{ends:%H:%M}, {record.get_status_display()}"


class MarkDoneForm(MarkForm, ConfirmedForm):
    key = KeyField()


class MarkNotDoneForm(MarkForm):
    fault = NotDoneForm.base_fields["fault"]
    reason = NotDoneForm.base_fields["reason"]
    key = KeyField()


class MarkBackForm(MarkForm):
    states = (ServiceRecord.Status.DONE, ServiceRecord.Status.NOT_DONE)
    reason = TakeBackForm.base_fields["reason"]


class SurplusForm(MarkForm):
    states = (ServiceRecord.Status.DONE,)
    units = units_field(_("How much beyond what is counted?"), help_text=_("0 takes a surplus back."))
    surplus_reason = forms.CharField(
        label=_("Why was it more?"),
        required=False,
        max_length=300,
        help_text=_("It is not paid and not counted in any limit. No diagnoses."),
    )


class AnswerObjectionForm(MarkForm):
    states = tuple(ServiceRecord.Status)
    answer = forms.CharField(
        label=_("Our answer"),
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The person reads it."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["record"].queryset = self.fields["record"].queryset.objected()


class ObjectForm(PortalForm):
    text = forms.CharField(
        label=_("How was it?"), max_length=600, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example: nobody came, or the visit was shorter."),
    )  # fmt: skip
