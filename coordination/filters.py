"""What narrows the worklists: one FilterSet a subject, whose choices come from the rows this user may see."""

from datetime import datetime, time, timedelta

import django_filters
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from coordination import worklists
from coordination.models import DestructionList, Plan, Referral
from cus_portal.accounts.models import Institution, User
from cus_portal.forms import DayField, FilterForm
from residents.models import Case, RequestItem, ServiceRequest, UnmetNeed
from services.models import Locality, ServiceArea

LIVE_STATES = (*Referral.OPEN, *Referral.WAIT_FOR_ACKNOWLEDGEMENT)


def start_of(day):
    return timezone.make_aware(datetime.combine(day, time.min))


class DayFilter(django_filters.Filter):
    field_class = DayField


class WorklistFilter(django_filters.FilterSet):
    """Base: knows the user, and says what was chosen as the end of a link."""

    class Meta:
        form = FilterForm
        fields = []

    def __init__(self, data, queryset, *, choices):
        super().__init__(data, queryset)
        for name in self.filters.keys() & choices.keys():
            self.offer(name, choices[name])

    def offer(self, name, choices):
        """Fill the choices; a filter with nothing to choose between is taken out."""
        self.filters[name].extra["choices"] = choices
        if len(choices) < 2:
            del self.filters[name]

    def apply(self, rows):
        """Narrow other rows of the same model in the same way; a field with a mistake in it narrows nothing."""
        self.form.is_valid()
        return self.filter_queryset(rows)

    def link(self, url, **more):
        """Return the address of a list narrowed in the same way."""
        chosen = {name: self.data[name] for name in self.filters if self.data.get(name)} | more
        return f"{url}?{urlencode(chosen)}" if chosen else url


class ReferralFilter(WorklistFilter):
    institution = django_filters.ChoiceFilter(label=_("Institution"), field_name="receiver", empty_label=_("All"))
    area = django_filters.ChoiceFilter(label=_("Area"), field_name="area", empty_label=_("All"))
    state = django_filters.ChoiceFilter(
        label=_("State"),
        field_name="status",
        choices=[(state.value, state.label) for state in LIVE_STATES],
        empty_label=_("All"),
    )
    coordinator = django_filters.ChoiceFilter(
        label=_("Coordinator"), field_name="case__coordinator", empty_label=_("All")
    )
    sent_from = DayFilter(label=_("Sent from"), method="filter_sent_from")
    sent_to = DayFilter(label=_("Sent to"), method="filter_sent_to")

    class Meta(WorklistFilter.Meta):
        model = Referral

    def filter_sent_from(self, rows, name, day):
        return rows.filter(sent_at__gte=start_of(day))

    def filter_sent_to(self, rows, name, day):
        return rows.filter(sent_at__lt=start_of(day + timedelta(days=1)))


class CaseFilter(WorklistFilter):
    coordinator = django_filters.ChoiceFilter(label=_("Coordinator"), empty_label=_("All"))

    class Meta(WorklistFilter.Meta):
        model = Case


class PlanFilter(WorklistFilter):
    coordinator = django_filters.ChoiceFilter(
        label=_("Coordinator"), field_name="case__coordinator", empty_label=_("All")
    )

    class Meta(WorklistFilter.Meta):
        model = Plan


class RequestFilter(WorklistFilter):
    channel = django_filters.ChoiceFilter(
        label=_("Channel"), choices=ServiceRequest.Channel.choices, empty_label=_("All")
    )

    class Meta(WorklistFilter.Meta):
        model = ServiceRequest


class UnmetFilter(WorklistFilter):
    reason = django_filters.ChoiceFilter(label=_("Reason"), choices=UnmetNeed.Reason.choices, empty_label=_("All"))
    area = django_filters.ChoiceFilter(label=_("Area"), empty_label=_("All"))
    place = django_filters.ChoiceFilter(label=_("Town or village"), field_name="locality", empty_label=_("All"))

    class Meta(WorklistFilter.Meta):
        model = UnmetNeed


class NeedFilter(WorklistFilter):
    class Meta(WorklistFilter.Meta):
        model = RequestItem


class DestructionFilter(WorklistFilter):
    class Meta(WorklistFilter.Meta):
        model = DestructionList


FILTERS = {
    "referral": ReferralFilter,
    "case": CaseFilter,
    "plan": PlanFilter,
    "request": RequestFilter,
    "unmet": UnmetFilter,
    "need": NeedFilter,
    "destruction": DestructionFilter,
}


def choices_for(user, *subjects):
    """Return what the filters of these subjects offer: institutions and coordinators of the user's own live rows."""
    choices = {}
    if {"referral", "case", "plan"} & set(subjects):
        cases = Case.objects.visible_to(user).open().order_by()
        coordinators = User.objects.filter(pk__in=cases.values("coordinator"))
        choices["coordinator"] = [(str(row.pk), row.get_full_name()) for row in coordinators]
    if "referral" in subjects:
        live = Referral.objects.visible_to(user).live().order_by()
        institutions = Institution.objects.filter(pk__in=live.values("receiver"))
        choices["institution"] = [(str(row.pk), row.short_name) for row in institutions]
    if {"referral", "unmet"} & set(subjects):
        choices["area"] = [(str(row.pk), row.short_name) for row in ServiceArea.objects.all()]
    if "unmet" in subjects:
        places = Locality.objects.filter(pk__in=worklists.unmet_needs(user).order_by().values("locality"))
        choices["place"] = [(str(row.pk), row.name) for row in places]
    return choices


def filters_for(user, data, *subjects):
    """Return for each subject its filter over the rows this user may see."""
    choices = choices_for(user, *subjects)
    return {subject: FILTERS[subject](data, worklists.SUBJECTS[subject](user), choices=choices) for subject in subjects}
