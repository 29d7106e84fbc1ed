"""The items of a plan as they are written, and how far they are: one by one, and all that are open when it ends."""

from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.template.defaultfilters import floatformat
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from coordination.models import PlanItem, SupportingAction
from cus_portal.accounts.models import Institution
from cus_portal.forms import DayField, PortalForm
from services.models import ProgrammeService, Service

NONE = ("", _("none chosen"))
ENDS = [(PlanItem.Status.DONE, PlanItem.Status.DONE.label), *PlanItem.GivenUp.choices]


class ItemStateForm(PortalForm):
    move = forms.ChoiceField(label=_("How does it go?"), widget=forms.RadioSelect)
    on = DayField(label=_("Since which day?"))
    reason = forms.ChoiceField(
        label=_("Why was it given up?"),
        help_text=_("Only when it was given up."),
        choices=[("", _("none chosen")), *PlanItem.GivenUp.choices],
        required=False,
    )

    def __init__(self, *args, moves, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["move"].choices = [(step.name, step.label) for step in moves]


class EndsItemsForm(PortalForm):
    """Goes before the form of a move that ends a plan: asks of each item that is still open how it ended."""

    end_unsaid = ""

    def __init__(self, *args, items=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.items = {f"item_{item.pk}": item for item in items}
        for name, item in self.items.items():
            choices = ENDS if self.end_unsaid else [("", _("none chosen")), *ENDS]
            self.fields[name] = forms.ChoiceField(
                label=_("How did it end: %(item)s") % {"item": f"{item}, {item.goal}"},
                choices=choices,
                initial=self.end_unsaid,
                error_messages={"required": _("Choose one of these.")},
            )

    def clean(self):
        data = super().clean()
        said = {item.pk: data.pop(name) for name, item in self.items.items() if name in data}
        return data | {"items": said}


class PlanItemForm(PortalForm):
    """One service or supporting action of a plan."""

    goal = forms.CharField(label=_("Goal"))
    service = forms.ModelChoiceField(
        label=_("Which service?"),
        queryset=Service.objects.published().order_by("name_sort", "pk"),
        required=False,
        empty_label=_("none chosen"),
        help_text=_("For help that is no service, leave this empty and name the supporting action."),
    )
    supporting = forms.ModelChoiceField(
        label=_("Which action of the community organiser?"),
        queryset=SupportingAction.objects.none(),
        required=False,
        empty_label=_("none chosen"),
        help_text=_("What goes on in the days of the plan: a club, volunteers, help among neighbours."),
    )
    action = forms.CharField(
        label=_("Supporting action"),
        required=False,
        help_text=_("In your words, where it is none of those above: the neighbour, the family."),
    )
    provider = forms.ModelChoiceField(
        label=_("Carried out by"),
        queryset=Institution.objects.active(),
        required=False,
        empty_label=_("who gives the service"),
    )
    units = forms.DecimalField(
        label=_("How much?"), min_value=0, max_digits=6, decimal_places=1, localize=True, required=False
    )
    unit = forms.ChoiceField(label=_("Of what?"), choices=[NONE, *ProgrammeService.PersonUnit.choices], required=False)
    period = forms.ChoiceField(label=_("In what time?"), choices=[NONE, *PlanItem.Period.choices], required=False)
    scope = forms.CharField(
        label=_("Scope, in words"),
        required=False,
        help_text=_("What the number does not say: 2 hours each time, 3 days a week."),
    )
    fee_kind = forms.ChoiceField(label=_("What does the person pay?"), required=False)
    fee_amount = forms.DecimalField(
        label=_("Amount, PLN"),
        min_value=0,
        max_digits=8,
        decimal_places=2,
        localize=True,
        required=False,
        help_text=_("Only for an amount set for this person."),
    )
    fee_unit = forms.ChoiceField(
        label=_("Amount for what?"), choices=[NONE, *ProgrammeService.FeeUnit.choices], required=False
    )
    fee = forms.CharField(
        label=_("About the fee"),
        max_length=100,
        required=False,
        help_text=_("For who is exempt: why. Else only what the amount does not say."),
    )
    starts_on = DayField(label=_("From"))
    ends_on = DayField(label=_("To"))

    def __init__(self, *args, plan, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["service"].label_from_instance = lambda service: service.plain_name
        if self.initial.get("units") is not None:
            self.initial["units"] = floatformat(self.initial["units"], -1)
        going_on = SupportingAction.objects.filter(starts_on__lte=plan.ends_on, ends_on__gte=plan.starts_on)
        self.fields["supporting"].queryset = going_on.order_by("name", "pk")
        in_words = self.initial.get("fee") and not self.initial.get("fee_kind")
        kinds = [("", pgettext_lazy("fee of a plan item", "as written below"))] if in_words else []
        self.fields["fee_kind"].choices = [*kinds, *PlanItem.Fee.choices]

    def layout(self):
        return Layout(
            "goal",
            Fieldset(gettext("What and by whom"), "service", "supporting", "action", "provider"),
            Fieldset(gettext("How much"), "units", "unit", "period", "scope"),
            Fieldset(gettext("Fee"), "fee_kind", "fee_amount", "fee_unit", "fee"),
            Fieldset(gettext("When"), "starts_on", "ends_on"),
        )

    def clean(self):
        data = super().clean()
        held = data.get("supporting")
        if held and not data.get("action"):
            data["action"] = held.name
        if bool(data.get("service")) == bool(data.get("action")) and not {"service", "action"} & set(self.errors):
            self.add_error("service", _("Choose a service or name a supporting action, one of the two."))
        if not data.get("provider"):
            data["provider"] = self.usual_provider(data)
        if data.get("action") and not data["provider"]:
            self.add_error("provider", _("Choose who carries it out."))
        self.check_amount(data)
        self.check_fee(data)
        return data

    @staticmethod
    def usual_provider(data):
        if data.get("supporting") and not data.get("service"):
            return Institution.objects.get(is_centre=True)
        return getattr(data.get("service"), "provider", None)

    def check_amount(self, data):
        missing = [name for name in ("units", "unit", "period") if not data.get(name)]
        if 0 < len(missing) < 3 and not set(missing) & set(self.errors):
            self.add_error(missing[0], _("Say how much, of what, and in what time: all three or none."))

    def check_fee(self, data):
        kind = data.get("fee_kind")
        if data.get("action") and kind == PlanItem.Fee.RULE:
            kind = data["fee_kind"] = ""  # no rule speaks of it
        if kind != PlanItem.Fee.FIXED:
            if data.get("fee_amount"):
                self.add_error("fee_kind", _("There is an amount: choose the amount set for this person, or erase it."))
            data["fee_amount"], data["fee_unit"] = None, ""
        else:
            if not data.get("fee_amount") and "fee_amount" not in self.errors:
                self.add_error("fee_amount", _("Write the amount."))
            if not data.get("fee_unit"):
                self.add_error("fee_unit", _("Say for what the amount is."))
        if kind == PlanItem.Fee.EXEMPT and not data.get("fee"):
            self.add_error("fee", _("Write why the person is exempt."))
