"""The parts of an entry on its page: rows put in order by a number, rights as the entry has them."""

from functools import cache, partial

from django.contrib import admin
from django.db.models import F
from django.forms.models import BaseInlineFormSet
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from cus_portal.admin import PortalTabularInline
from services.forms import EligibilityForm, OrderedRowForm
from services.models import (
    EligibilityRule,
    FeeBand,
    OpeningException,
    OpeningRule,
    Programme,
    ProgrammeService,
    RequiredDocument,
    ServiceContact,
    ServiceStep,
    ServiceText,
    ServiceVersion,
)

FAR = 10_000  # out of the way of the final positions while they are written


class OrderedFormSet(BaseInlineFormSet):
    """Rows with a position: people give any numbers, the rows are counted 1, 2, 3 in their order."""

    def clean(self):
        super().clean()
        if any(self.errors):
            return
        kept = [form for form in self.forms if form not in self.deleted_forms and self._says_something(form)]
        kept.sort(key=lambda form: (form.cleaned_data.get("order") is None, form.cleaned_data.get("order") or 0))
        for number, form in enumerate(kept, start=1):
            form.instance.position = number

    def _says_something(self, form):
        return form.instance.pk or form.has_changed()

    def save(self, commit=True):
        if not self.has_changed():
            return super().save(commit)
        self.get_queryset().model.objects.filter(**{self.fk.name: self.instance}).update(position=F("position") + FAR)
        saved = super().save(commit)
        for form in self.initial_forms:
            if form not in self.deleted_forms:
                self.model.objects.filter(pk=form.instance.pk).update(position=form.instance.position)
        return saved


class PartOfService:
    """An inline whose rights are those of the service it belongs to."""

    extra = 0
    show_change_link = False
    classes = ("collapse",)

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("services.view_service", obj)

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm("services.change_service", obj)

    def has_add_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)


class Ordered:
    """An inline with OrderedFormSet: the number stands first, and only where it can be written."""

    form = OrderedRowForm
    formset = OrderedFormSet
    exclude = ("position",)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        """Read the choices once for all rows."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        field.choices = cache(partial(list, field.choices))
        return field

    def get_fields(self, request, obj=None):
        fields = [name for name in super().get_fields(request, obj) if name != "order"]
        return ["order", *fields] if self.has_change_permission(request, obj) else fields


class OrderedPart(Ordered, PartOfService):
    pass


class TextInline(PartOfService, admin.StackedInline):
    """Ukrainian and English side by side, each field under the Polish one."""

    model = ServiceText
    max_num = 2
    classes = ("collapse", "side-by-side")

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        for name, field in formset.form.base_fields.items():
            if obj and getattr(obj, name, ""):
                field.help_text = format_html('<span lang="pl">{}</span>', getattr(obj, name))
        return formset


class EligibilityInline(OrderedPart, admin.StackedInline):
    model = EligibilityRule
    form = EligibilityForm

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "programme":
            kwargs["queryset"] = Programme.objects.visible_to(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class DocumentInline(OrderedPart, admin.StackedInline):
    model = RequiredDocument


class StepInline(OrderedPart, admin.StackedInline):
    model = ServiceStep


class ContactInline(OrderedPart, PortalTabularInline):
    model = ServiceContact


class HoursInline(PartOfService, admin.StackedInline):
    """What one line of hours cannot say: hours of a term, with a note, or on days off."""

    model = OpeningRule
    exclude = ("location",)
    verbose_name = _("hours of a season or with a note")
    verbose_name_plural = _("hours of a season or with a note")

    def get_queryset(self, request):
        plain = OpeningRule.objects.plain().values("pk")
        return super().get_queryset(request).exclude(pk__in=plain)


class ExceptionInline(PartOfService, admin.StackedInline):
    model = OpeningException
    exclude = ("location",)


class BasisFormSet(BaseInlineFormSet):
    """Of a basis that was public only the last day changes: requests remember under which one they were filed."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if form.instance.pk and self._was_public(form.instance):
            for name, field in form.fields.items():
                if name not in ("id", "valid_to", self.fk.name, "DELETE"):
                    field.disabled = True

    def _was_public(self, basis):
        if not hasattr(self, "_public"):
            rows = ServiceVersion.objects.filter(service=self.instance).values_list("content__basis", flat=True)
            self._public = {(row["programme"], row["from"]) for version in rows for row in version or []}
        return (basis.programme.code, basis.valid_from.isoformat()) in self._public


class BasisInline(PartOfService, admin.StackedInline):
    model = ProgrammeService
    formset = BasisFormSet
    autocomplete_fields = ("programme",)
    show_change_link = True
    fieldsets = (
        (None, {"fields": ("programme", ("valid_from", "valid_to"), "regime", "conditions", "filing_class")}),
        (
            _("How much"),
            {
                "fields": (
                    ("capacity", "capacity_unit", "capacity_period"),
                    ("person_units", "person_unit", "person_period"),
                    ("keeps_waiting_list", "offer_days", "unanswered"),
                    *("place_rule", "preference", "limit_text", "duration_text"),
                )
            },
        ),
        (_("Fee"), {"fields": ("fee_kind", ("fee_amount", "fee_unit"), "fee_note", "figures_are_illustrative")}),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("programme", "service")

    def has_change_permission(self, request, obj=None):
        allowed = request.user.has_perm("services.change_programmeservice")
        return allowed and super().has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        """A basis is closed by its last day: requests remember under which one they were filed."""
        return False


class FeeBandInline(Ordered, PortalTabularInline):
    model = FeeBand
    extra = 0

    def _is_draft(self, request, basis):
        return request.user.has_perm("services.change_programmeservice", basis)

    def has_view_permission(self, request, obj=None):
        return True

    has_add_permission = has_change_permission = has_delete_permission = _is_draft
