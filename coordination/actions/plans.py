"""What may be done with a plan: drafted with the person, approved by another, never overwritten, summed up."""

from contextlib import contextmanager
from copy import copy
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coordination.actions.plan_items import end_items
from coordination.actions.plan_templates import copy_items, with_texts_of
from coordination.actions.plan_versions import OF_ITEMS, plan_content, restore_items, restored_fields
from coordination.begun import without_help
from coordination.certificates import check_certificate
from coordination.models import Plan, PlanItem, PlanNote, PlanVersion, ServiceRecord
from coordination.permissions import writers_of
from coordination.plan_amounts import check_limit
from coordination.workflow import PLAN
from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.accounts.roles import Role
from cus_portal.audit.log import record
from cus_portal.notifications.outbox import notify
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import close_case, note_plan
from residents.actions.assessments import forget_move_draft
from residents.actions.queue import free_place
from residents.models import Case, RequestItem
from residents.models.restricted import reaches
from residents.terms import plan_terms

WRITTEN = [*(name.removesuffix("_id") for name in OF_ITEMS if name != "position"), "starts_on", "ends_on"]
APPROVERS = (Role.DIRECTOR, Role.PLAN_APPROVER)


def check_term(starts_on: date, ends_on: date, *, continues: bool = False) -> None:
    """Refuse days the law does not allow; a plan that continues another may be shorter."""
    terms = plan_terms(starts_on)
    if ends_on <= starts_on:
        raise ValidationError({"ends_on": _("The plan must end after it begins.")})
    if not continues and ends_on < (first := terms.earliest_end(starts_on)):
        too_short = _("The plan ends on %(day)s or later. A shorter coordination needs none: refer without a plan.")
        raise ValidationError({"ends_on": too_short % {"day": words(first)}})
    if ends_on > (last := terms.latest_end(starts_on)):
        raise ValidationError(
            {"ends_on": _("The plan ends on %(day)s or earlier: the law allows no longer.") % {"day": words(last)}}
        )


def is_held_open(case) -> bool:
    """Hold the case's row, so that it does not close while something is begun in it, and tell whether it is open."""
    return Case.objects.select_for_update(no_key=True).get(pk=case.pk).status == Case.Status.OPEN


def require_open(case) -> None:
    if not is_held_open(case):
        raise TransitionNotAllowed(_("This case is closed."))


def words(day: date) -> str:
    return date_format(day, "j E Y")


def check_free(case, starts_on: date, ends_on: date, *, follows=None, plan=None) -> None:
    """Refuse days on which another plan of the case is in force, and a renewal before the end of what it continues."""
    others = case.plans.exclude(pk=plan.pk) if plan else case.plans.all()
    taken = others.filter(in_force_from__lte=ends_on, in_force_until__gte=starts_on).order_by("in_force_from").first()
    if taken and starts_on < taken.in_force_from:
        comes = _("The next plan of this case is in force from %(day)s. This one ends earlier.")
        raise ValidationError({"ends_on": comes % {"day": words(taken.in_force_from)}})
    taken = taken or follows
    if taken and taken.in_force_until and starts_on <= taken.in_force_until:
        holds = _("Another plan of this case is in force until %(day)s. This one begins later.")
        raise ValidationError({"starts_on": holds % {"day": words(taken.in_force_until)}})


@contextmanager
def one_in_preparation():
    """Say in words what the database holds: a case prepares one plan at a time."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "a_case_prepares_one_plan" not in str(error):
            raise
        raise TransitionNotAllowed(_("This case already has a plan that is being prepared.")) from None


@transaction.atomic
def draft_plan(case, *, by, now, starts_on, ends_on, take_over=False, template=None, **texts) -> Plan:
    """Begin a plan of an open case: the first, or one that continues the last. A case prepares one at a time.

    `texts` are the fields of plan_versions.TEXTS. With `take_over` the items of the last plan come into the new one,
    for its whole time. With a `template` its items are copied too, and its texts where none were written.
    """
    require(by, "coordination.draft_plan", case)
    require_open(case)
    texts = with_texts_of(template, texts) if template else texts
    follows = case.plans.exclude(approved_at=None).order_by("-pk").first()
    check_term(starts_on, ends_on, continues=follows is not None)
    check_free(case, starts_on, ends_on, follows=follows)
    said = {"starts_on": starts_on, "ends_on": ends_on, "worded_on": timezone.localdate(now), **texts}
    with one_in_preparation():
        plan = Plan.objects.create(case=case, author=by, follows=follows, **said)
    if take_over and follows:
        for item in follows.items.order_by("position", "pk"):
            said = {name: getattr(item, name) for name in OF_ITEMS}
            PlanItem.objects.create(plan=plan, starts_on=starts_on, ends_on=ends_on, **said)
    if template:
        copy_items(template, plan)
    record("plan.draft", plan, by=by, to_state=plan.status)
    return plan


def check_days(plan, starts_on: date, ends_on: date) -> None:
    check_term(starts_on, ends_on, continues=plan.follows_id is not None)
    check_free(plan.case, starts_on, ends_on, follows=plan.follows, plan=plan)
    if plan.in_force_from and starts_on != plan.starts_on:
        fixed = _("The approved plan begins on %(day)s: this day stays, or the year would begin anew.")
        raise ValidationError({"starts_on": fixed % {"day": words(plan.starts_on)}})
    if plan.in_force_from and ends_on < plan.in_force_from:
        holds = _("The plan has been in force since %(day)s, so it does not end before.")
        raise ValidationError({"ends_on": holds % {"day": words(plan.in_force_from)}})


@transaction.atomic
def change_plan(plan, *, by, now, starts_on, ends_on, **texts) -> Plan:
    """Write the draft anew, from the version that its writer saw."""
    require(by, "coordination.draft_plan", plan)
    check_days(plan, starts_on, ends_on)
    on = timezone.localdate(now)
    PLAN.move(plan, "change", by=by, starts_on=starts_on, ends_on=ends_on, worded_on=on, **texts)
    return plan


@transaction.atomic
def add_plan_item(plan, *, by, now, position=None, **said) -> PlanItem:
    """Add one service or supporting action to a draft, from the version that its writer saw.

    `said` are the fields of plan_versions.OF_ITEMS and the days.
    """
    require(by, "coordination.draft_plan", plan)
    item = PlanItem(plan=plan, position=position or plan.items.count() + 1, **said)
    check_item(item)
    PLAN.move(plan, "add_item", by=by, worded_on=timezone.localdate(now))
    item.save()
    return item


@transaction.atomic
def change_plan_item(item, *, by, now, **said) -> PlanItem:
    """Write one item of a draft anew; what is not said is empty."""
    require(by, "coordination.draft_plan", item.plan)
    check_item(written(copy(item), said))
    PLAN.move(item.plan, "change_item", by=by, worded_on=timezone.localdate(now))
    written(item, said).save(update_fields=WRITTEN)
    return item


def written(item, said) -> PlanItem:
    empty = PlanItem()
    for name in WRITTEN:
        setattr(item, name, said.get(name, getattr(empty, name, None)))
    return item


@transaction.atomic
def remove_plan_item(item, *, by, now) -> Plan:
    """Take an item out of a draft."""
    plan = item.plan
    PLAN.move(plan, "remove_item", by=by, worded_on=timezone.localdate(now))
    if item.referrals.exists():
        raise ValidationError(_("A referral was written from this item, so it stays."))
    if item.provisions.exists():
        raise ValidationError(_("A service was begun from this item, so it stays."))
    item.delete()
    return plan


def check_item(item) -> None:
    if (item.service_id is None) == (not item.action):
        raise ValidationError(_("Each item of the plan is either a service or a supporting action."))
    if item.action and (item.fee or item.fee_kind):
        raise ValidationError({"fee": _("A supporting action is no service: it costs nothing.")})
    if not item.plan.starts_on <= item.starts_on <= item.ends_on <= item.plan.ends_on:
        raise ValidationError(_("The days of an item lie within the days of the plan."))
    held = item.supporting
    if held and (item.starts_on > held.ends_on or item.ends_on < held.starts_on):
        days = {"start": words(held.starts_on), "end": words(held.ends_on)}
        raise ValidationError(
            {"supporting": _("This action goes on from %(start)s to %(end)s: choose days within that.") % days}
        )
    item.full_clean(exclude=["plan", "service", "provider", "supporting"])
    check_limit(item)


@transaction.atomic
def agree_plan(plan, *, by, now, agreed_on, agreement) -> Plan:
    """Record that the person agrees, when and how: to the words that the plan has now, so not before their day."""
    if agreed_on > timezone.localdate(now):
        raise ValidationError({"agreed_on": _("This day is still to come.")})
    if plan.worded_on and agreed_on < plan.worded_on:
        changed = _("The plan was last changed on %(day)s: what the person agreed to before had other words.")
        raise ValidationError({"agreed_on": changed % {"day": words(plan.worded_on)}})
    PLAN.move(plan, "agree", by=by, agreed_on=agreed_on, agreement=agreement)
    return plan


@transaction.atomic
def rework_plan(plan, *, by, now) -> Plan:
    """Go back to the draft. The agreement was to other words, so it is asked for anew."""
    PLAN.move(plan, "rework", by=by, agreed_on=None, agreement="")
    return plan


@transaction.atomic
def submit_plan(plan, *, by, now) -> Plan:
    """Hand the plan to whoever may approve it, and tell them."""
    require(by, "coordination.draft_plan", plan)
    items = list(plan.items.select_related("plan__case", "supporting"))
    if not items:
        raise ValidationError(_("A plan needs at least one service or supporting action."))
    check_days(plan, plan.starts_on, plan.ends_on)
    for item in items:
        check_item(item)
    PLAN.move(plan, "submit", by=by)
    for approver in approvers(plan, on=timezone.localdate(now)):
        _tell(approver, "plan_to_approve", plan, only_while=[Plan.Status.SUBMITTED])
    return plan


def approvers(plan, *, on):
    """Return who may approve this plan on the day: the director and the authorised, never who wrote in it.

    The plan of a restricted case is told of to those only who have been let into its file.
    """
    people = User.objects.holding(APPROVERS[0], on=on) | User.objects.holding(APPROVERS[1], on=on)
    people = people.exclude(pk__in=writers_of(plan)).order_by("pk")
    return [user for user in people if plan.case.restricted_file_id is None or reaches(user, plan.case)]


@transaction.atomic
def approve_plan(plan, *, by, now) -> Plan:
    """Approve by another than wrote it, and keep what was approved word for word as the next version."""
    return _approved(plan, "approve", by=by, now=now)


@transaction.atomic
def approve_own_plan(plan, *, by, now, reason) -> Plan:
    """Approve what one wrote oneself, where nobody else may: with a reason, shown on the plan and its document."""
    PLAN.check(plan, "approve_alone", by=by)
    if others := approvers(plan, on=timezone.localdate(now)):
        names = ", ".join(user.get_full_name() for user in others)
        raise ValidationError(_("Somebody else may approve it: %(who)s.") % {"who": names})
    return _approved(plan, "approve_alone", by=by, now=now, reason=reason)


def _approved(plan, move, *, by, now, reason=""):
    # Its days were free when it was submitted. No other plan of the case is prepared meanwhile, so they still are.
    PLAN.check(plan, move, by=by)
    today = timezone.localdate(now)
    # Nothing is in force before it is approved; the year goes on from the day that the plan names.
    days = {"in_force_from": plan.in_force_from or max(plan.starts_on, today), "in_force_until": plan.ends_on}
    if days["in_force_until"] < days["in_force_from"]:
        over = _("This plan was to end on %(day)s. Send it back, so that its days are written anew.")
        raise ValidationError(over % {"day": words(plan.ends_on)})
    if plan.note_due_on is None:
        days["note_due_on"] = next_note(max(today, plan.starts_on))
    days["approved_alone"] = move == "approve_alone"
    PLAN.move(plan, move, by=by, reason=reason, approved_by=by, approved_at=now, **days)
    PlanVersion.objects.create(
        plan=plan,
        number=plan.versions.count() + 1,
        content=plan_content(plan, approved_as=office_of(by, today)),
        approved_by=by,
        approved_at=now,
    )
    note_plan(plan.case, on=today)
    _tell(plan.author, "plan_approved", plan)
    return plan


def office_of(approver, on) -> dict:
    """Return by which office somebody approves on the day: as the director, or by whose authorisation until when."""
    offices = approver.memberships.in_force(on).filter(role__in=APPROVERS, institution__is_centre=True)
    held = {office.role: office for office in offices}
    office = held.get(Role.DIRECTOR) or held.get(Role.PLAN_APPROVER)
    if office is None:
        return {}
    days = {"from": office.valid_from.isoformat(), "until": office.valid_to.isoformat() if office.valid_to else ""}
    return {"role": office.role, **days}


@transaction.atomic
def send_back_plan(plan, *, by, now, reason) -> Plan:
    """Give the plan back to its author with what is to be changed."""
    PLAN.move(plan, "send_back", by=by, reason=reason, agreed_on=None, agreement="")
    _tell(plan.author, "plan_sent_back", plan)
    return plan


def next_note(on: date) -> date:
    return on + timedelta(days=plan_terms(on).note_within_days)


@transaction.atomic
def note_progress(plan, *, by, now, on, kind, text) -> PlanNote:
    """Write down how the plan goes; in a plan that has been approved the next note is due from that day on."""
    if on > timezone.localdate(now):
        raise ValidationError({"on": _("This day is still to come.")})
    due = plan.note_due_on and max(plan.note_due_on, next_note(on))
    PLAN.move(plan, "note", by=by, note_due_on=due)
    forget_move_draft(plan.case, plan, "note", author=by)
    return PlanNote.objects.create(plan=plan, on=on, kind=kind, text=text, author=by, written_at=now)


@transaction.atomic
def amend_plan(plan, *, by, now, reason) -> Plan:
    """Begin to change an approved plan. Its last version holds until the person agrees and another approves anew."""
    anew = {"approved_by": None, "agreed_on": None, "agreement": "", "worded_on": timezone.localdate(now)}
    with one_in_preparation():
        PLAN.move(plan, "amend", by=by, reason=reason, author=by, **anew)
    return plan


@transaction.atomic
def drop_plan_changes(plan, *, by, now) -> Plan:
    """Leave the changes of an approved plan: it says again what its last version says, word for word."""
    require(by, "coordination.draft_plan", plan)
    version = plan.versions.first()
    if version is None:
        raise TransitionNotAllowed(_("This plan has never been approved."))
    PLAN.move(plan, "drop_changes", by=by, **restored_fields(version))
    restore_items(plan, version)
    return plan


def last_day_in_force(plan, on: date) -> dict:
    """Return the days in force of a plan that ends on that day; one that has not begun never was in force."""
    if plan.in_force_from is None or on < plan.in_force_from:
        return {"in_force_from": None, "in_force_until": None}
    return {"in_force_until": min(on, plan.in_force_until)}


def check_talk(day: date, *, first: date, today: date) -> None:
    """Refuse a closing talk that is still to come, and one held before what it sums up."""
    if day > today:
        raise ValidationError({"closing_talk_on": _("This day is still to come.")})
    if day < first:
        before = _("The closing talk sums up the plan: not before %(day)s.")
        raise ValidationError({"closing_talk_on": before % {"day": words(first)}})


@transaction.atomic
def complete_plan(plan, *, by, now, closing_talk_on, results, items=None) -> Plan:
    """End the plan after the closing talk, with its course and results in writing, and each of its items.

    `items` says of each item that is still open "done", or why it was given up.
    """
    today = timezone.localdate(now)
    check_talk(closing_talk_on, first=plan.in_force_from or plan.starts_on, today=today)
    days = last_day_in_force(plan, today)
    PLAN.move(plan, "complete", by=by, closing_talk_on=closing_talk_on, results=results, ended_on=today, **days)
    end_items(plan, items or {}, on=today, by=by)
    forget_move_draft(plan.case, plan, "complete", author=by)
    return plan


@transaction.atomic
def end_plan_early(plan, *, by, now, end_reason, results, closing_talk_on=None, items=None) -> Plan:
    """End the plan before its day; the talk is held where it can be. What is still open in it ends with it."""
    today = timezone.localdate(now)
    check_certificate(plan.case.resident_id, end_reason, last_day=today)
    if closing_talk_on:
        begins = plan.in_force_from or plan.starts_on
        # One may also end a plan before it begins; then the talk is held after the person agreed to it.
        check_talk(closing_talk_on, first=begins if begins <= today else plan.agreed_on or begins, today=today)
    PLAN.move(
        plan,
        "end_early",
        by=by,
        reason=str(Plan.EndReason(end_reason).label),
        end_reason=end_reason,
        results=results,
        closing_talk_on=closing_talk_on,
        ended_on=today,
        **last_day_in_force(plan, today),
    )
    end_items(plan, items or {}, on=today, by=by, unsaid=PlanItem.GivenUp.PLAN_ENDED)
    forget_move_draft(plan.case, plan, "end_early", author=by)
    return plan


@transaction.atomic
def finish_case(case, *, by, now, reason, summary):
    """Close a case that leaves nothing open: no plan, no referral somebody still has to do something about."""
    require(by, "residents.close_case", case)
    # The case's row is held, so that no referral is drafted while it closes.
    require_open(case)
    plan = case.plans.filter(status__in=Plan.OPEN).first()
    if plan is not None:
        raise TransitionNotAllowed(
            _("The plan of this case is not finished (%(state)s). Complete it or end it early first.")
            % {"state": plan.get_status_display()}
        )
    if case.provisions.active().exists():
        raise TransitionNotAllowed(_("A service is still given in this case. End it first, with its reason."))
    if ServiceRecord.objects.planned().filter(provision__case=case).exists():
        raise TransitionNotAllowed(_("A visit in this case is not marked as done or not done. See to that first."))
    live = list(case.referrals.live().order_by("pk").values_list("number", flat=True)[:5])
    if live:
        raise TransitionNotAllowed(
            _("These referrals are not finished: %(numbers)s. Withdraw them or close their loops first.")
            % {"numbers": ", ".join(live)}
        )
    forget_move_draft(case, case, "close", author=by)
    closed = close_case(case, by=by, now=now, reason=reason, summary=summary)
    _free_places(closed, by=by, now=now)
    return closed


def _free_places(case, *, by, now):
    """Let go of the places of granted needs for which nothing was ever given."""
    words = _("the case was closed: %(reason)s") % {"reason": case.get_close_reason_display()}
    granted = RequestItem.objects.filter(request__case=case, status=RequestItem.Status.QUALIFIED)
    unused = without_help(granted).exclude(given_place=None).select_related("request", "programme_service")
    for item in unused.order_by("pk"):
        free_place(item, reason=words, by=by, now=now)


def _tell(recipient, template, plan, *, only_while=()) -> None:
    notify(
        recipient,
        template,
        dedupe_key=f"{template}:{plan.pk}:{plan.version}:{recipient.pk}",
        about=plan,
        only_while=only_while,
        number=plan.case.case_sign,
        path=plan.get_absolute_url(),
    )
