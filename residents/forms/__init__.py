"""The resident's forms."""

from residents.forms.account import AccountLinkForm, JoinForm, MailsForm
from residents.forms.complaints import ComplaintFields, ComplaintForm, ComplaintTrackForm
from residents.forms.drafts import SaveDraftForm
from residents.forms.fields import FilesField, PeselField, PhoneField
from residents.forms.following import AddFilesForm, AnswerForm, MessageForm, QuestionForm, TrackForm
from residents.forms.reports import NeedReportForm
from residents.forms.steps import (
    ActingForm,
    CallBackForm,
    ContactForm,
    CorrectContactForm,
    ForWhomForm,
    NeedsForm,
    PersonForm,
    SendForm,
    StepForm,
    UrgencyForm,
    YouForm,
)
from residents.forms.watching import WatchForm

__all__ = [
    "AccountLinkForm",
    "JoinForm",
    "MailsForm",
    "ActingForm",
    "AddFilesForm",
    "AnswerForm",
    "CallBackForm",
    "ComplaintFields",
    "ComplaintForm",
    "ComplaintTrackForm",
    "ContactForm",
    "CorrectContactForm",
    "FilesField",
    "ForWhomForm",
    "MessageForm",
    "NeedReportForm",
    "NeedsForm",
    "PeselField",
    "PersonForm",
    "PhoneField",
    "QuestionForm",
    "SaveDraftForm",
    "SendForm",
    "StepForm",
    "TrackForm",
    "UrgencyForm",
    "WatchForm",
    "YouForm",
]
