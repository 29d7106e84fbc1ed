"""The case, widened: its plan, its referrals, and an end only when nothing is left open."""

import re
from datetime import timedelta

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from coordination.actions.delivery import give_service
from coordination.actions.plan_versions import TEXTS
from coordination.actions.plans import draft_plan, finish_case
from coordination.admin.consents import state_of as state_of_consent
from coordination.areas import lives_elsewhere, unlike_residence
from coordination.forms import FinishCaseForm, FirstPlanForm
from coordination.forms_delivery import GiveServiceForm, contracts_in_force
from coordination.models import Plan, PlanItem, PlanTemplate, Provision, Referral
from coordination.plan_delivery import beginning_by
from coordination.plan_states import item_sentence
from coordination.presentation import state_of
from coordination.workflow import PLAN, PROVISION
from cus_portal.admin import Move
from cus_portal.workflow import STATE_KINDS
from residents.admin import CaseAdmin as DeskCaseAdmin
from residents.admin.base import once_a_page
from residents.admin.cases import ROWS_OF_A_CASE, is_cut, is_open
from residents.admin.drafts import DraftedMoves
from residents.models import Case, Consent, RequestItem

admin.site.unregister(Case)


@admin.register(Case)
class CaseAdmin(DraftedMoves, DeskCaseAdmin):
    moves = (
        Move(
            "draft_plan",
            draft_plan,
            FirstPlanForm,
            label=gettext_lazy("Begin a plan"),
            permission="coordination.draft_plan",
            when=lambda case: is_open(case) and not case.plans.in_preparation().exists(),
            done=gettext_lazy("The plan is begun. Add its items."),
        ),
        Move(
            "give_service",
            give_service,
            GiveServiceForm,
            label=gettext_lazy("Begin a service"),
            permission="coordination.arrange_service",
            when=is_open,
            done=gettext_lazy("The service has begun. Plan its visits."),
        ),
        *DeskCaseAdmin.moves,
        Move("close", finish_case, FinishCaseForm, done=gettext_lazy("The case is closed.")),
    )
    drafted = ("close",)

    def due(self, obj):
        """The 30 days run until a plan is approved; then the plan's own last day counts."""
        held = obj.plans.filter(status__in=Plan.OPEN).exclude(in_force_until=None).order_by("in_force_until").first()
        return held.in_force_until if held else super().due(obj)

    def due_words(self, obj):
        return _("the plan ends on") if obj.plan_approved_on else super().due_words(obj)

    def buttons(self, request, obj):
        """While a plan is in force, beginning the next one is not the first thing to do."""
        found = super().buttons(request, obj)
        return sorted(
            found,
            key=lambda button: (button["danger"], obj.plan_approved_on is not None and button["name"] == "draft_plan"),
        )

    def page_after(self, obj, move, result):
        made = move.name in {"draft_plan", "give_service"}
        return result.get_absolute_url() if made else super().page_after(obj, move, result)

    def move_form_kwargs(self, request, obj, move):
        kwargs = super().move_form_kwargs(request, obj, move)
        if move.name == "draft_plan":
            kwargs["initial"] = self.beginning_of_a_plan(obj)
            kwargs["templates"] = PlanTemplate.objects.visible_to(request.user).in_force(timezone.localdate())
        if move.name == "give_service":
            kwargs["initial"] = self.by_the_plan(request, obj)
        if move.name == "close":
            kwargs["initial"] = {"reason": self.likely_end(obj), **kwargs.get("initial", {})}
        return kwargs

    @staticmethod
    def beginning_of_a_plan(case):
        """Return what the plan may begin with: what was recognised, or what the last one said, from the day after."""
        last = case.plans.exclude(approved_at=None).order_by("-pk").first()
        today = timezone.localdate()
        if last is None:
            recognised = case.assessments.first()
            return {"starts_on": today, "needs": recognised.needs if recognised else ""}
        after = last.in_force_until and last.in_force_until + timedelta(days=1)
        said = {name: getattr(last, name) for name in TEXTS}
        return {"starts_on": max(after or today, today), "take_over": True, **said}

    @staticmethod
    def by_the_plan(request, case):
        """Return what a service begins with; `?pozycja=` names the plan's item that it carries out."""
        asked = request.GET.get("pozycja", "")
        if not re.fullmatch(r"[0-9]{1,18}", asked):
            return {}
        item = PlanItem.objects.filter(plan__case=case, service__isnull=False, pk=asked).first()
        if item is None:
            return {}
        today = timezone.localdate()
        needs = RequestItem.objects.filter(request__case=case, status=RequestItem.Status.QUALIFIED, provision=None)
        need = needs.filter(service=item.service_id).order_by("pk").first()
        contract = contracts_in_force(today).filter(basis__service=item.service_id).first()
        said = {"item": need and need.pk, "contract": contract and contract.pk, "address": case.resident.address}
        return said | beginning_by(item) | {"starts_on": max(item.starts_on, today)}

    @staticmethod
    def likely_end(case):
        """Return the reason to offer: what is on record of the person."""
        if case.resident.died_on:
            return Case.CloseReason.DIED
        return Case.CloseReason.MOVED if case.resident.moved_out_on else ""

    def sections(self, request, obj):
        return [
            *super().sections(request, obj),
            self.plans_section(request, obj),
            self.services_section(request, obj),
            self.referrals_section(request, obj),
            self.letters_section(request, obj),
            self.consents_section(request, obj),
        ]

    @staticmethod
    @once_a_page
    def services_of(request, case):
        given = Provision.objects.visible_to(request.user).filter(case=case).order_by("-pk")
        return given.select_related("contract__basis__service", "contract__agreement__institution")[:ROWS_OF_A_CASE]

    def services_section(self, request, obj):
        given = self.services_of(request, obj)
        run = [one for one in given if one.status == Provision.Status.ACTIVE]
        where = lives_elsewhere(obj.resident, on=timezone.localdate()) if run else ""
        odd = {one.pk: unlike_residence(one, where) for one in run}
        return {
            "title": _("Services given"),
            "is_cut": is_cut(given),
            "rows": [
                {
                    "label": one.contract.basis.service.plain_name,
                    "url": one.get_absolute_url(),
                    "text": ". ".join(
                        [one.contract.agreement.institution.short_name, *map(": ".join, odd.get(one.pk, []))]
                    ),
                    "kind": STATE_KINDS[PROVISION.waiting_for[one.status]],
                    "tag": one.get_status_display(),
                }
                for one in given
            ],
            "add_url": "",
            "add_label": "",
        }

    def history_parts(self, request, obj):
        """Services bring their absences, fees and ends with them; visits have their own page."""
        parts = (self.plans_of, self.items_of, self.services_of, self.referrals_of, self.consents_of)
        return [*super().history_parts(request, obj), *(one for rows in parts for one in rows(request, obj))]

    def part_sentence(self, event, part):
        return item_sentence(event, part) if isinstance(part, PlanItem) else super().part_sentence(event, part)

    @staticmethod
    def items_of(request, case):
        plans = Plan.objects.visible_to(request.user).filter(case=case)
        return PlanItem.objects.filter(plan__in=plans).order_by("-pk")[:ROWS_OF_A_CASE]

    @staticmethod
    @once_a_page
    def plans_of(request, case):
        plans = Plan.objects.visible_to(request.user).filter(case=case).select_related("case")
        return plans.order_by("-pk")[:ROWS_OF_A_CASE]

    @staticmethod
    @once_a_page
    def referrals_of(request, case):
        rows = Referral.objects.visible_to(request.user).filter(case=case)
        rows = rows.exclude(status=Referral.Status.ENTERED_IN_ERROR).select_related("receiver", "sender", "service")
        return rows.order_by("-pk")[:ROWS_OF_A_CASE]

    def plans_section(self, request, obj):
        return {
            "title": _("Plans"),
            "is_cut": is_cut(self.plans_of(request, obj)),
            "rows": [
                {
                    "label": _("Plan from %(start)s to %(end)s")
                    % {"start": date_format(plan.starts_on, "j E Y"), "end": date_format(plan.ends_on, "j E Y")},
                    "url": plan.get_absolute_url(),
                    "text": "",
                    "kind": STATE_KINDS[PLAN.waiting_for[plan.status]],
                    "tag": plan.get_status_display(),
                }
                for plan in self.plans_of(request, obj)
            ],
            "add_url": "",
            "add_label": "",
        }

    def referrals_section(self, request, obj):
        today = timezone.localdate()
        may_add = is_open(obj) and request.user.has_perm("coordination.send_referral", obj)
        shown = self.referrals_of(request, obj)
        drafts = sum(referral.status == Referral.Status.DRAFT for referral in shown)
        return {
            "title": _("Referrals"),
            "is_cut": is_cut(shown),
            "rows": [self.referral_row(referral, today) for referral in shown],
            "add_url": reverse("coordination:referral_new", args=[obj.pk]) if may_add else "",
            "add_label": _("New referral") if may_add else "",
            "more": self.more_about_referrals(obj, drafts) if may_add else [],
        }

    @staticmethod
    def more_about_referrals(case, drafts):
        """Return the ways on to several referrals at once, and to the drafts where there are any."""
        ways = [(reverse("coordination:referrals_new", args=[case.pk]), _("Several referrals at once"))]
        if drafts:
            words = ngettext("Look at %(n)d draft and send it", "Look at %(n)d drafts and send them", drafts)
            ways.append((reverse("coordination:referral_drafts", args=[case.pk]), words % {"n": drafts}))
        return ways

    @staticmethod
    @once_a_page
    def consents_of(request, case):
        rows = Consent.objects.visible_to(request.user).filter(request__case__in=case.with_earlier())
        return rows.select_related("receiver", "request")[:ROWS_OF_A_CASE]

    def consents_section(self, request, obj):
        today = timezone.localdate()
        found = [(consent, *state_of_consent(consent, today)) for consent in self.consents_of(request, obj)]
        return {
            "title": _("Consents"),
            "is_cut": is_cut(found),
            "rows": [
                {
                    "label": consent.receiver.short_name,
                    "url": consent.get_absolute_url(),
                    "text": f"{consent.data_scope}; {consent.what_for}",
                    "kind": kind,
                    "tag": words,
                }
                for consent, kind, words in found
            ],
            "add_url": "",
            "add_label": "",
        }

    @staticmethod
    def referral_row(referral, today):
        state = state_of(referral, received=False, on=today)
        what = referral.service.plain_name if referral.service else referral.get_kind_display()
        return {
            "label": referral.number,
            "url": referral.get_absolute_url(),
            "text": f"{referral.receiver.short_name}, {what}",
            "kind": state.kind,
            "tag": f"{state.label}, {state.lateness}" if state.days_late else state.label,
        }
