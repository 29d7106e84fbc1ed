"""Telling us that somebody may need help, or asking a question, without a name if need be."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import PortalForm
from residents.forms.rules import DANGERS
from residents.models import NeedReport, RequestParty

Knows = RequestParty.Knows


class NeedReportForm(PortalForm):
    kind = forms.ChoiceField(
        label=_("What do you want to tell us?"),
        widget=forms.RadioSelect,
        choices=[
            (NeedReport.Kind.NEED, _("somebody may need help")),
            (NeedReport.Kind.QUESTION, _("I only have a question")),
        ],
        error_messages={"required": _("Choose one of the two.")},
    )
    what_seen = forms.CharField(
        label=_("What have you seen, or what do you ask?"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        help_text=_("What you saw or heard yourself, and when. No guesses, no illnesses."),
        error_messages={"required": _("Write what you have seen or what you ask.")},
    )
    concerns = forms.CharField(
        label=_("Whom does it concern?"),
        max_length=300,
        required=False,
        help_text=_("As little as we need to find the person: for example the house, or the first name and village."),
    )
    red_flags = forms.MultipleChoiceField(
        label=_("Is any of this so now?"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=DANGERS,
    )
    person_knows = forms.ChoiceField(
        label=_("Does this person know that you are writing to us?"),
        widget=forms.RadioSelect,
        required=False,
        choices=[
            (Knows.AGREES, _("knows and agrees")),
            (Knows.UNWILLING, _("knows and does not want it")),
            (Knows.UNAWARE, _("does not know yet")),
            ("", _("I do not know")),
        ],
    )
    reporter = forms.CharField(
        label=_("Who are you?"),
        max_length=160,
        required=False,
        help_text=_("You may stay unnamed. We tell nobody who wrote to us, unless the law obliges us to."),
    )
    reporter_contact = forms.CharField(
        label=_("How can we reach you, if we have a question?"),
        max_length=160,
        required=False,
        help_text=_("Phone or e-mail. Without it we cannot answer you; you may call us."),
    )
    token = forms.UUIDField(widget=forms.HiddenInput)
