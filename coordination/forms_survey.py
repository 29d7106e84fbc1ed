"""The questions at the end of a service, as people answer them and as the desk enters them from paper."""

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.models import SurveyAnswer
from cus_portal.forms import PortalForm

EMPTY = ("", _("I do not want to say"))


def question(label):
    return forms.TypedChoiceField(
        label=label,
        choices=[*SurveyAnswer.Scale.choices, EMPTY],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )


class SurveyForm(PortalForm):
    mark_optional = False
    helped = question(SurveyAnswer.QUESTIONS["helped"])
    respected = question(SurveyAnswer.QUESTIONS["respected"])
    in_time = question(SurveyAnswer.QUESTIONS["in_time"])
    again = question(SurveyAnswer.QUESTIONS["again"])
    words = forms.CharField(
        label=_("What should be better?"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=1000,
        required=False,
        help_text=_("Please write no names, neither yours nor anybody else's."),
    )


class CodeForm(PortalForm):
    mark_optional = False
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("Nine letters and digits from the mail or from the paper."),
        error_messages={"required": _("Write the code.")},
        widget=forms.TextInput(attrs={"class": "w-medium", "autocomplete": "off", "autocapitalize": "characters"}),
    )


class PaperForm(SurveyForm):
    """What stands on a paper that came back, with the code printed on it."""

    code = CodeForm.base_fields["code"]
    field_order = ("code", "helped", "respected", "in_time", "again", "words")
