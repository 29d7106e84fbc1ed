"""Templates of plans: written by the organiser, followed by a new version once they hold."""

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.actions.plan_templates import renew_template
from coordination.models import PlanTemplate, PlanTemplateItem
from cus_portal.admin import Move, PortalModelAdmin, PortalTabularInline
from cus_portal.forms import DayField, PortalForm

CHANGE = "coordination.change_plantemplate"


class RenewForm(PortalForm):
    mark_optional = False
    valid_from = DayField(
        label=gettext_lazy("From which day does the new version hold?"),
        help_text=gettext_lazy("This version holds until the day before. Plans that began with it stay as they are."),
    )

    def clean_valid_from(self):
        if self.cleaned_data["valid_from"] <= timezone.localdate():
            raise ValidationError(_("Write a day that is still to come."))
        return self.cleaned_data["valid_from"]


class ItemInline(PortalTabularInline):
    """The items of a template, with the template's rights."""

    model = PlanTemplateItem
    extra = 0
    fields = ["position", "goal", "service", "action", "units", "unit", "period", "scope"]
    autocomplete_fields = ["service"]

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("coordination.view_plantemplate", obj)

    def has_change_permission(self, request, obj=None):
        return request.user.has_perm(CHANGE, obj) and may_be_written(obj)

    def has_add_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)


def may_be_written(template):
    """Tell whether the version is new, or holds from today or later: what held yesterday is followed instead."""
    return template is None or template.valid_from >= timezone.localdate()


@admin.register(PlanTemplate)
class PlanTemplateAdmin(PortalModelAdmin):
    editable = addable = True
    logs_reads = False
    desk_position = 49
    list_display = ["name", "valid_from", "valid_to"]
    sortable_by = ()
    fields = [
        *("name", "code", "needs", "goals", "person_duties", "centre_duties", "monitoring"),
        *("valid_from", "valid_to"),
    ]
    inlines = [ItemInline]
    add_label = gettext_lazy("New plan template")
    empty_title = gettext_lazy("No plan template yet")
    empty_text = gettext_lazy("What most plans in a life situation have in common is written once, here.")
    moves = (
        Move(
            "renew",
            renew_template,
            RenewForm,
            label=gettext_lazy("Write a new version"),
            permission=CHANGE,
            when=lambda template: template.valid_to is None and not may_be_written(template),
            done=gettext_lazy("The new version is a copy. Change it before it holds."),
        ),
    )
    past = {"renew": gettext_lazy("A new version was begun")}

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and may_be_written(obj)

    def get_changeform_initial_data(self, request):
        return {"valid_from": timezone.localdate()} | super().get_changeform_initial_data(request)

    def page_after(self, obj, move, result):
        return result.get_absolute_url()
