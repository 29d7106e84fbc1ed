"""What the rooms of the catalogue share: how entries are saved, listed by state and read."""

from django.contrib import admin
from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cus_portal.admin import STATE_KINDS, PortalModelAdmin
from cus_portal.templatetags.portal import tag
from cus_portal.workflow import Party
from services.actions import refresh_entries
from services.forms import RULE
from services.hours import write_hours
from services.models import Status
from services.review import for_second_person

FOR_ME = "for_me"


class EndingFilter(admin.SimpleListFilter):
    title = _("end")
    parameter_name = "ending"

    def lookups(self, request, model_admin):
        return [("soon", _("within 60 days"))]

    def queryset(self, request, queryset):
        return queryset.ending(timezone.localdate()) if self.value() == "soon" else queryset


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        if not request.user.has_perm(f"services.review_{model_admin.opts.model_name}"):
            return Status.choices
        return [(FOR_ME, _("waits for me to review")), *Status.choices]

    def queryset(self, request, queryset):
        if self.value() == FOR_ME:
            return for_second_person(queryset, request.user)
        return queryset.filter(status=self.value()) if self.value() in Status.values else queryset


class HoursShown:
    """What a page that only reads shows in the place of the line of hours."""

    @admin.display(description=_("opening hours"))
    def hours_text(self, owner):
        return write_hours(owner.hours.plain().values(*RULE)) or "–"


class EntryAdmin(PortalModelAdmin):
    """An entry that a workflow publishes: a save writes what was changed in the form, and nothing else."""

    editable = addable = True
    logs_reads = False

    def get_object(self, request, object_id, from_field=None):
        """Hold the row while a form is saved, so that nobody sends the entry on in that moment."""
        if request.method == "POST" and connection.in_atomic_block and object_id.isdigit():
            self.model.objects.select_for_update().filter(pk=object_id).first()
        return super().get_object(request, object_id, from_field)

    def save_model(self, request, obj, form, change):
        if not change:
            obj.save()
            return
        columns = {field.name for field in obj._meta.concrete_fields}
        obj.version = F("version") + 1
        obj.save(update_fields=[*columns.intersection(form.changed_data), "version"])
        obj.refresh_from_db(fields=["version"])

    @admin.display(description=_("state"), ordering="status")
    def state(self, entry):
        return tag(STATE_KINDS[self.party(entry)], entry.get_status_display())

    def state_context(self, obj):
        """Say whose move it is only while it is somebody's."""
        context = super().state_context(obj)
        return context | {"whose_move": ""} if self.party(obj) == Party.NOBODY else context

    def desk_tiles(self, request, *, on):
        if not request.user.has_perm(f"services.review_{self.opts.model_name}"):
            return []
        waiting = for_second_person(self.model.objects.visible_to(request.user), request.user)
        return [self.tile(waiting, self.waiting_label, "mine", state=FOR_ME)]


class ReferredAdmin(PortalModelAdmin):
    """What entries refer to: saved at once, and shown on their pages at once."""

    editable = addable = True
    logs_reads = False

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        refresh_entries(form.instance, now=timezone.now())
