"""The questions of "Is it for me?", made from the ways into one service. Nothing of it is kept."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import PortalForm
from services.eligibility import ELSEWHERE, WAITING, Answers, questions_of
from services.models.parts import Certificate

HERE, NONE_HELD = "here", "none"
YES, NO = "yes", "no"
OLDEST = 120


class CheckForm(PortalForm):
    """Asks only what this service depends on; everything may be left open."""

    mark_optional = False
    age = forms.IntegerField(
        label=_("How old is the person who needs help?"),
        help_text=_("In full years."),
        min_value=0,
        max_value=OLDEST,
        required=False,
        widget=forms.NumberInput(attrs={"class": "w-short", "inputmode": "numeric", "autocomplete": "off"}),
        error_messages={"invalid": _("Write the age as a number of years, for example 72.")},
    )
    locality = forms.ChoiceField(label=_("Where does this person live?"), required=False, widget=forms.RadioSelect)
    certificates = forms.MultipleChoiceField(
        label=_("Which of these papers does this person have?"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, page, programme, **kwargs):
        super().__init__(*args, **kwargs)
        asked = questions_of(page, programme)
        self.questions = list(asked["questions"])
        self.fields["locality"].choices = self._places(page)
        if not asked["age"]:
            del self.fields["age"]
        if asked["certificates"]:
            self.fields["certificates"].choices = [
                *((code, Certificate(code).label) for code in asked["certificates"]),
                (WAITING, _("has applied and waits for it")),
                (NONE_HELD, _("none of them")),
            ]
        else:
            del self.fields["certificates"]
        for number, text in enumerate(asked["questions"].values(), start=1):
            self.fields[f"question_{number}"] = forms.ChoiceField(
                label=text,
                required=False,
                widget=forms.RadioSelect,
                choices=[(YES, _("yes")), (NO, _("no")), ("", _("I do not know"))],
            )

    @staticmethod
    def _places(page):
        near = [(place["code"], place["name"]) for place in page["localities"]]
        here = gettext("in another place of the municipality") if near else settings.CENTRE["municipality"]
        return [*near, (HERE, here), (ELSEWHERE, _("elsewhere")), ("", _("I would rather not say"))]

    def clean_certificates(self):
        chosen = self.cleaned_data["certificates"]
        if NONE_HELD in chosen and len(chosen) > 1:
            raise forms.ValidationError(_("You ticked “none of them” and a paper. Leave one or the other."))
        return chosen

    def answers(self):
        """Return what was answered, for assess()."""
        said = self.cleaned_data
        papers = said.get("certificates") or None
        replies = {
            text: said[f"question_{number}"] == YES
            for number, text in enumerate(self.questions, start=1)
            if said[f"question_{number}"]
        }
        return Answers(
            age=said.get("age"),
            locality=said["locality"] or None,
            certificates=None if papers is None else frozenset(papers) - {NONE_HELD},
            questions=replies,
        )
