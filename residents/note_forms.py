"""The form of a note on a case."""

from django import forms
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import PortalForm
from residents.desk_forms import text_field
from residents.models import CaseNote


class NoteForm(PortalForm):
    mark_optional = False
    text = text_field(_("Note"), rows=8, limit=8000)
    sight = forms.ChoiceField(
        label=_("Who reads it"),
        widget=forms.RadioSelect,
        choices=CaseNote.Sight,
        help_text=_(
            "Whoever asks for a copy of their data may get what others read, and learns that a private note exists."
        ),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, may_choose, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_choose:
            del self.fields["sight"]
