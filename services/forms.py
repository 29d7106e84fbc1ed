"""The organiser's forms: an entry with its parts, and what a move asks."""

import hashlib

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from cus_portal.accounts.models import Membership, User
from cus_portal.accounts.roles import Role
from cus_portal.files import OFFICE, kind_of
from cus_portal.forms import DayField, PortalForm, PortalModelForm
from services.hours import BadHours, read_hours, write_hours
from services.indexing import named_by
from services.models import (
    Certificate,
    EligibilityRule,
    FormTemplate,
    Location,
    Programme,
    Service,
    Status,
    Synonym,
)
from services.search import words_of

MOST_LISTED, LONGEST_LISTED, MOST_NAMED = 80, 60, 100  # words of a synonym; services that one term may name
KEEPERS = (Role.ORGANISER, Role.CATALOGUE_EDITOR)
RULE = ("weekday", "week_of_month", "opens_at", "closes_at")


def ticks(model, column, choices, **kwargs):
    """Return the field of a list column: one tick for each word."""
    return forms.MultipleChoiceField(
        label=capfirst(model._meta.get_field(column).verbose_name),
        choices=choices,
        widget=forms.CheckboxSelectMultiple,
        **kwargs,
    )


class HoursField(forms.CharField):
    """Opening hours in one line, as people write them; cleaned into the rules they mean."""

    widget = forms.Textarea(attrs={"rows": 2})

    def __init__(self, **kwargs):
        super().__init__(
            label=_("Opening hours"),
            required=False,
            max_length=500,
            help_text=_(
                "For example: pon-pt 7:30-15:30, 1. sob 9:00-12:00, ost. czw 10:00-14:00. Closed on public holidays."
            ),
            **kwargs,
        )

    def clean(self, value):
        text = super().clean(value)
        try:
            return read_hours(text)
        except BadHours as error:
            raise ValidationError(str(error), code="hours") from error


class WithHours(PortalModelForm):
    """The form of whatever has opening hours; the admin hands what was read to write_hours_of()."""

    hours_text = HoursField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.pk and "hours_text" in self.fields:
            self.initial["hours_text"] = write_hours(self.instance.hours.plain().values(*RULE))


class ServiceForm(WithHours):
    """One entry, for whoever keeps it."""

    delivery_modes = ticks(Service, "delivery_modes", Service.Delivery)
    languages = ticks(Service, "languages", Service.Spoken, required=False)

    class Meta:
        model = Service
        fields = ["delivery_modes", "languages"]  # the admin's fieldsets name the others
        help_texts = {
            "code": _("Stays for ever: files and other portals know the entry by it."),
            "slug": _("Links and printed QR codes lead here: change it only for a good reason."),
            "plain_name": _("What people would call it: “Someone to help at home”. It is the heading of the page."),
            "name": _("As the resolution or the contract has it; shown in small print."),
            "summary": _("Stands on the list under the name. One sentence, without office words."),
            "description": _("What happens, who comes, how long it takes. Short sentences; an empty line parts them."),
            "keywords": _("Words people type that stand nowhere else: “opiekunka, sprzątanie”. Nobody sees them."),
            "certificate": _("Shown on the page. So that the check can ask for it, tick it at a way in below too."),
            "direct_entry_note": _("Address or room, and when. Shown when the box above is ticked."),
            "phone": _("Empty: the centre's own number is shown."),
            "featured": _("1 is the first on the home page. Empty: not there."),
            "evidence": _("For the centre only; where the facts of this entry come from."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "editor" in self.fields:
            self.fields["editor"].queryset = User.objects.filter(
                is_active=True, pk__in=Membership.objects.filter(role__in=KEEPERS).values("user")
            )

    def clean(self):
        """Keep what was typed when somebody has sent the entry on meanwhile, and say so."""
        data = super().clean()
        if self.instance.pk and self.instance.status != Status.DRAFT:
            raise ValidationError(
                _("This entry is no longer a draft: somebody has sent or published it. Copy what you typed from here."),
                code="moved",
            )
        return data


class LocationForm(WithHours):
    access = ticks(Location, "access", Location.Access, required=False)

    class Meta:
        model = Location
        fields = ["access"]


class OrderedRowForm(PortalModelForm):
    """A row of a part: people number the rows as they like, OrderedFormSet counts them 1, 2, 3."""

    order = forms.IntegerField(label=_("order"), required=False, min_value=0)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["order"] = self.instance.position


class EligibilityForm(OrderedRowForm):
    certificates = ticks(EligibilityRule, "certificates", Certificate, required=False)

    class Meta:
        model = EligibilityRule
        fields = ["certificates"]


class FormTemplateForm(PortalModelForm):
    """An empty form: what it is, is read from the file and never believed from its name."""

    def clean_file(self):
        upload = self.cleaned_data["file"]
        if isinstance(upload, UploadedFile):
            if upload.size > settings.ATTACHMENT_MAX_BYTES:
                raise ValidationError(_("The file is too large for people on a phone. Save a smaller one."), code="big")
            self.instance.content_type = kind_of(upload, OFFICE) or ""
            if not self.instance.content_type:
                raise ValidationError(
                    _("This is not a PDF, DOCX or ODT file. Save the form in one of these kinds."), code="wrong_kind"
                )
            upload.seek(0)
            self.instance.size = upload.size
            self.instance.sha256 = hashlib.sha256(upload.read()).hexdigest()
            upload.seek(0)
        return upload

    class Meta:
        model = FormTemplate
        fields = ["file"]


def short_text(label, **kwargs):
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": 2}), max_length=300, **kwargs)


# -- moves --------------------------------------------------------------------------------------
class SubmitForm(PortalForm):
    mark_optional = False
    note = short_text(
        _("What have you changed, and why?"),
        help_text=_("The second person reads this first; it stays in the history of the entry."),
    )


class SubmitEntryForm(SubmitForm):
    checked = forms.BooleanField(
        label=_("I have checked the whole entry, not only what I changed"),
        required=False,
        help_text=_("The page will say “last checked” with today's date, and no reminder comes for a while."),
    )


class SendBackForm(PortalForm):
    mark_optional = False
    reason = short_text(_("What has to be mended?"), help_text=_("Whoever wrote the change reads this."))


class AloneForm(PortalForm):
    mark_optional = False
    reason = short_text(
        _("Why does nobody else look at it?"),
        help_text=_("This stays in the history, and such publications are counted."),
    )


class ReasonForm(PortalForm):
    mark_optional = False
    reason = short_text(_("Why?"), help_text=_("This stays in the history."))


class AmendForm(PortalModelForm):
    """A published programme, changed as its amending resolution says."""

    valid_from = DayField(label=Programme._meta.get_field("valid_from").verbose_name)
    valid_to = DayField(label=Programme._meta.get_field("valid_to").verbose_name, required=False)
    resolution_date = DayField(label=Programme._meta.get_field("resolution_date").verbose_name, required=False)
    reason = short_text(
        _("Why is it changed?"), help_text=_("For example: the resolution that amends it. This stays in the history.")
    )

    class Meta:
        model = Programme
        fields = ["name", "resolution_no", "resolution_date", "journal", "valid_from", "valid_to", "funding"]


class SynonymForm(PortalModelForm):
    class Meta:
        model = Synonym
        fields = ["words", "terms", "in_use"]
        widgets = {"words": forms.Textarea(attrs={"rows": 3}), "terms": forms.Textarea(attrs={"rows": 2})}

    def clean_words(self):
        words = _listed(self.cleaned_data["words"])
        for one in words:
            if not words_of(one):
                raise ValidationError(
                    _("“%(words)s” tells nothing: the search skips words that stand in any question. Write another."),
                    params={"words": one},
                )
        return ", ".join(words)

    def clean_terms(self):
        terms = _listed(self.cleaned_data["terms"])
        for term in terms:
            named = named_by(term)[: MOST_NAMED + 1].count()
            if not named:
                raise ValidationError(
                    _("No public service has “%(term)s” in its name or keywords. Look up how the catalogue calls it."),
                    params={"term": term},
                )
            if named > MOST_NAMED:
                raise ValidationError(
                    _("“%(term)s” stands in more than %(count)s services. Add a word that tells them apart."),
                    params={"term": term, "count": MOST_NAMED},
                )
        return ", ".join(terms)


def _listed(text):
    """Return what stands between the commas, each once, in lines or not."""
    parts = (" ".join(part.split()) for part in text.replace("\n", ",").replace(";", ",").split(","))
    listed = list(dict.fromkeys(part for part in parts if part))
    if not listed or len(listed) > MOST_LISTED or max(map(len, listed)) > LONGEST_LISTED:
        raise ValidationError(
            _("Write from 1 to %(most)s words or short phrases of up to %(longest)s letters, with commas between."),
            params={"most": MOST_LISTED, "longest": LONGEST_LISTED},
        )
    return listed


class RatingForm(PortalForm):
    helped = forms.ChoiceField(choices=[("yes", _("Yes")), ("no", _("No"))])
