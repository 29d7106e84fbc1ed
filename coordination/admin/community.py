"""The community organiser's rooms: plan of the year, supporting actions, events, volunteers with their checks."""

from datetime import date, timedelta

from django.contrib import admin
from django.db import transaction
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.actions import community
from coordination.community import done
from coordination.forms_community import CameForm, HoursForm, SignUpForm, SumUpForm, TakeOffForm
from coordination.models import CommunityEvent, CommunityPlan, Plan, PlanItem, SupportingAction, Volunteer
from coordination.reports import Year
from coordination.workflow import COMMUNITY_PLAN
from cus_portal.admin import Move, PortalModelAdmin
from cus_portal.page_cache import forget_pages

WARNED = timedelta(days=30)  # before an agreement, an insurance or a check ends


class CommunityRoom(PortalModelAdmin):
    editable = addable = True
    logs_reads = False
    sortable_by = ()


@admin.register(CommunityPlan)
class CommunityPlanAdmin(CommunityRoom):
    workflow = COMMUNITY_PLAN
    desk_position = 46
    list_display = ["year", "status", "adopted_on"]
    fields = ["year", "needs", "goals", "adopted_on", "done_in_year", "summary"]
    readonly_fields = ["adopted_on", "done_in_year", "summary"]
    add_label = gettext_lazy("New community plan")
    empty_title = gettext_lazy("No community plan yet")
    empty_text = gettext_lazy("The plan of organising the local community is made each year.")
    moves = (
        Move("adopt", community.adopt_community_plan, done=gettext_lazy("The plan is adopted.")),
        Move("sum_up", community.sum_up_community_plan, form=SumUpForm, done=gettext_lazy("The year is summed up.")),
    )
    past = {"adopt": gettext_lazy("The plan was adopted"), "sum_up": gettext_lazy("The year was summed up")}

    def has_change_permission(self, request, obj=None):
        """What was adopted is not rewritten."""
        is_open = obj is None or obj.status == CommunityPlan.Status.DRAFT
        return is_open and super().has_change_permission(request, obj)

    @admin.display(description=gettext_lazy("what was done in the year"))
    def done_in_year(self, plan):
        if plan.pk is None:
            return "–"
        rows = done(Year(date(plan.year, 1, 1)), timezone.localdate())
        return "; ".join(f"{label}: {number}" for label, number in rows)


@admin.register(SupportingAction)
class SupportingActionAdmin(CommunityRoom):
    desk_position = 47
    list_display = ["name", "kind", "plan", "starts_on", "ends_on"]
    list_filter = ["kind", "plan"]
    list_select_related = ["plan"]
    fields = ["plan", "kind", "name", "goal", "with_minors", "starts_on", "ends_on", "in_plans"]
    readonly_fields = ["in_plans"]
    add_label = gettext_lazy("New supporting action")
    empty_title = gettext_lazy("No supporting action yet")
    empty_text = gettext_lazy("Neighbours, volunteers, groups: what is no service stands here.")
    moves = (
        Move(
            "hours",
            community.record_hours,
            form=HoursForm,
            label=gettext_lazy("Record hours of a volunteer"),
            permission="coordination.change_supportingaction",
            done=gettext_lazy("The hours are written down."),
        ),
    )
    past = {"hours": gettext_lazy("hours were recorded")}

    def move_form_kwargs(self, request, obj, move):
        return super().move_form_kwargs(request, obj, move) | {"initial": {"on": timezone.localdate()}}

    @admin.display(description=gettext_lazy("in individual plans in force"))
    def in_plans(self, obj):
        """How many count on it; whose plans they are stays with their coordinators."""
        held = Plan.objects.in_force(timezone.localdate()).filter(status__in=Plan.OPEN)
        return obj.plan_items.filter(plan__in=held, status__in=PlanItem.OPEN).count() if obj.pk else "–"

    def page_after(self, obj, move, result):
        return obj.get_absolute_url()


@admin.register(CommunityEvent)
class CommunityEventAdmin(CommunityRoom):
    desk_position = 17
    list_display = ["title", "on", "at", "locality", "place", "free", "is_public", "came"]
    list_filter = ["is_public", "locality"]
    list_select_related = ["locality"]
    fields = [
        *("action", "title", "about", "on", "at", "locality", "place", "places", "is_public", "free", "signed_up"),
        "came",
    ]
    readonly_fields = ["free", "signed_up", "came"]
    add_label = gettext_lazy("New event")
    empty_title = gettext_lazy("No event is planned")
    empty_text = gettext_lazy("Meetings and trips stand here; people sign up by phone or at the desk.")
    moves = (
        Move(
            "sign_up",
            community.sign_up,
            form=SignUpForm,
            label=gettext_lazy("Sign somebody up"),
            permission="coordination.sign_up",
            when=lambda event: event.came is None,
            done=gettext_lazy("The place is taken for this person."),
        ),
        Move(
            "take_off",
            community.take_off_sign_up,
            form=TakeOffForm,
            label=gettext_lazy("Take somebody off the list"),
            permission="coordination.sign_up",
            when=lambda event: event.sign_ups.exists(),
            done=gettext_lazy("The place is free again."),
        ),
        Move(
            "came",
            community.count_who_came,
            form=CameForm,
            label=gettext_lazy("Write down how many came"),
            permission="coordination.change_communityevent",
            done=gettext_lazy("The number is written down."),
        ),
    )
    past = {
        "sign_up": gettext_lazy("somebody was signed up"),
        "take_off": gettext_lazy("somebody was taken off the list"),
        "came": gettext_lazy("it was counted how many came"),
    }

    def get_queryset(self, request):
        return super().get_queryset(request).with_places()

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        transaction.on_commit(forget_pages)  # the home page leads to the events while there are any

    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        return kwargs | {"event": obj} if move.name == "take_off" else kwargs

    def page_after(self, obj, move, result):
        return obj.get_absolute_url()

    @admin.display(description=gettext_lazy("free places"))
    def free(self, event):
        if event.places is None:
            return _("no limit")
        return event.places - event.taken if hasattr(event, "taken") else event.places

    @admin.display(description=gettext_lazy("who has signed up"))
    def signed_up(self, event):
        if event.pk is None:
            return "–"
        return format_html_join("", "<div>{} {}</div>", [(row.name, row.phone) for row in event.sign_ups.all()]) or "–"


@admin.register(Volunteer)
class VolunteerAdmin(CommunityRoom):
    logs_reads = True
    desk_position = 48
    list_display = ["last_name", "first_name", "agreement_until", "insured_until", "checks_valid_until", "left_on"]
    fields = [
        *("first_name", "last_name", "phone", "email", "agreement_number", "agreement_from", "agreement_until"),
        *("insured_until", "register_checked_on", "record_certificate_on", "checks_valid_until", "left_on"),
    ]
    add_label = gettext_lazy("New volunteer")
    empty_title = gettext_lazy("No volunteer yet")
    empty_text = gettext_lazy("Each has an agreement, insurance and, for work with children, dated checks.")

    def desk_tiles(self, request, *, on):
        if not request.user.has_perm("coordination.change_volunteer"):
            return []
        ending = Volunteer.objects.visible_to(request.user).ending(on + WARNED)
        return [self.tile(ending, _("volunteers whose papers end within 30 days"), "late")] if ending.exists() else []
