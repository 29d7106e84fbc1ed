"""What narrows the worklists: one FilterSet a subject, whose choices come from the rows this user may see."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

import django_filters
from django.db.models import CharField, Count, Exists, F, IntegerField, OuterRef, Subquery, TextField, Value
from django.db.models.functions import Cast, Concat, LPad
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from coordination import worklists
from coordination.models import DestructionList, IncomingReferral, Plan, Referral
from cus_portal.accounts.models import Institution, User
from cus_portal.forms import DayField, FilterForm
from residents.models import Case, RequestItem, ServiceRequest, TeamMember, UnmetNeed
from residents.models.team import on_teams_today
from services.models import Locality, ProgrammeService, ServiceArea

NO_AREA = NO_PLACE = NO_ROW = "none"
OFFERED = ("coordinator", "member", "role", "institution", "sender", "area", "place", "row")
OURS, WITH_DIRECTOR = ("ours", _("with us")), ("director", _("waits for approval"))
LIVE_STATES = (*Referral.OPEN, *Referral.WAIT_FOR_ACKNOWLEDGEMENT)


def start_of(day):
    return timezone.make_aware(datetime.combine(day, time.min))


@dataclass(frozen=True)
class Choice:
    """What a filter offers.

    Of a coordinator, of a worker on care teams and of a role in them also how many such open cases the user sees; of a
    queue how many wait.
    """

    key: int
    label: str
    number: int

    @property
    def pair(self):
        return (str(self.key), self.label)


class DayFilter(django_filters.Filter):
    field_class = DayField


class WorklistFilter(django_filters.FilterSet):
    """Base: knows the user, and says what was chosen as the end of a link."""

    kept = ()  # filters to which numbers lead, even where there is only one to choose

    class Meta:
        form = FilterForm
        fields = []

    def __init__(self, data, queryset, *, choices):
        super().__init__(data, queryset)
        self.offered = choices
        for name in self.filters.keys() & choices.keys():
            self.offer(name, [choice.pair for choice in choices[name]])

    def offer(self, name, choices):
        """Fill the choices; a filter with nothing to choose between is taken out."""
        extra = self.filters[name].extra
        extra["choices"] = choices
        if name in self.kept and choices:
            return
        if len(choices) + bool(choices and extra.get("null_label")) < 2:
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
    area = django_filters.ChoiceFilter(
        label=_("Area"), field_name="area", empty_label=_("All"), null_label=_("no area"), null_value=NO_AREA
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        field_name="status",
        choices=[(state.value, state.label) for state in LIVE_STATES],
        empty_label=_("All"),
    )
    refusal = django_filters.ChoiceFilter(
        label=_("Why not accepted"),
        field_name="reject_reason",
        choices=Referral.RejectReason.choices,
        empty_label=_("All"),
    )
    priority = django_filters.ChoiceFilter(label=_("Priority"), choices=Referral.Priority.choices, empty_label=_("All"))
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Referral.Kind.choices, empty_label=_("All"))
    # It narrows what the user sees anyway: whoever sees no protected one finds none.
    confidentiality = django_filters.ChoiceFilter(
        label=_("Confidentiality"), choices=Referral.Confidentiality.choices, empty_label=_("All")
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


class IncomingFilter(WorklistFilter):
    sender = django_filters.ChoiceFilter(label=_("From"), empty_label=_("All"))
    priority = django_filters.ChoiceFilter(label=_("Priority"), choices=Referral.Priority.choices, empty_label=_("All"))
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Referral.Kind.choices, empty_label=_("All"))

    class Meta(WorklistFilter.Meta):
        model = IncomingReferral


class CaseFilter(WorklistFilter):
    kept = ("member",)
    coordinator = django_filters.ChoiceFilter(label=_("Coordinator"), empty_label=_("All"))
    member = django_filters.ChoiceFilter(label=_("On the care team"), empty_label=_("All"), method="of_member")
    team_role = django_filters.ChoiceFilter(
        label=_("Role in the care team"), choices=TeamMember.Role.choices, empty_label=_("All"), method="with_role"
    )
    plan = django_filters.ChoiceFilter(
        label=_("Plan"), method="filter_plan", choices=[OURS, WITH_DIRECTOR], empty_label=_("All")
    )

    class Meta(WorklistFilter.Meta):
        model = Case

    def of_member(self, rows, name, value):
        return rows.filter(pk__in=on_teams_today(user=value).values("case"))

    def with_role(self, rows, name, value):
        return rows.filter(pk__in=on_teams_today(role=value).values("case"))

    def filter_plan(self, rows, name, whose):
        with_director = Exists(Plan.objects.filter(case=OuterRef("pk"), status=Plan.Status.SUBMITTED))
        return rows.filter(with_director if whose == WITH_DIRECTOR[0] else ~with_director)


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
    area = django_filters.ChoiceFilter(
        label=_("Area"), empty_label=_("All"), null_label=_("not said yet"), null_value=NO_AREA
    )
    place = django_filters.ChoiceFilter(
        label=_("Town or village"),
        field_name="locality",
        empty_label=_("All"),
        null_label=_("not given"),
        null_value=NO_PLACE,
    )

    class Meta(WorklistFilter.Meta):
        model = UnmetNeed


class NeedFilter(WorklistFilter):
    class Meta(WorklistFilter.Meta):
        model = RequestItem


class QueueFilter(WorklistFilter):
    row = django_filters.ChoiceFilter(
        label=_("Queue"),
        field_name="programme_service",
        empty_label=_("All"),
        null_label=_("without a programme"),
        null_value=NO_ROW,
    )

    class Meta(WorklistFilter.Meta):
        model = RequestItem


class DestructionFilter(WorklistFilter):
    class Meta(WorklistFilter.Meta):
        model = DestructionList


FILTERS = {
    "referral": ReferralFilter,
    "incoming": IncomingFilter,
    "case": CaseFilter,
    "plan": PlanFilter,
    "request": RequestFilter,
    "unmet": UnmetFilter,
    "need": NeedFilter,
    "queue": QueueFilter,
    "destruction": DestructionFilter,
}


def choices_for(user, *subjects, receivers=None, without=()):
    """Return {filter: [Choice]} for these subjects, in one query: what the user's own live rows have, no more.

    Whoever has read the live referrals says which institutions they went to; a filter that is not offered is left out.
    """
    wanted = []
    if {"referral", "case", "plan"} & set(subjects):
        cases = Case.objects.visible_to(user).open().order_by()
        of_one = cases.filter(coordinator=OuterRef("pk")).values("coordinator").annotate(number=Count("*"))
        workers = User.objects.filter(pk__in=cases.values("coordinator"))
        name = Concat("first_name", Value(" "), "last_name")
        number = Subquery(of_one.values("number"), output_field=IntegerField())
        wanted.append(choice(workers, "coordinator", label=name, place="name_sort", number=number))
    if "case" in subjects:
        wanted += on_care_teams(cases)
    if "referral" in subjects:
        known = Institution.objects.filter(pk__in=worklists.referrals(user).order_by().values("receiver"))
        if receivers is not None:
            known = Institution.objects.filter(pk__among=receivers)
        wanted.append(choice(known, "institution", label="short_name", place="name_sort"))
    if "incoming" in subjects and "sender" not in without:
        senders = Institution.objects.filter(pk__in=worklists.incoming(user).order_by().values("sender"))
        wanted.append(choice(senders, "sender", label="short_name", place="name_sort"))
    if {"referral", "unmet"} & set(subjects):
        number = LPad(Cast("number", CharField()), 4, Value("0"))
        wanted.append(choice(ServiceArea.objects.all(), "area", label="short_name", place=number))
    if "unmet" in subjects and "place" not in without:
        localities = Locality.objects.filter(pk__in=worklists.unmet_needs(user).order_by().values("locality"))
        wanted.append(choice(localities, "place", label="name", place="name_sort"))
    if "queue" in subjects:
        waiting = worklists.waiting(user).order_by()
        here = waiting.filter(programme_service=OuterRef("pk")).values("programme_service")
        number = Subquery(here.annotate(number=Count("*")).values("number"), output_field=IntegerField())
        rows = ProgrammeService.objects.filter(pk__in=waiting.values("programme_service"))
        name = Concat("service__plain_name", Value(" ("), Cast("valid_from__year", CharField()), Value(")"))
        wanted.append(choice(rows, "row", label=name, place="service__name_sort", number=number))
    if not wanted:
        return {}
    first, *others = wanted
    choices = {}
    for of, key, label, _place, number in sorted(first.union(*others, all=True), key=lambda row: (row[3], row[1])):
        choices.setdefault(of, []).append(Choice(key, label.strip(), number))
    return {of: choices.get(of, []) for of in OFFERED}


def on_care_teams(cases):
    """Return who is on the care teams of these cases today, and in which roles: each with the number of the cases."""
    today = on_teams_today(case__in=cases.values("pk")).order_by()
    of_one = today.filter(user=OuterRef("pk")).values("user").annotate(number=Count("*"))
    members = User.objects.filter(pk__in=today.values("user"))
    name = Concat("first_name", Value(" "), "last_name")
    number = Subquery(of_one.values("number"), output_field=IntegerField())
    roles = today.values("role").annotate(number=Count("case", distinct=True))
    return [
        choice(members, "member", label=name, place="name_sort", number=number),
        choice(roles, "role", key=Value(0), label="role", place="role", number=F("number")),
    ]


def choice(rows, of, *, label, place, number=None, key=None):
    """Return the rows as choices of one filter, in columns that may stand in one answer with those of others."""
    text = TextField()
    columns = {
        "of": Value(of, output_field=text),
        "key": F("pk") if key is None else key,
        "label": Cast(label, text),
        "place": Cast(place, text),
        "open_cases": Cast(number or Value(0), IntegerField()),
    }
    return rows.order_by().annotate(**columns).values_list(*columns)


def filters_for(user, data, *subjects, receivers=None, without=()):
    """Return for each subject its filter over the rows this user may see."""
    choices = choices_for(user, *subjects, receivers=receivers, without=without)
    return {subject: FILTERS[subject](data, worklists.SUBJECTS[subject](user), choices=choices) for subject in subjects}
