"""Who may do what with one request, need, file, resident or case."""

from django.utils.translation import gettext as _

from cus_portal.accounts.permissions import blocker, rule
from residents.models import Consent, Flag, ProcessingRestriction, ServiceRequest
from residents.models.complaint import is_left_to_others
from residents.models.consent import closed_to
from residents.models.restricted import OVERSEE, RestrictedFile, reaches
from residents.models.team import leads, works_on
from residents.restriction import case_behind, is_used, person_behind, words_of

# What may be done all the same: looking, closing a file, and the rights of the person.
NOT_REFUSED = {
    "residents.reveal_pesel",
    "residents.restrict_file",
    "residents.manage_restrictedfile",
    "residents.declare_conflict",
    "residents.use_restricted",
    "residents.end_conflict",
    "coordination.add_datarequest",
    "coordination.handle_datarequest",
    "coordination.review_datarequest",
    "coordination.decide_datarequest",
    "coordination.change_retentionhold",
    "residents.withdraw_consent",
    "residents.see_to_consent",
    "coordination.stop_referral",
}


def _is_holder(actor, request):
    """The holder of the code, or of the signed link, of this very request."""
    return getattr(actor, "request_id", None) == request.pk


def _works_on(actor, row):
    """One of the centre's people, and no restricted file or conflict of interest stands between him and the row."""
    return actor.works_at_centre() and reaches(actor, row)


@rule(
    "residents.view_servicerequest",
    "residents.take_up_request",
    "residents.hand_over_request",
    "residents.ask_resident",
    "residents.identify_person",
    "residents.resend_mails",
)
def centre_handles_requests(actor, request):
    return _works_on(actor, request)


@rule("residents.track_request", "residents.answer_question")
def holder_acts_on_his_request(actor, request):
    """The resident by number and code; the centre's people record an answer given by phone or at the counter."""
    return _is_holder(actor, request) or _works_on(actor, request)


@rule("residents.write_message")
def holder_and_centre_write_to_each_other(actor, row):
    """On a request, or from a case on one of its requests."""
    return _is_holder(actor, row) or _works_on(actor, row)


@rule("residents.write_letter")
def centre_writes_letters(actor, row):
    """On a request, or on a letter about one."""
    return _works_on(actor, getattr(row, "request", row))


@rule("residents.view_consent", "residents.see_to_consent")
def centre_keeps_consents(actor, consent):
    """The list form is Consent.objects.visible_to: a secret that rests on it closes it to whoever does not share it."""
    return _works_on(actor, consent.request) and not _is_closed(consent, actor)


def _is_closed(consent, user=None):
    return Consent.objects.filter(closed_to(user), pk=consent.pk).exists()


@rule("residents.withdraw_consent")
def holder_or_centre_takes_a_consent_back(actor, consent):
    """As easily as it was given (RODO art. 7 ust. 3): on the status page, or told to anybody who handles requests."""
    if _is_holder(actor, consent.request):
        return not _is_closed(consent)
    return _works_on(actor, consent.request) and not _is_closed(consent, actor)


@rule("residents.view_letter")
def centre_reads_letters(actor, letter):
    return _works_on(actor, letter.request)


@rule("residents.view_requestmessage", "residents.answer_message")
def centre_reads_and_answers_messages(actor, message):
    return _works_on(actor, message.request)


@rule("residents.withdraw_request")
def holder_or_centre_withdraws_request(actor, row):
    """A request, and with it the letters about it that have not left."""
    request = getattr(row, "request", row)
    return _is_holder(actor, request) or (actor.granted("residents.take_up_request") and _works_on(actor, request))


@rule("residents.keep_account")
def account_is_kept_by_its_holder(actor, account):
    return getattr(actor, "account_id", None) == account.pk


@rule("residents.settle_request")
def request_settles_with_its_last_need(actor, request):
    """Whoever decided or withdrew the last open need settles the request with it."""
    return not request.items.undecided().exists()


@rule("residents.follow_needs")
def request_goes_as_its_needs_go(actor, request):
    """Whoever moved a need lets its request wait once nothing of it runs on, and go on while something does."""
    runs = request.items.undecided().running().exists()
    return runs == (request.status == ServiceRequest.Status.WAITING)


@rule("residents.view_requestitem")
def centre_sees_needs(actor, item):
    return _works_on(actor, item.request)


@rule("residents.triage_item", "residents.propose_refusal", "residents.handle_appeal")
def centre_decides_needs(actor, row):
    """Asked about one need, and about a request when several are passed on."""
    return _works_on(actor, getattr(row, "request", row))


@rule("residents.sign_refusal")
def refusal_is_signed_by_another(actor, item):
    """Four eyes: never by the one who proposed it."""
    refusal = getattr(item, "refusal", None)
    return _works_on(actor, item.request) and refusal is not None and refusal.proposed_by_id != actor.pk


@rule("residents.withdraw_item", "residents.answer_offer")
def holder_or_centre_withdraws_need(actor, item):
    return holder_or_centre_withdraws_request(actor, item.request)


@rule("residents.view_needreport", "residents.handle_needreport")
def centre_looks_into_reports(actor, report):
    """What became a restricted request is for its people only."""
    return actor.works_at_centre() and (
        report.request_id is None or actor.has_perm("residents.view_servicerequest", report.request)
    )


@rule("residents.lapse_offer")
def clock_ends_an_offer(actor, item):
    """Only once its day is past: the action asks for that."""
    return True


@rule("residents.view_queueplace", "residents.carry_queue")
def queue_of_a_row_is_the_centres(actor, basis):
    return actor.works_at_centre()


@rule("residents.view_complaint", "residents.pass_complaint_on")
def complaint_is_kept_from_whom_it_is_about(actor, complaint):
    """The list form is Complaint.objects.visible_to."""
    if not actor.works_at_centre():
        return False
    if complaint.kind != complaint.Kind.COMPLAINT:
        return True
    if complaint.about_worker_id == actor.pk:
        return False
    if actor.granted("residents.answer_complaint"):
        may_be_about_him = complaint.is_about_the_director or complaint.is_unsorted
    else:
        may_be_about_him = complaint.is_about_somebody_unsaid
    return not (may_be_about_him and is_left_to_others(actor))


@rule("residents.answer_complaint")
def complaint_is_answered_once_it_is_known_not_to_be_about_the_director(actor, complaint):
    """She may have to pass on one about herself, where nobody else can; she never examines it."""
    is_hers = complaint.is_about_the_director or complaint.is_unsorted
    return complaint_is_kept_from_whom_it_is_about(actor, complaint) and not is_hers


@rule("residents.view_unmetneed", "residents.classify_unmetneed", "residents.close_unmetneed")
def unmet_needs_are_seen_without_restricted_files(actor, line):
    guarded = [*([line.item.request] if line.item_id else []), *([line.case] if line.case_id else [])]
    return actor.works_at_centre() and all(reaches(actor, row) for row in guarded)


@rule("residents.view_attachment")
def centre_reads_files(actor, attachment):
    """The list form is Attachment.objects.visible_to."""
    request = attachment.request
    if request is None:  # it came with a referral to us, and is read there
        return False
    return _works_on(actor, request) and (not attachment.is_confidential or _is_at(actor, request))


@rule("residents.keep_confidential")
def files_are_made_confidential_by_those_who_work_on_the_request(actor, request):
    return _works_on(actor, request) and _is_at(actor, request)


def _is_at(actor, request):
    """Of the team of the request's case; before there is one, whoever took the request up."""
    return works_on(actor, request.case) if request.case_id else request.assigned_to_id == actor.pk


@rule("residents.view_resident", "residents.change_resident", "residents.reveal_pesel", "residents.merge_residents")
def centre_keeps_residents(actor, resident):
    return _works_on(actor, resident)


@rule("residents.view_flag")
def warning_is_seen_by_those_who_need_it(actor, flag):
    return Flag.objects.visible_to(actor).filter(pk=flag.pk).exists()


@rule("residents.flag_resident")
def warning_is_raised_by_whoever_works_with_the_person(actor, resident):
    return _works_on(actor, resident)


@rule("residents.view_case")
def case_is_seen_by_its_people(actor, case):
    """The list form is Case.objects.visible_to; a test proves that both agree."""
    return (actor.granted("residents.view_every_case") or works_on(actor, case)) and reaches(actor, case)


@rule("residents.write_note")
def notes_are_written_by_those_who_work_on_the_case(actor, case):
    return works_on(actor, case) and reaches(actor, case)


@rule("residents.view_casenote")
def note_is_read_by_those_it_is_for(actor, note):
    """The list form is CaseNote.objects.visible_to."""
    few = leads(actor, note.case) or actor.granted(OVERSEE)
    confidential = note.sight == note.Sight.FEW and few
    shown = note.author_id == actor.pk or note.sight == note.Sight.TEAM or confidential
    return shown and case_is_seen_by_its_people(actor, note.case)


@rule("residents.change_note")
def note_is_changed_by_those_who_read_it_and_work_on_the_case(actor, note):
    return note_is_read_by_those_it_is_for(actor, note) and works_on(actor, note.case)


@rule("residents.open_case")
def case_is_opened_from_a_request(actor, request):
    return _works_on(actor, request)


@rule("residents.write_assessment")
def needs_are_assessed_by_who_leads_an_open_case(actor, case):
    return leads(actor, case) and case.status == case.Status.OPEN and reaches(actor, case)


@rule("residents.close_case")
def case_is_closed_by_who_leads_it(actor, case):
    return leads(actor, case) and reaches(actor, case)


@rule("residents.reopen_case")
def closed_case_is_reopened_by_its_coordinator_or_from_above(actor, case):
    mine = actor.granted("residents.view_every_case") or case.coordinator_id == actor.pk
    return mine and case.status == case.Status.CLOSED and _works_on(actor, case)


@rule("residents.assign_case", "residents.change_team")
def case_is_handed_over_by_its_coordinator_or_from_above(actor, case):
    """Never by a deputy. Whoever sees every case of the centre and holds the permission is its director."""
    return _works_on(actor, case) and (actor.granted("residents.view_every_case") or case.coordinator_id == actor.pk)


@rule("residents.view_restrictedfile", "residents.manage_restrictedfile")
def restricted_file_is_seen_by_those_let_in(actor, file):
    """The list form is RestrictedFile.objects.visible_to; who oversees the files lets others in."""
    return RestrictedFile.objects.visible_to(actor).filter(pk=file.pk).exists()


@rule("residents.restrict_file", "residents.declare_conflict", "residents.use_restricted")
def restriction_begins_with_whoever_works_on_it(actor, row):
    return _works_on(actor, row)


@rule("residents.view_conflictofinterest", "residents.end_conflict")
def conflict_is_ended_by_another(actor, conflict):
    return actor.works_at_centre() and conflict.user_id != actor.pk


# What goes on after a case is closed: the rights of the person, letters and messages of its requests, what keepers do.
AFTER_THE_END = NOT_REFUSED | {
    "residents.reopen_case",
    "residents.close_case",  # the table of states says who was faster
    "residents.handle_appeal",
    "residents.write_message",
    "residents.answer_message",
    "residents.write_letter",
    "residents.resend_mails",
    "coordination.answer_objection",
}


@blocker
def closed_case_is_never_edited(actor, permission, obj) -> str:
    """Refuse every act on what belongs to a closed case: what goes on goes on in a linked one."""
    if actor.pk is None or permission in AFTER_THE_END or permission.partition(".")[2].startswith("view_"):
        return ""
    case = case_behind(obj)
    if case is None or case.status != case.Status.CLOSED:
        return ""
    return _("The case %(sign)s is closed and stays as it is. Reopen it: that makes a new case linked to it.") % {
        "sign": case.case_sign
    }


@blocker
def processing_is_restricted(actor, permission, obj) -> str:
    """Refuse every act on the data but storing them, of whoever has an account here (RODO art. 18 ust. 2).

    What the person does himself is his consent; the clock decides nothing about him. Who has said on which ground of
    that article he goes on, may do so for a day: use_restricted().
    """
    if actor.pk is None or permission in NOT_REFUSED or permission.partition(".")[2].startswith("view_"):
        return ""
    person = person_behind(obj)
    found = person and ProcessingRestriction.objects.in_force().filter(resident=person).first()
    return words_of(found) if found and not is_used(found.resident_id, by=actor) else ""
