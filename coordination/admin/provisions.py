"""Services given to people, each with its visits, days away and fee."""

from django.contrib import admin, messages
from django.db.models import Prefetch, Sum, prefetch_related_objects
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from coordination import forms_delivery as forms
from coordination.actions import delivery, visits
from coordination.areas import lives_elsewhere, unlike_residence
from coordination.models import Contract, PlanItem, Provision, ServiceRecord
from coordination.plan_delivery import differences_of
from coordination.workflow import PROVISION
from cus_portal.admin import Move, opened
from cus_portal.paging import slice_of
from cus_portal.templatetags.portal import tag
from cus_portal.workflow import Party
from residents.admin.base import DeskAdmin, due_cell, state_cell
from residents.models import Case
from residents.places import period_word
from services.units import in_units

VISITS_SHOWN, VISITS_MARK = 60, "wizyty"
MARK, ARRANGE = "coordination.mark_visit", "coordination.arrange_service"


def on_record(action):
    """Return the action on the visit that the form names."""

    def act(provision, *, record, **said):
        return action(record, **said)

    return act


def of_visit(name, action, form, label, permission=MARK, **more):
    return Move(name, on_record(action), form, label=label, permission=permission, **more)


class ObjectedFilter(admin.SimpleListFilter):
    title = gettext_lazy("objections")
    parameter_name = "objected"

    def lookups(self, request, model_admin):
        return [("1", _("not answered"))]

    def queryset(self, request, queryset):
        return (
            queryset.filter(pk__in=ServiceRecord.objects.objected().values("provision")) if self.value() else queryset
        )


class StrandedFilter(admin.SimpleListFilter):
    title = gettext_lazy("contracts")
    parameter_name = "contract"

    def lookups(self, request, model_admin):
        return [("over", _("over or suspended, another one is needed"))]

    def queryset(self, request, queryset):
        return queryset.stranded(timezone.localdate()) if self.value() else queryset


def residence_facts(provision, *, on):
    """Return where the person lives, if that does not go with who pays."""
    return unlike_residence(provision, lives_elsewhere(provision.case.resident, on=on))


@admin.register(Provision)
class ProvisionAdmin(DeskAdmin):
    workflow = PROVISION
    desk_position = 41
    detail_template = "admin/coordination/provision.html"
    list_display = ["case", "resident", "service", "provider", "worker", "state", "until"]
    list_select_related = ["case__resident", "contract__basis__service", "contract__agreement__institution"]
    list_filter = ["status", ObjectedFilter, StrandedFilter]
    searches_people = True
    search_fields = ["case__case_sign"]
    search_help_text = gettext_lazy("The case sign, any part of the name, PESEL or phone or its last 4 to 6 digits.")
    ordering = ["-pk"]
    empty_title = gettext_lazy("No service is given yet")
    empty_text = gettext_lazy("A service is begun on the page of its case.")
    past = {
        "give": gettext_lazy("The service began"),
        "plan_visits": gettext_lazy("Visits were planned"),
        "write_visit": gettext_lazy("A visit was written down"),
        "change": gettext_lazy("The service was changed"),
        "hand_over": gettext_lazy("Another provider or worker goes on"),
        "suspend": gettext_lazy("An absence or suspension was recorded"),
        "end_suspension": gettext_lazy("The absence or suspension ended"),
        "set_fee": gettext_lazy("The fee was set"),
        "end": gettext_lazy("The service ended"),
    }
    moves = (
        Move(
            "plan_visits",
            visits.plan_visits,
            forms.PlanVisitsForm,
            when=lambda provision: not provision.is_stranded,
            done=gettext_lazy("The visits are planned."),
        ),
        of_visit("mark_done", visits.mark_done, forms.MarkDoneForm, gettext_lazy("A visit was done")),
        of_visit("mark_not_done", visits.mark_not_done, forms.MarkNotDoneForm, gettext_lazy("A visit was not done")),
        Move("write_visit", visits.write_visit, forms.WriteVisitForm, done=gettext_lazy("The visit is written down.")),
        of_visit("take_back", visits.take_back_mark, forms.MarkBackForm, gettext_lazy("Take a mark back")),
        of_visit(
            "surplus",
            visits.record_surplus,
            forms.SurplusForm,
            gettext_lazy("Write down a surplus"),
            ARRANGE,
            when=lambda provision: provision.contract.unit == Contract.Unit.HOUR,
            done=gettext_lazy("The surplus is written down."),
        ),
        of_visit(
            "answer",
            visits.answer_objection,
            forms.AnswerObjectionForm,
            gettext_lazy("Answer an objection"),
            "coordination.answer_objection",
            when=lambda provision: provision.records.objected().exists(),
            done=gettext_lazy("The person reads the answer."),
        ),
        Move(
            "suspend",
            delivery.suspend_service,
            forms.SuspendForm,
            done=gettext_lazy("Recorded. Visits are called off."),
        ),
        Move(
            "end_suspension",
            delivery.end_suspension,
            forms.EndSuspensionForm,
            when=lambda provision: provision.suspensions.exists(),
            done=gettext_lazy("Recorded. Plan the visits anew."),
        ),
        Move("set_fee", delivery.set_fee, forms.SetFeeForm, done=gettext_lazy("The fee is set.")),
        Move("change", delivery.change_service, forms.ChangeServiceForm, done=gettext_lazy("Changed.")),
        Move("hand_over", delivery.hand_over_service, forms.HandOverForm, done=gettext_lazy("Another goes on.")),
        Move("end", delivery.end_service, forms.EndServiceForm, done=gettext_lazy("The service is ended.")),
    )

    def get_queryset(self, request):
        rows = super().get_queryset(request).with_stranded(timezone.localdate())
        return rows.select_related(*self.list_select_related).prefetch_related("worker")

    def get_object(self, request, object_id, from_field=None):
        """What few services have is asked for apart: fifteen tables at once take longer to plan than to read."""
        found = super().get_object(request, object_id, from_field)
        if found:
            plan_items = Prefetch("plan_item", PlanItem.objects.select_related("plan"))
            prefetch_related_objects([found], "locality", "payer__institution", plan_items)
        return found

    def party(self, obj):
        return Party.CENTRE if obj.is_stranded else super().party(obj)

    def buttons(self, request, obj):
        """Put first what has to be done where nobody comes any more: another goes on."""
        found = super().buttons(request, obj)
        return sorted(found, key=lambda button: button["name"] != "hand_over") if obj.is_stranded else found

    def get_search_results(self, request, queryset, search_term):
        if not search_term:
            return queryset, False
        return queryset.filter(case__in=Case.objects.search(opened(search_term)).values("pk")), False

    # -- the list's cells -------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("resident"))
    def resident(self, obj):
        return str(obj.case.resident)

    @admin.display(description=gettext_lazy("service"))
    def service(self, obj):
        return obj.contract.basis.service.plain_name

    @admin.display(description=gettext_lazy("provider"))
    def provider(self, obj):
        return obj.contract.agreement.institution.short_name

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj):
        cell = state_cell(obj, self.party(obj))
        return format_html("{} {}", cell, tag("late", _("no contract in force"))) if obj.is_stranded else cell

    @admin.display(description=gettext_lazy("until"))
    def until(self, obj):
        return due_cell(obj.ends_on, timezone.localdate()) if obj.ends_on else "–"

    # -- one service ------------------------------------------------------------------------------
    def detail_context(self, request, obj):
        return {
            "title": str(obj),
            "facts": self.facts(obj),
            "records": slice_of(
                obj.records.select_related("worker", "contract__agreement__institution").order_by("-starts_at"),
                request.GET.get(VISITS_MARK),
                per_page=VISITS_SHOWN,
            ),
            "records_mark": VISITS_MARK,
            "objected": obj.records.objected().order_by("pk"),
            "suspensions": obj.suspensions.order_by("-first_day"),
            "fees": obj.fee_assessments.order_by("-valid_from"),
            "case_url": obj.case.get_absolute_url(),
            "plan_item": obj.plan_item,
            "differences": differences_of(obj),
            "is_stranded": obj.is_stranded,
        }

    @staticmethod
    def facts(obj):
        today = timezone.localdate()
        done = obj.records.done().filter(period=period_word(obj.period, today)).aggregate(sum=Sum("units", default=0))
        given = f"{in_units(obj.units, obj.contract.unit)} {obj.get_period_display()}"
        return [
            (_("Resident"), obj.case.resident),
            (_("Provider"), obj.contract.agreement.institution),
            (_("Who comes"), obj.worker),
            (_("How much"), given),
            (_("Done in this time"), in_units(done["sum"], obj.contract.unit)),
            (_("Left in this time"), in_units(obj.units - done["sum"], obj.contract.unit)),
            (_("From"), date_format(obj.starts_on, "j E Y")),
            (_("To"), obj.ends_on and date_format(obj.ends_on, "j E Y")),
            (_("Where"), ", ".join(filter(None, [obj.address, str(obj.locality or "")]))),
            (_("Who pays"), obj.payer and f"{obj.payer.institution} {obj.payer.number}".strip()),
            (_("That municipality pays from"), obj.payer_from and date_format(obj.payer_from, "j E Y")),
            (_("That municipality pays until"), obj.payer_until and date_format(obj.payer_until, "j E Y")),
            *residence_facts(obj, on=today),
            (_("What is to be done"), obj.task),
            (_("Before the decision"), obj.crisis_reason),
            (_("Why it ended"), obj.get_end_reason_display()),
        ]

    # -- moves ------------------------------------------------------------------------------------
    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        today = timezone.localdate()
        if move.name == "change":
            kwargs["initial"] = {name: getattr(obj, name) for name in ("address", "locality", "task", "ends_on")}
        elif move.name in {"write_visit", "end_suspension"}:
            kwargs["initial"] = {"day": today, "last_day": today}
        elif move.name == "set_fee":
            kwargs["initial"] = {"valid_from": max(obj.starts_on, today.replace(day=1)), "relief_percent": 0}
        return kwargs

    def say_done(self, request, move, result):
        """Say also on how many days no visit could be planned, and why."""
        super().say_done(request, move, result)
        if move.name == "plan_visits":
            for reason, number in result.left_out.items():
                told = ngettext("Left out: %(number)s day.", "Left out: %(number)s days.", number)
                messages.warning(request, f"{told % {'number': number}} {reason}")

    # -- the first page ---------------------------------------------------------------------------
    def desk_tiles(self, request, *, on):
        if not request.user.has_perm("coordination.answer_objection"):
            return []
        mine = Provision.objects.visible_to(request.user).filter(
            pk__in=ServiceRecord.objects.objected().values("provision")
        )
        over = Provision.objects.visible_to(request.user).stranded(on)
        return [
            self.tile(mine, _("objections to visits"), "mine", objected="1"),
            self.tile(over, _("services without a contract in force"), "late", contract="over"),
        ]
