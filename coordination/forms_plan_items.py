"""How far the items of a plan are: one by one while it is in force, all that are open when it ends."""

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.models import PlanItem
from cus_portal.forms import DayField, PortalForm

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
