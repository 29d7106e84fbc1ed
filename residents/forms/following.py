"""Following a request: number and code, the answer to a question, more documents."""

import re
import uuid

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import PortalForm
from residents.forms.fields import FilesField

CODE_LENGTH = 9


class TrackForm(PortalForm):
    """Number and code as people copy them: small letters, spaces, no dashes."""

    mark_optional = False
    reference = forms.CharField(
        label=_("Number"),
        max_length=60,
        error_messages={"required": _("Write the number from your receipt.")},
        widget=forms.TextInput(attrs={"class": "w-medium", "autocomplete": "off", "autocapitalize": "characters"}),
    )
    code = forms.CharField(
        label=_("Code"),
        max_length=60,
        help_text=_("Nine letters and digits from your receipt. Capital or small letters: it makes no difference."),
        error_messages={"required": _("Write the code from your receipt.")},
        widget=forms.TextInput(attrs={"class": "w-medium", "autocomplete": "off", "autocapitalize": "characters"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        example = f"{self.prefix_of_numbers}-2026-0147"
        self.fields["reference"].help_text = gettext("For example: %(number)s") % {"number": example}

    @property
    def prefix_of_numbers(self):
        return settings.CENTRE["reference_prefix"]

    def clean_reference(self):
        typed, prefix = self.cleaned_data["reference"].upper(), self.prefix_of_numbers
        found = re.search(r"(20[0-9]{2})[^0-9A-Z]*([0-9]{1,9})[^0-9A-Z]*$", typed)
        return f"{prefix}-{found[1]}-{int(found[2]):04d}" if found else typed.strip()

    def clean_code(self):
        typed = re.sub(r"[^0-9A-Z]", "", self.cleaned_data["code"].upper())
        return (
            "-".join(typed[start : start + 3] for start in range(0, CODE_LENGTH, 3))
            if len(typed) == CODE_LENGTH
            else typed
        )


class QuestionForm(TrackForm):
    """Number and code of a question that somebody asked without a name."""

    @property
    def prefix_of_numbers(self):
        return f"{super().prefix_of_numbers}-S"


class AnswerForm(PortalForm):
    mark_optional = False
    answer = forms.CharField(
        label=_("Your answer"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        required=False,
        help_text=_("Write here or add a document below: one is enough."),
    )
    files = FilesField(label=_("Documents"), required=False)

    def clean(self):
        data = super().clean()
        if not self.errors and not data.get("answer") and not data.get("files"):
            self.add_error("answer", ValidationError(_("Write an answer or add a file."), code="required"))
        return data


class MessageForm(PortalForm):
    """Words, files or both. The token lets two clicks on one form write once."""

    mark_optional = False
    text = forms.CharField(
        label=_("Your message"),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=4000,
        required=False,
        help_text=_("Do not write passwords or numbers of bank cards here."),
    )
    files = FilesField(label=_("Documents"), required=False)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("token", uuid.uuid4())

    def clean(self):
        data = super().clean()
        if not self.errors and not data.get("text") and not data.get("files"):
            self.add_error("text", ValidationError(_("Write something or add a file."), code="required"))
        return data


class AddFilesForm(PortalForm):
    files = FilesField(label=_("Documents"), error_messages={"required": _("Choose a file.")})
