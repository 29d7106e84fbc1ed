"""By what the office's list of referrals is narrowed; no choice here comes from the referrals, so none tells of one."""

import re
from datetime import date, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.filters import NO_AREA, start_of
from coordination.models import Referral
from cus_portal.accounts.models import Institution
from cus_portal.asked import AskedDay, AskedFilter, TypedForm
from cus_portal.forms import DayField
from residents.admin.base import ALL, OneOf
from services.models import ServiceArea

INSTITUTION, STATE, OPEN = "institution", "state", "open"
YEARS = 10
MOST_NAMED = 8


class StateFilter(OneOf):
    title = gettext_lazy("state")
    parameter_name = STATE
    words = (
        (OPEN, gettext_lazy("open")),
        *(choice for choice in Referral.Status.choices if choice[0] != Referral.Status.ENTERED_IN_ERROR),
    )

    def queryset(self, request, queryset):
        if self.value() == OPEN:
            return queryset.open().live()  # the same rows: what is live has indexes of its own
        return super().queryset(request, queryset)


class InstitutionFilter(AskedFilter):
    title = gettext_lazy("institution")
    parameter_name = INSTITUTION

    def read(self, text):
        if not re.fullmatch(r"[0-9]{1,18}", text):
            return None
        if not hasattr(self, "found"):
            self.found = Institution.objects.visible_to(self.reader).filter(pk=text).first()
        return self.found

    def said(self, text):
        return self.read(text).name

    def narrowed(self, queryset, institution):
        return queryset.filter(receiver=institution)


class AreaFilter(OneOf):
    title = gettext_lazy("service area")
    parameter_name = "area"

    def lookups(self, request, model_admin):
        areas = [(str(area.pk), area.short_name) for area in ServiceArea.objects.order_by("number")]
        return [*areas, (NO_AREA, _("no area"))]

    def queryset(self, request, queryset):
        if self.value() == ALL:
            return queryset
        return queryset.filter(area=None if self.value() == NO_AREA else self.value())


class KindFilter(OneOf):
    title = gettext_lazy("kind")
    parameter_name = column = "kind"
    words = tuple(Referral.Kind.choices)


class YearFilter(OneOf):
    title = gettext_lazy("sent in the year")
    parameter_name = "year"

    def lookups(self, request, model_admin):
        this = timezone.localdate().year
        return [(str(year), str(year)) for year in range(this, this - YEARS, -1)]

    def queryset(self, request, queryset):
        if self.value() == ALL:
            return queryset
        year = int(self.value())
        begin, end = start_of(date(year, 1, 1)), start_of(date(year + 1, 1, 1))
        return queryset.filter(sent_at__gte=begin, sent_at__lt=end)


class SentFromFilter(AskedDay):
    title = gettext_lazy("sent from")
    parameter_name = "sent_from"

    def narrowed(self, queryset, day):
        return queryset.filter(sent_at__gte=start_of(day))


class SentToFilter(AskedDay):
    title = gettext_lazy("sent to")
    parameter_name = "sent_to"

    def narrowed(self, queryset, day):
        return queryset.filter(sent_at__lt=start_of(day + timedelta(days=1)))


BY_SENDING = (InstitutionFilter, AreaFilter, KindFilter, YearFilter, SentFromFilter, SentToFilter)


class NarrowForm(TypedForm):
    typed_institution = forms.CharField(
        label=gettext_lazy("Institution"), required=False, help_text=gettext_lazy("Its code or a part of its name.")
    )
    typed_sent_from = DayField(label=gettext_lazy("Sent from"), required=False)
    typed_sent_to = DayField(label=gettext_lazy("Sent to"), required=False)

    def clean_typed_institution(self):
        """Return the key of the one that is called so, else of the only one whose name has these words."""
        words = self.cleaned_data["typed_institution"]
        if not words:
            return ""
        known = Institution.objects.visible_to(self.reader).order_by("name_sort", "pk")
        called = known.filter(Q(code__iexact=words) | Q(name__iexact=words) | Q(short_name__iexact=words))
        fitting = known.filter(Q(name__icontains=words) | Q(short_name__icontains=words))
        found = list(called[: MOST_NAMED + 1]) or list(fitting[: MOST_NAMED + 1])
        if len(found) == 1:
            return found[0].pk
        if not found:
            raise ValidationError(_("No institution has these words in its name."))
        named = ", ".join(f"{one.name} ({one.code})" for one in found[:MOST_NAMED])
        more = " …" if len(found) > MOST_NAMED else ""
        raise ValidationError(_("Several institutions fit. Write the code of one: %(named)s") % {"named": named + more})
