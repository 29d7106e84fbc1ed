"""Who is reminded of what, and when: one table, asked once a day.

A reminder is due on a day and stays due until it goes out, so a day without a run loses nothing. Its key names the
reminder, the object, the day and the recipient and is unique: run twice, late or in parallel, it goes out once. All
that is due for one recipient goes in one message, after an outage too.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination import alarms, areas, certificates
from coordination.actions.plans import approvers
from coordination.incoming_reminders import OF_WHAT_COMES_IN
from coordination.models import DataRequest, DestructionList, Plan, ReminderSent, RetentionHold
from coordination.referral_reminders import OF_REFERRALS
from coordination.reminder_letters import Statement, write_letter
from coordination.reminder_people import People, Reminder, coordinator
from cus_portal.accounts.models import Authorisation
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from residents.alerts import OF_AGE_SOON
from residents.models import Case, Flag, RefusalAppeal, RequestQuestion, ServiceRequest
from residents.models.person import ADULT, years_before
from services.models import Service

STALE = timedelta(days=60)  # what nobody moved for so long after its day is on the dashboard, not in the mail
AUTHORISATION_WARNED = (30, 7)  # days before its end
DATA_REQUEST_WARNED = 7  # days before the answer is due
APPEAL_WARNED = timedelta(days=3)  # before it must be with the board
LIST_WARNED = timedelta(days=7)  # before the time to object ends


@dataclass(frozen=True)
class Due:
    """One reminder that is due to one recipient."""

    reminder: Reminder
    obj: Any
    day: date
    recipient: Any

    @property
    def key(self):
        to = f"{self.recipient._meta.model_name}-{self.recipient.pk}"
        return f"{self.reminder.name}:{self.obj.pk}:{self.day}:{to}"


# -- who ----------------------------------------------------------------------------------------
def plan_approvers(plan, people):
    return approvers(plan, on=people.on)


def desk(request, people):
    """Return the worker who took the request up, or while nobody has, the clerks."""
    if request.assigned_to:
        return [request.assigned_to]
    return people.overseers if request.restricted_file_id else people.clerks


def keeper(service, people):
    """Return the editor of the entry; the organisers where there is none, or none any more."""
    return [service.editor] if service.editor_id in people.keepers else people.organisers


def organisers_and_administrators(statement, people):
    return list(dict.fromkeys([*people.organisers, *people.administrators]))


def organisers_and_coordinators(agreement, people):
    return list(dict.fromkeys([*people.organisers, *alarms.coordinators_under(agreement)]))


def asked(question, people):
    return [question.request]


# -- when ---------------------------------------------------------------------------------------
def before_and_after_plan_due(case):
    return [case.plan_due_moved_on + timedelta(days=days) for days in (-7, -3, 0, 1)]


def quarter_before_of_age(case):
    return [case.resident.of_age_on - OF_AGE_SOON]


def third_day_after_submission(plan):
    return [timezone.localdate(plan.submitted_at) + timedelta(days=3)]


def on_and_after_answer_due(request):
    return [request.due_on, request.due_on + timedelta(days=1)]


def week_after_question(question):
    return [timezone.localdate(question.asked_at) + timedelta(days=7)]


def when_to_check_and_again(service):
    return [service.check_due + timedelta(days=days) for days in (0, 30, 90, 180)]


def month_before_review(statement):
    return [statement.review_due - timedelta(days=30)]


# -- what ---------------------------------------------------------------------------------------
def cases_without_plan(on):
    days = (on - STALE, on + timedelta(days=7))
    living = Case.objects.awaiting_plan().filter(resident__died_on=None)
    return living.filter(plan_due_moved_on__range=days).select_related("coordinator")


def cases_coming_of_age(on):
    """Return the open cases of people whose eighteenth birthday is within the next quarter."""
    born = (years_before(on, ADULT), years_before(on + OF_AGE_SOON, ADULT))
    return Case.objects.open().filter(resident__birth_date__range=born).select_related("coordinator", "resident")


def plans_submitted(on):
    submitted = (
        AuditEvent.objects.filter(object_type="coordination.plan", object_id=OuterRef("pk"), action="plan.submit")
        .order_by()
        .values("object_id")
    )
    return (
        Plan.objects.filter(status=Plan.Status.SUBMITTED, case__resident__died_on=None)
        .annotate(submitted_at=Subquery(submitted.annotate(last=Max("at")).values("last")))
        .filter(submitted_at__isnull=False)
        .select_related("case")
    )


def mails_not_arrived(on):
    return Message.objects.undelivered()


def day_after_not_arriving(mail):
    return [timezone.localdate(mail.bounced_at or mail.dead_at) + timedelta(days=1)]


def requests_due(on):
    return ServiceRequest.objects.filter(
        status__in=ServiceRequest.CENTRE_MOVES, due_on__range=(on - STALE, on)
    ).select_related("assigned_to")


def questions_waiting(on):
    return RequestQuestion.objects.filter(answered_at=None, request__status__in=ServiceRequest.OPEN).select_related(
        "request"
    )


def entries_to_check(on):
    return Service.objects.to_check(on).select_related("editor")


def statement_to_review(on):
    return [Statement(settings.CENTRE["accessibility"]["reviewed_on"])]


def authorisations_ending(on):
    return Authorisation.objects.ending(on, within=AUTHORISATION_WARNED[0])


def before_authorisation_ends(authorisation):
    return [authorisation.valid_to - timedelta(days=days) for days in AUTHORISATION_WARNED]


def data_requests_open(on):
    return DataRequest.objects.open().filter(due_on__lte=on + timedelta(days=DATA_REQUEST_WARNED))


def week_before_data_due(asked):
    return [asked.due_on - timedelta(days=DATA_REQUEST_WARNED), asked.due_on]


def lists_to_look_through(on):
    return DestructionList.objects.open()


def at_once_and_before_the_end_and_when_to_sign(made):
    return [made.drawn_up_on, made.object_until - LIST_WARNED, made.object_until + timedelta(days=1)]


def warnings_to_look_at(on):
    return Flag.objects.to_review(on).select_related("raised_by", "resident")


def day_of_warning(flag):
    return [flag.review_on]


def who_raised_it(flag, people):
    return [flag.raised_by]


def holds_to_look_at(on):
    return RetentionHold.objects.in_force().filter(review_on__lte=on)


def day_of_review(hold):
    return [hold.review_on]


def appeals_to_pass_on(on):
    waiting = RefusalAppeal.objects.filter(result="", forwarded_on=None, forward_by__lte=on + APPEAL_WARNED)
    return waiting.select_related("decision__item__request__assigned_to")


def before_and_after_it_must_be_passed_on(appeal):
    return [appeal.forward_by - APPEAL_WARNED, appeal.forward_by, appeal.forward_by + timedelta(days=1)]


def desk_and_directors(appeal, people):
    return list(dict.fromkeys([*desk(appeal.decision.item.request, people), *people.directors]))


def director_and_officer(obj, people):
    return [*people.directors, *people.officers]


REMINDERS = (
    Reminder(
        "authorisation_ends",
        _("the authorisation to process data ends soon; without a new one the account closes"),
        authorisations_ending,
        before_authorisation_ends,
        director_and_officer,
    ),
    Reminder(
        "data_request_due",
        _("the answer to a request about data is due"),
        data_requests_open,
        week_before_data_due,
        director_and_officer,
    ),
    Reminder(
        "destruction_list",
        _("records have reached their term: look the list through and take off what must stay"),
        lists_to_look_through,
        at_once_and_before_the_end_and_when_to_sign,
        director_and_officer,
    ),
    Reminder(
        "hold_to_review",
        _("something is held back from removal: is it still needed?"),
        holds_to_look_at,
        day_of_review,
        director_and_officer,
    ),
    Reminder(
        "contract_nearly_used",
        _("four fifths of the contract or more are used: an annex, or another provider?"),
        *alarms.NEARLY_USED,
        lambda contract, people: people.organisers,
    ),
    Reminder(
        "contract_ends",
        _("the contract ends: whom it serves needs another one"),
        *alarms.ENDING,
        lambda contract, people: people.organisers,
    ),
    Reminder(
        "agreement_ends",
        _("the agreement ends: referrals run under it, is a new one being made?"),
        *alarms.AGREEMENT_ENDING,
        organisers_and_coordinators,
    ),
    *OF_REFERRALS,
    *OF_WHAT_COMES_IN,
    Reminder(
        "plan_due",
        _("the case has no approved plan yet"),
        cases_without_plan,
        before_and_after_plan_due,
        coordinator,
    ),
    Reminder(
        "warning_review",
        _("a warning about a person is to be looked at anew: does it still hold?"),
        warnings_to_look_at,
        day_of_warning,
        who_raised_it,
    ),
    Reminder(
        "of_age",
        _("the person comes of age within 90 days: agree plan and consents anew"),
        cases_coming_of_age,
        quarter_before_of_age,
        coordinator,
    ),
    Reminder(
        "certificate_ends",
        _("the disability certificate ends: has the person applied for a new one?"),
        *certificates.ENDING,
        coordinator,
    ),
    Reminder(
        "paid_by_nobody",
        _("the person lives in another municipality: by which agreement does it pay? The service goes on meanwhile"),
        *areas.PAID_BY_NOBODY,
        coordinator,
    ),
    Reminder(
        "back_here",
        _("the person lives here again: until when does the other municipality pay or help?"),
        *areas.BACK_HERE,
        coordinator,
    ),
    Reminder(
        "plan_to_approve",
        _("the plan waits for approval"),
        plans_submitted,
        third_day_after_submission,
        plan_approvers,
    ),
    Reminder(
        "request_due",
        _("the answer to the request is due"),
        requests_due,
        on_and_after_answer_due,
        desk,
    ),
    Reminder(
        "appeal_to_pass_on",
        _("an appeal has to be passed on to the appeals board within seven days (KPA art. 133)"),
        appeals_to_pass_on,
        before_and_after_it_must_be_passed_on,
        desk_and_directors,
    ),
    Reminder(
        "mail_not_arrived",
        _("a mail did not arrive: send it again, or put it aside"),
        mails_not_arrived,
        day_after_not_arriving,
        organisers_and_administrators,
    ),
    Reminder(
        "entry_to_check",
        _("an entry of the catalogue has to be checked"),
        entries_to_check,
        when_to_check_and_again,
        keeper,
    ),
    Reminder(
        "statement_to_review",
        _("it has to be reviewed by 31 March; then write the day into the centre's file"),
        statement_to_review,
        month_before_review,
        organisers_and_administrators,
    ),
    Reminder(
        "question_waiting",
        _("our question waits for an answer"),
        questions_waiting,
        week_after_question,
        asked,
        template="reminder_question",
    ),
)


def due_reminders(on: date, of: Iterable[Reminder] = REMINDERS) -> Iterator[Due]:
    """Return everything that is due on the day, whether or not it has gone out."""
    people = People(on)
    for reminder in of:
        for obj in reminder.candidates(on):
            come = [day for day in reminder.due(obj) if day <= on]
            if come:
                for recipient in reminder.recipients(obj, people):
                    yield Due(reminder, obj, max(come), recipient)


@transaction.atomic
def send_due_reminders(*, on: date, now: datetime, of: Iterable[Reminder] = REMINDERS) -> int:
    """Write one message to each recipient for whom something is due and new; return how many reminders went in."""
    _one_at_a_time()
    due = {row.key: row for row in due_reminders(on, of)}
    for key in ReminderSent.objects.filter(key__in=list(due)).values_list("key", flat=True):
        del due[key]
    letters: dict[tuple, list[Due]] = {}
    for row in due.values():
        place = (row.recipient._meta.label_lower, row.recipient.pk, row.reminder.template)
        letters.setdefault(place, []).append(row)
    for rows in letters.values():
        write_letter(rows, on)
    ReminderSent.objects.bulk_create(ReminderSent(key=key, sent_on=on) for key in due)
    return len(due)


def _one_at_a_time():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('reminders'))")
