"""The data protection officer's room: who saw and did what, when, in which role, said in words."""

import re

from django.apps import apps
from django.contrib import admin
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.accounts.models import User
from cus_portal.accounts.roles import Role
from cus_portal.admin import PortalModelAdmin
from cus_portal.audit.models import AuditEvent

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


@admin.register(AuditEvent)
class AuditEventAdmin(PortalModelAdmin):
    """Nobody reads codes here: acts, roles and things have their names."""

    logs_reads = False
    list_display = ["when", "actor_label", "roles", "what", "thing", "object_id", "reason"]
    list_filter = [ActFilter, ThingFilter]
    fields = ["when", "actor_label", "roles", "what", "thing", "object_id", "reason", "details", "trace"]
    readonly_fields = ["when", "roles", "what", "thing", "details", "trace"]
    search_fields = ["object_id"]
    search_help_text = gettext_lazy("The number of the object, or the beginning of the name of who acted.")
    sortable_by = ()

    def get_search_results(self, request, queryset, search_term):
        """Look a person up among the accounts: whose acts they are has an index, what they were called has none."""
        if not search_term:
            return queryset, False
        if re.fullmatch(r"[0-9]{1,18}", search_term):
            return queryset.filter(object_id=int(search_term)), False
        return queryset.filter(actor__in=User.objects.named(search_term).values("pk")), False

    @admin.display(description=gettext_lazy("when"))
    def when(self, event):
        return event.local_time

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
