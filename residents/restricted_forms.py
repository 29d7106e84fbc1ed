"""The forms around restricted files and conflicts of interest."""

from django import forms
from django.core.validators import MinLengthValidator
from django.utils.translation import gettext_lazy as _

from cus_portal.accounts.models import User
from cus_portal.forms import DayField, PortalForm
from residents.desk_forms import MoveForm, reason_field
from residents.models import Attachment, ConflictOfInterest, RestrictedFile

SENTENCE = 15  # characters: a reason, not a letter typed to get on


class RestrictForm(MoveForm):
    kind = forms.ChoiceField(
        label=_("Why"),
        widget=forms.RadioSelect,
        choices=RestrictedFile.Kind,
        help_text=_(
            "Nobody finds it any more but those who work on it, the director and the keeper of restricted files."
        ),
    )
    reason = reason_field(_("Note"), required=False, help_text=_("Who oversees the file and its officer read this."))


class ConfidentialForm(MoveForm):
    files = forms.ModelMultipleChoiceField(
        Attachment.objects.none(),
        label=_("Files that only those who work on the request read"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nobody else at the centre opens them or sees their names, the director neither."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        found = self.subject.attachments.visible_to(self.actor)
        self.fields["files"].queryset = found
        self.initial["files"] = [file.pk for file in found if file.is_confidential]


class WorkerField(forms.ModelChoiceField):
    def __init__(self, **kwargs):
        super().__init__(User.objects.none(), label=_("Worker"), **kwargs)


class LetInForm(MoveForm):
    user = WorkerField()
    reason = reason_field(_("What for"))
    last_day = DayField(label=_("Until"), required=False, help_text=_("Leave empty when no end is known."))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        inside = self.subject.accesses.in_force().filter(until=None).values("user")
        people = User.objects.at_centre(on=self.on).exclude(pk__in=inside)
        self.fields["user"].queryset = people.order_by("name_sort", "pk")


class EndAccessForm(MoveForm):
    user = WorkerField()
    reason = reason_field(_("Why"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        inside = User.objects.filter(pk__in=self.subject.accesses.in_force().values("user"))
        self.fields["user"].queryset = inside.order_by("name_sort", "pk")


class LiftForm(MoveForm):
    reason = reason_field(_("Why"), help_text=_("Everybody who handles requests will find it again."))


class ConflictForm(MoveForm):
    relation = forms.ChoiceField(
        label=_("How you know this person"),
        widget=forms.RadioSelect,
        choices=ConflictOfInterest.Relation,
        help_text=_("From now on nothing about this person is shown to you. The director ends this, when it is over."),
    )


class EndConflictForm(MoveForm):
    reason = reason_field(_("Why it is over"))


class BreakGlassForm(PortalForm):
    mark_optional = False
    number = forms.CharField(
        label=_("Number of the request, or case sign"), max_length=40, help_text=_("For example CUS-2026-0147.")
    )
    reason = reason_field(
        _("Why it cannot wait"),
        help_text=_("The data protection officer is told at once and reads this. The file is open to you for a day."),
        validators=[MinLengthValidator(SENTENCE, _("Write it in a sentence: who is in danger, and what you must do."))],
    )
