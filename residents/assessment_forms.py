"""The form of a talk about needs: as one talks, and nothing asked that a visit may not bring out."""

import uuid
from datetime import timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from cus_portal.forms import DayField, PortalForm
from residents.desk_forms import text_field
from residents.models import NeedsAssessment

HOLDS_FOR = timedelta(days=365)


class AssessmentForm(PortalForm):
    mark_optional = False
    held_on = DayField(label=_("Day of the talk"))
    place = forms.ChoiceField(label=_("Where it was"), widget=forms.RadioSelect, choices=NeedsAssessment.Place)
    present = forms.CharField(label=_("Who was there"), max_length=200, required=False)
    situation = text_field(_("Situation"), rows=5, help_text=_("Who lives there, who helps, what the day is like."))
    needs = text_field(_("Needs recognised"), rows=5)
    wishes = text_field(_("What the person wants"), rows=4, required=False, help_text=_("In that person's own words."))
    resources = text_field(_("What helps already"), rows=3, required=False)
    obstacles = text_field(_("What stands in the way"), rows=3, required=False)
    valid_until = DayField(label=_("Valid until"), help_text=_("By that day the needs are talked over anew."))
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, on, **kwargs):
        super().__init__(*args, **kwargs)
        start = {"held_on": on, "place": NeedsAssessment.Place.STAYS, "valid_until": on + HOLDS_FOR}
        self.initial = start | {"seen": 0, "token": uuid.uuid4()} | self.initial
