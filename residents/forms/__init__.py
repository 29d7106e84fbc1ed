"""The resident's forms."""

from residents.forms.drafts import SaveDraftForm
from residents.forms.fields import FilesField, PeselField, PhoneField
from residents.forms.following import AddFilesForm, AnswerForm, TrackForm
from residents.forms.steps import (
    CallBackForm,
    ContactForm,
    ForWhomForm,
    NeedsForm,
    PersonForm,
    SendForm,
    StepForm,
    YouForm,
)

__all__ = [
    "AddFilesForm",
    "AnswerForm",
    "CallBackForm",
    "ContactForm",
    "FilesField",
    "ForWhomForm",
    "NeedsForm",
    "PeselField",
    "PersonForm",
    "PhoneField",
    "SaveDraftForm",
    "SendForm",
    "StepForm",
    "TrackForm",
    "YouForm",
]
