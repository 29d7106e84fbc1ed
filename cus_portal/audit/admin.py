"""The data protection officer's room: who saw and did what, when, in which role, said in words."""

import re
from datetime import datetime, time, timedelta

from django.apps import apps
from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.accounts.models import User
from cus_portal.accounts.roles import Role
from cus_portal.admin import PortalChangeList, PortalModelAdmin, opened
from cus_portal.asked import AskedDay, AskedFilter, TypedFilters, TypedForm
from cus_portal.audit.models import AuditEvent
from cus_portal.audit.subjects import concerning, find_person, find_thing, people_of
from cus_portal.exported import ExportedList
from cus_portal.forms import DayField

READS, FILES, CHANGES = "reads", "files", "changes"
FACTS = {
    "screen": gettext_lazy("screen"),
    "rows": gettext_lazy("rows"),
    "fields": gettext_lazy("fields"),
    "files": gettext_lazy("files"),
    "consent": gettext_lazy("consent"),
    "receiver": gettext_lazy("receiver"),
    "edition": gettext_lazy("edition"),
}
SCREENS = {
    "admin": gettext_lazy("page in the office"),
    "download": gettext_lazy("download of a file"),
    "receipt": gettext_lazy("confirmation to print"),
    "track": gettext_lazy("page of the request"),
    "referral": gettext_lazy("page of the referral"),
}
ACTS = {AuditEvent.READ: gettext_lazy("Looked at"), AuditEvent.EXPORT: gettext_lazy("Saved as a file")}


class DayForm(TypedForm):
    typed_day = DayField(label=gettext_lazy("Day"), required=False, help_text=gettext_lazy("For example 12.11.2026."))


class ActFilter(admin.SimpleListFilter):
    """Coarse on purpose: a list of every act there ever was would read the whole log."""

    title = gettext_lazy("what")
    parameter_name = "act"

    def lookups(self, request, model_admin):
        return [(READS, _("looked at")), (CHANGES, _("done")), (FILES, _("saved as a file"))]

    def queryset(self, request, queryset):
        if self.value() == CHANGES:
            return queryset.exclude(action__in=ACTS)
        action = {READS: AuditEvent.READ, FILES: AuditEvent.EXPORT}.get(self.value())
        return queryset.filter(action=action) if action else queryset


class ThingFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind of object")
    parameter_name = "thing"

    def lookups(self, request, model_admin):
        rooms = [room.opts for room in admin.site._registry.values() if isinstance(room, PortalModelAdmin)]
        return sorted(((opts.label_lower, str(opts.verbose_name)) for opts in rooms), key=lambda thing: thing[1])

    def queryset(self, request, queryset):
        return queryset.filter(object_type=self.value()) if self.value() else queryset


class MoveFilter(admin.SimpleListFilter):
    """One act by its name; offered once the kind of object is chosen, for there are hundreds in all."""

    title = gettext_lazy("which act")
    parameter_name = "move"

    def lookups(self, request, model_admin):
        thing = request.GET.get(ThingFilter.parameter_name, "")
        room = next((room for model, room in admin.site._registry.items() if model._meta.label_lower == thing), None)
        if room is None:
            return []
        names = {move.name for move in room.moves} | set(room.past) | {step.name for step in room.workflow or ()}
        acts = [f"{room.opts.model_name}.{name}" for name in names]
        return sorted(((act, str(room.sentence(AuditEvent(action=act)))) for act in acts), key=lambda act: act[1])

    def queryset(self, request, queryset):
        return queryset.filter(action=self.value()) if self.value() else queryset


class PersonFilter(AskedFilter):
    title = gettext_lazy("person")
    parameter_name = "person"

    def read(self, text):
        return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None

    def said(self, text):
        return _("person no. %(number)s") % {"number": text}

    def narrowed(self, queryset, number):
        return queryset.filter(concerning(number))


class DayFilter(AskedDay):
    """The day of a row, or any day from the first list of days to today; the index by moments serves it."""

    title = gettext_lazy("day")
    parameter_name = "day"

    def narrowed(self, queryset, day):
        begin = timezone.make_aware(datetime.combine(day, time.min))
        return queryset.filter(at__gte=begin, at__lt=begin + timedelta(days=1))


class LogList(PortalChangeList):
    """Knows of the rows it shows whose data they are about: one query for each kind of object on the page."""

    def get_results(self, request):
        super().get_results(request)
        people = people_of(self.result_list)
        for event in self.result_list:
            event.person = people.get((event.object_type, event.object_id))


@admin.register(AuditEvent)
class AuditEventAdmin(TypedFilters, ExportedList, PortalModelAdmin):
    """Nobody reads codes here: acts, roles and things have their names."""

    logs_reads = False
    typed_form = DayForm
    list_display = ["when", "actor_label", "roles", "what", "thing", "object_id", "whose", "reason"]
    exported = ("when", "actor_label", "roles", "what", "thing", "object_id", "reason", "details")
    list_filter = [ActFilter, ThingFilter, MoveFilter, PersonFilter, DayFilter]
    fields = ["when", "actor_label", "roles", "what", "thing", "object_id", "reason", "details", "trace"]
    readonly_fields = ["when", "roles", "what", "thing", "details", "trace"]
    search_fields = ["object_id"]
    searches_people = True
    search_help_text = gettext_lazy(
        "The beginning of the name of who acted; the number of the object; or of whose data: number of a request,"
        " sign of a case, PESEL."
    )
    sortable_by = ()

    def get_search_results(self, request, queryset, search_term):
        """Look a person up among the accounts: whose acts they are has an index, what they were called has none."""
        search_term = opened(search_term)
        if not search_term:
            return queryset, False
        if person := find_person(search_term):
            return queryset.filter(concerning(person)), False
        if thing := find_thing(search_term):
            return queryset.filter(object_type=thing._meta.label_lower, object_id=thing.pk), False
        if re.fullmatch(r"[0-9]{1,18}", search_term):
            return queryset.filter(object_id=int(search_term)), False
        return queryset.filter(actor__in=User.objects.named(search_term).values("pk")), False

    @admin.display(description=gettext_lazy("when"))
    def when(self, event):
        return event.local_time

    def get_changelist(self, request, **kwargs):
        return LogList

    def get_ordering(self, request):
        """A day is walked by its moments, for which there is an index; all else by the order of writing."""
        return ["-at", "-id"] if DayFilter.parameter_name in request.GET else ["-id"]

    @admin.display(description=gettext_lazy("whose data"))
    def whose(self, event):
        person = getattr(event, "person", None)
        if not person:
            return "–"
        return format_html('<a href="?person={}">{}</a>', person, _("person no. %(number)s") % {"number": person})

    @admin.display(description=gettext_lazy("in which role"))
    def roles(self, event):
        names = dict(Role.choices)
        return ", ".join(str(names.get(role, role)) for role in event.role.split(",")) or "–"

    @admin.display(description=gettext_lazy("what"))
    def what(self, event):
        """Say the act as the page of its object says it."""
        if event.action in ACTS:
            return ACTS[event.action]
        model = model_of(event)
        room = self.admin_site._registry.get(model, self)
        return room.sentence(event)

    @admin.display(description=gettext_lazy("facts"))
    def details(self, event):
        """Say codes in words, where the model or this module has words for them."""
        model = model_of(event)
        said = [f"{name_of(model, word)}: {value_of(model, word, value)}" for word, value in event.facts.items()]
        return "; ".join(said) or "–"

    @admin.display(description=gettext_lazy("mark in the system's log"))
    def trace(self, event):
        return event.request_id

    @admin.display(description=gettext_lazy("kind of object"))
    def thing(self, event):
        model = model_of(event)
        return capfirst(model._meta.verbose_name) if model else event.object_type


def name_of(model, word):
    field = field_of(model, word)
    return str(FACTS.get(word) or (field and field.verbose_name) or word)


def value_of(model, word, value):
    if isinstance(value, list):
        return ", ".join(name_of(model, one) if word == "fields" else str(one) for one in value)
    if word == "screen":
        return str(SCREENS.get(value, value))
    field = field_of(model, word)
    return str(dict(field.flatchoices).get(value, value)) if field and field.choices else str(value)


def field_of(model, word):
    """Return the column of that name, if the model still has it."""
    return next((field for field in model._meta.concrete_fields if field.name == word), None) if model else None


def model_of(event):
    try:
        return apps.get_model(event.object_type)
    except LookupError:
        return None
