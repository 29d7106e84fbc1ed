"""Plans: written as a draft, agreed, approved by another, summed up."""

from django.contrib import admin
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coordination.actions import plans
from coordination.actions.plan_items import goes_on
from coordination.actions.plan_versions import TEXTS
from coordination.differences import changes_of
from coordination.forms import (
    AgreePlanForm,
    AmendPlanForm,
    ApproveAloneForm,
    CompletePlanForm,
    DraftPlanForm,
    EndPlanEarlyForm,
    NoteProgressForm,
    SendBackForm,
)
from coordination.forms_delivery import contracts_in_force
from coordination.forms_plan_items import PlanItemForm
from coordination.models import Plan, PlanItem, Provision
from coordination.plan_amounts import told_of_items
from coordination.plan_delivery import differences_of
from coordination.plan_places import granted_outside, places_of
from coordination.plan_states import item_sentence, item_state, referrals_beside
from coordination.presentation import PLAN_PAST, state_of
from coordination.workflow import PLAN
from cus_portal.admin import Move, PortalModelAdmin, opened
from cus_portal.paging import slice_of
from residents.admin.base import due_cell, state_cell
from residents.admin.drafts import DraftedMoves
from residents.models import Case
from services.admin.services import told

P = Plan.Status
DRAFT = "coordination.draft_plan"
NOTES_SHOWN, NOTES_MARK = 30, "notatki"
READ_BEFORE_SIGNING = {"approve", "approve_alone", "send_back", "submit", "agree"}


def is_draft(plan):
    return plan.status == P.DRAFT


def contracted(services, *, on):
    """Return those of the services that a contract gives: the others begin by a referral."""
    rows = contracts_in_force(on).filter(basis__service__in=services - {None})
    return set(rows.order_by().values_list("basis__service", flat=True))


def granted_service(request, plan):
    """Return with what an item begins; `?potrzeba=` names the need granted in the case to which it answers."""
    asked = request.GET.get("potrzeba", "")
    found = [need for need, _held in granted_outside(plan.case, []) if str(need.pk) == asked]
    return {"service": found[0].service_id, "provider": found[0].service.provider_id} if found else {}


def is_to_begin(item):
    given = any(one.status == Provision.Status.ACTIVE for one in item.provisions.all())
    return item.status in PlanItem.OPEN and not given


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return P.choices

    def queryset(self, request, queryset):
        return queryset.filter(status=self.value()) if self.value() in P.values else queryset


@admin.register(Plan)
class PlanAdmin(DraftedMoves, PortalModelAdmin):
    workflow = PLAN
    past = PLAN_PAST
    detail_template = "admin/coordination/plan.html"
    list_display = ["case", "resident", "whose_move", "until", "author", "starts_on", "ends_on"]
    list_filter = [StateFilter]
    list_select_related = ["case__resident", "author"]
    searches_people = True
    search_fields = ["case__case_sign"]
    search_help_text = gettext_lazy("The case sign, any part of the name, PESEL or phone or its last 4 to 6 digits.")
    ordering = ["-pk"]
    sortable_by = ()
    empty_title = gettext_lazy("No plan here")
    empty_text = gettext_lazy("A plan is begun on the page of its case.")
    moves = (
        Move(
            "add_item",
            plans.add_plan_item,
            PlanItemForm,
            done=gettext_lazy("The item is in the plan."),
        ),
        Move("agree", plans.agree_plan, AgreePlanForm, done=gettext_lazy("The agreement is recorded.")),
        Move("change", plans.change_plan, DraftPlanForm, done=gettext_lazy("The plan is changed.")),
        Move("submit", plans.submit_plan, done=gettext_lazy("The plan waits for approval.")),
        Move("rework", plans.rework_plan, done=gettext_lazy("The plan is a draft again.")),
        Move("approve", plans.approve_plan, done=gettext_lazy("The plan is approved.")),
        Move("approve_alone", plans.approve_own_plan, ApproveAloneForm, done=gettext_lazy("The plan is approved.")),
        Move("send_back", plans.send_back_plan, SendBackForm, done=gettext_lazy("The author knows what to change.")),
        Move("note", plans.note_progress, NoteProgressForm, done=gettext_lazy("The note is written.")),
        Move(
            "amend",
            plans.amend_plan,
            AmendPlanForm,
            done=gettext_lazy("The plan is being changed. Its approved version holds meanwhile."),
        ),
        Move(
            "drop_changes",
            plans.drop_plan_changes,
            when=lambda plan: plan.in_force_from is not None,
            done=gettext_lazy("The plan is as it was approved."),
        ),
        Move("complete", plans.complete_plan, CompletePlanForm, done=gettext_lazy("The plan is completed.")),
        Move("end_early", plans.end_plan_early, EndPlanEarlyForm, done=gettext_lazy("The plan is ended.")),
    )

    drafted = ("note", "complete", "end_early")

    def case_of(self, obj):
        return obj.case

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("case__resident__locality", "author", "approved_by")

    def get_search_results(self, request, queryset, search_term):
        if not search_term:
            return queryset, False
        return queryset.filter(case__in=Case.objects.search(opened(search_term)).values("pk")), False

    # -- the list's cells -------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("resident"))
    def resident(self, obj):
        return str(obj.case.resident)

    @admin.display(description=gettext_lazy("whose move"))
    def whose_move(self, obj):
        return state_cell(obj, self.party(obj))

    @admin.display(description=gettext_lazy("until when"))
    def until(self, obj):
        due = self.due(obj)
        return due_cell(due, timezone.localdate()) if due else "–"

    # -- one plan ---------------------------------------------------------------------------------
    def due(self, obj):
        """Until the first approval of a case the 30 days of the Act run; then the last day in force."""
        if obj.status not in Plan.OPEN:
            return None
        return obj.in_force_until or (obj.starts_on if obj.follows_id else obj.case.plan_due_moved_on)

    def due_words(self, obj):
        if obj.in_force_until:
            return _("the plan ends on")
        return _("the plan is to begin on") if obj.follows_id else _("plan due by")

    def detail_context(self, request, obj):
        may_draft = is_draft(obj) and request.user.has_perm(DRAFT, obj)
        may_refer = obj.status in Plan.OPEN and request.user.has_perm("coordination.send_referral", obj.case)
        today = timezone.localdate()
        items = obj.items.select_related("plan", "service", "provider", "supporting").order_by("position", "pk")
        given = Provision.objects.visible_to(request.user).select_related("contract__basis")
        given = given.prefetch_related("fee_assessments").order_by("pk")
        beside = [Prefetch("referrals", referrals_beside(request.user)), Prefetch("provisions", given)]
        items = list(items.prefetch_related(*beside))
        places = places_of(obj.case, items, on=obj.starts_on)
        amounts = told_of_items(obj, items)
        give = reverse("admin:residents_case_move", args=[obj.case_id, "give_service"])
        may_give = goes_on(obj) and request.user.has_perm("coordination.arrange_service", obj.case)
        may_begin = [item for item in items if may_give and is_to_begin(item)]
        given_here = contracted({item.service_id for item in may_begin}, on=today) if may_begin else set()
        return {
            "title": _("Plan of case %(sign)s") % {"sign": obj.case},
            "plan": obj,
            "facts": self.facts(obj),
            "items": [
                (
                    item,
                    [(one, state_of(one, received=False, on=today)) for one in item.referrals.all()],
                    f"{reverse('coordination:referral_new', args=[obj.case_id])}?pozycja={item.pk}",
                    places.get(item.pk),
                    item_state(item, on=today),
                    amounts[item.pk],
                    [(one, bool(differences_of(one))) for one in item.provisions.all()],
                    f"{give}?pozycja={item.pk}" if item in may_begin and item.service_id in given_here else "",
                )
                for item in items
            ],
            "may_draft": may_draft,
            "granted": granted_outside(obj.case, items) if may_draft else [],
            "add_url": reverse("admin:coordination_plan_move", args=[obj.pk, "add_item"]),
            "may_mark": goes_on(obj) and request.user.has_perm(DRAFT, obj),
            "shows_states": obj.approved_at is not None or obj.in_force_from is not None,
            "may_refer": may_refer,
            "in_preparation": obj.status in Plan.IN_PREPARATION,
            "versions": obj.versions.select_related("approved_by"),
            "changes": changes_of(obj),
            "notes": slice_of(
                obj.notes.select_related("author").order_by("-on", "-pk"),
                request.GET.get(NOTES_MARK),
                per_page=NOTES_SHOWN,
            ),
            "notes_mark": NOTES_MARK,
            "days_to_due": self.days_left(obj),
        }

    def days_left(self, obj):
        """Return how many days of the 30 are left until the plan is approved, or nothing once it is."""
        waits = obj.approved_at is None and obj.follows_id is None
        return (obj.case.plan_due_on - timezone.localdate()).days if waits else None

    def facts(self, obj):
        is_first = obj.approved_at is None and obj.follows_id is None
        return [
            (_("Resident"), obj.case.resident),
            (_("Plan due, as counted"), date_format(obj.case.plan_due_on, "j E Y") if is_first else ""),
            (_("Plan due on a working day"), date_format(obj.case.plan_due_moved_on, "j E Y") if is_first else ""),
            (_("From"), date_format(obj.starts_on, "j E Y")),
            (_("To"), date_format(obj.ends_on, "j E Y")),
            (_("Author"), obj.author),
            (_("Recognised needs"), obj.needs),
            (_("Goals"), obj.goals),
            (_("What the person does"), obj.person_duties),
            (_("What the centre does"), obj.centre_duties),
            (_("How and when we check how it goes"), obj.monitoring),
            (_("Agreed with the person"), obj.agreed_on and self.agreed_words(obj)),
            (_("Approved"), obj.approved_at and self.approved_words(obj)),
            (_("In force from"), self.late_beginning(obj)),
            (_("In force until"), obj.in_force_until and date_format(obj.in_force_until, "j E Y")),
            (
                _("Next note due on"),
                date_format(obj.note_due_on, "j E Y") if obj.status in Plan.OPEN and obj.note_due_on else "",
            ),
            (_("Closing talk"), obj.closing_talk_on and date_format(obj.closing_talk_on, "j E Y")),
            (_("Why ended early"), obj.get_end_reason_display()),
            (_("Course and results"), obj.results),
        ]

    @staticmethod
    def late_beginning(obj):
        """Return since when a plan is in force that was approved after the day on which it was to begin."""
        begins = obj.in_force_from
        return date_format(begins, "j E Y") if begins and begins > obj.starts_on else ""

    @staticmethod
    def agreed_words(obj):
        return f"{date_format(obj.agreed_on, 'j E Y')}, {obj.get_agreement_display()}"

    @staticmethod
    def approved_words(obj):
        who = obj.approved_by or obj.versions.first().approved_by  # nobody yet, while it is being changed
        alone = _("also wrote it: nobody else may approve") if obj.approved_alone else ""
        return ", ".join(filter(None, [date_format(timezone.localtime(obj.approved_at), "j E Y"), str(who), alone]))

    def history_parts(self, request, obj):
        return obj.items.all()

    def part_sentence(self, event, part):
        return item_sentence(event, part)

    # -- moves ------------------------------------------------------------------------------------
    def move_facts(self, obj, move):
        """What one reads before signing: the whole plan with its items."""
        if move.name not in READ_BEFORE_SIGNING:
            return []
        rows = list(obj.items.select_related("service", "provider").order_by("position", "pk"))
        places = {pk: held.words for pk, held in places_of(obj.case, rows, on=obj.starts_on).items()}
        amounts = told_of_items(obj, rows)
        items = [
            ", ".join(filter(None, [str(item), *amounts[item.pk][:2], item.provider.short_name, places.get(item.pk)]))
            for item in rows
        ]
        odd = [
            _("%(item)s: %(fee)s. The programme says: %(rule)s.") % {"item": item, "fee": fee, "rule": rule}
            for item in rows
            for _much, fee, rule in [amounts[item.pk]]
            if rule
        ]
        changes = [(change.label, told(change)) for change in changes_of(obj)]
        return [*self.facts(obj), (_("Items of the plan"), items), (_("Fees unlike the programme's"), odd), *changes]

    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        if move.name == "change":
            names = ("starts_on", "ends_on", *TEXTS)
            kwargs["initial"] = {name: getattr(obj, name) for name in names}
        elif move.name == "agree":
            kwargs["initial"] = {"agreed_on": timezone.localdate()}
        elif move.name == "note":
            kwargs["initial"] = {"on": timezone.localdate(), **kwargs.get("initial", {})}
        elif move.name in ("complete", "end_early"):
            open_items = obj.items.filter(status__in=PlanItem.OPEN).select_related("service")
            kwargs["items"] = list(open_items.order_by("position", "pk"))
        elif move.name == "add_item":
            kwargs["initial"] = {"starts_on": obj.starts_on, "ends_on": obj.ends_on, **granted_service(request, obj)}
            kwargs["plan"] = obj
        return kwargs

    # -- the first page ---------------------------------------------------------------------------
    def desk_tiles(self, request, *, on):
        if not request.user.has_perm("coordination.approve_plan"):
            return []
        rows = Plan.objects.visible_to(request.user).filter(status=P.SUBMITTED)
        return [self.tile(rows, _("plans to approve"), "mine", state=P.SUBMITTED)]
