"""By what the queue of requests is narrowed."""

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy

from residents.admin.base import ALL, LATE, TODAY, Mine, OneOf
from residents.models import RequestItem, ServiceRequest
from services.models import Service, ServiceArea

Status = ServiceRequest.Status
OPEN, TEAM = "open", "team"


class StateFilter(OneOf):
    title = gettext_lazy("state")
    parameter_name = "state"
    start = OPEN
    words = ((OPEN, gettext_lazy("open")), *((value, label) for value, label in Status.choices))

    def queryset(self, request, queryset):
        if self.value() == OPEN:
            return queryset.open()
        return super().queryset(request, queryset)


class WhoseFilter(Mine):
    words = (*Mine.words, (TEAM, gettext_lazy("handed to my team")))

    def queryset(self, request, queryset):
        if self.value() == TEAM:
            return queryset.handed_to_team_of(request.user)
        return super().queryset(request, queryset)


class DueFilter(OneOf):
    title = gettext_lazy("term")
    parameter_name = "due"
    words = ((LATE, gettext_lazy("late")), (TODAY, gettext_lazy("late or due today")))

    def queryset(self, request, queryset):
        on = timezone.localdate()
        if self.value() == LATE:
            return queryset.overdue(on)
        return queryset.due_by(on) if self.value() == TODAY else queryset


class UrgentFilter(OneOf):
    title = gettext_lazy("urgency")
    parameter_name = "urgent"
    words = (("1", gettext_lazy("urgent")),)

    def queryset(self, request, queryset):
        return queryset.filter(is_urgent=True) if self.value() == "1" else queryset


class MailFilter(OneOf):
    title = gettext_lazy("mails")
    parameter_name = "mail"
    words = (("lost", gettext_lazy("a mail did not arrive")),)

    def queryset(self, request, queryset):
        return queryset.with_undelivered_mail() if self.value() == "lost" else queryset


class ChannelFilter(OneOf):
    title = gettext_lazy("channel")
    parameter_name = column = "channel"
    words = tuple(ServiceRequest.Channel.choices)


class AreaFilter(OneOf):
    title = gettext_lazy("service area")
    parameter_name = "area"

    def lookups(self, request, model_admin):
        return [(area.code, area.short_name) for area in ServiceArea.objects.order_by("number")]

    def queryset(self, request, queryset):
        if self.value() == ALL:
            return queryset
        services = Service.objects.filter(areas__code=self.value()).values("pk")
        return queryset.filter(Exists(RequestItem.objects.filter(request=OuterRef("pk"), service__in=services)))
