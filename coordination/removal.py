"""Taking one record out: personal data go, what is counted stays as it was counted.

A row stays where a figure counts it, with its days, states, services and places; words, names, numbers and files go.
The evidence (audit, history of rows, versions of plans) the application can only add to: for it there is one door, a
function of the database that opens for a line of a signed list and for nothing else.
"""

from collections.abc import Callable
from functools import partial

from dateutil.relativedelta import relativedelta
from django.db import connection, transaction
from django.db.models import Case as If
from django.db.models import Q, Value, When
from django.utils.timezone import localdate

from coordination.actions.plan_versions import TEXTS
from coordination.filters import start_of
from coordination.models import (
    DataRequest,
    FeeAssessment,
    Handover,
    IncomingNote,
    IncomingReferral,
    Plan,
    PlanItem,
    PlanNote,
    Provision,
    RecordKind,
    Referral,
    ReferralClosing,
    ReferralLink,
    ReferralNote,
    ServiceRecord,
    Suspension,
    Volunteer,
)
from coordination.models.incoming import KEPT_UNLINKED
from cus_portal.db import fold
from cus_portal.files import private_storage
from cus_portal.notifications.models import Message
from residents.actions.requests import new_access_code
from residents.models import (
    AssessmentDraft,
    Attachment,
    Case,
    CaseNote,
    Complaint,
    ConflictOfInterest,
    Consent,
    DisabilityCertificate,
    FileAccess,
    Flag,
    Household,
    HouseholdMember,
    Identifier,
    JoinedRequest,
    Letter,
    Merge,
    NameWord,
    NeedReport,
    NeedsAssessment,
    RefusalDecision,
    Representation,
    RequestItem,
    RequestMessage,
    RequestParty,
    RequestQuestion,
    RequestStatement,
    ResidenceTitle,
    Resident,
    ResidentAddress,
    ResidentContact,
    ServiceRequest,
    TeamMember,
    UnmetNeed,
)

ResidentEvent = Resident.pgh_event_model  # every name the person had
GONE = "–"  # where a row must say something
PERSON = {
    "first_name": "",
    "last_name": "",
    "pesel": "",
    "pesel_index": "",
    "pesel_ends": [],
    "birth_date": None,
    "address": "",
    "postal_code": "",
    "phone": "",
    "email": "",
    "communication": [],
    "communication_note": "",
}
PARTY = PERSON | {
    "document": "",
    "court_sign": "",
    "scope": "",
    "acts_until": None,
    "institution": "",
    "person_knows": "",
    "own_voice": "",
    "relation": "",
    "certificates": None,
    "answers": {},
}
RESIDENT = PERSON | {
    "locality": None,
    "born_about": "",
    "pesel_doubt": "",
    "pesel_to_check": False,
    "died_on": None,
    "death_source": "",
    "moved_out_on": None,
    "moved_to": "",
}


def gone_if_said(field):
    """Return the expression that leaves a mark where something was written: a constraint asks for it."""
    return If(When(**{field: ""}, then=Value("")), default=Value(GONE))


def gone_without_service(field):
    return If(When(service=None, then=Value(GONE)), default=Value(""))


# -- what is blanked: history still writes it down, so the door comes after it ------------------------------
def blank_case(case_id: int) -> None:
    blank_requests(ServiceRequest.objects.filter(case=case_id))
    untie(UnmetNeed.objects.filter(case=case_id), "case")
    Case.objects.filter(pk=case_id).update(closing_summary="", reopen_note="")
    texts = dict.fromkeys(TEXTS, "") | {"needs": GONE, "goals": GONE}
    Plan.objects.filter(case=case_id).update(results=gone_if_said("results"), **texts)
    AssessmentDraft.objects.filter(case=case_id).delete()
    CaseNote.objects.filter(case=case_id).update(text=GONE)
    TeamMember.objects.filter(case=case_id, user=None).update(name=GONE, contact="")
    NeedsAssessment.objects.filter(case=case_id).update(
        situation=GONE, needs=GONE, present="", wishes="", resources="", obstacles=""
    )
    PlanNote.objects.filter(plan__case=case_id).update(text=GONE)
    items = PlanItem.objects.filter(plan__case=case_id)
    exemption = If(When(fee_kind="exempt", then=Value(GONE)), default=Value(""))  # which a constraint asks to say why
    items.update(goal=GONE, action=gone_without_service("action"), scope="", fee=exemption)
    given = Provision.objects.filter(case=case_id)
    given.update(address=GONE, task=GONE, crisis_reason=gone_if_said("crisis_reason"))
    ServiceRecord.objects.filter(provision__case=case_id).update(
        reason="",
        objection="",
        objection_answer="",
        confirmed_by=gone_if_said("confirmed_by"),
        surplus_reason=gone_if_said("surplus_reason"),
    )
    Referral.objects.filter(case=case_id).update(
        wanted_outcome="",
        disclosed_fields=[],
        ask_instead="",
        closing_note="",
        acknowledgement="",
        person_not_told_reason=gone_if_said("person_not_told_reason"),
        person_words="",
    )


def blank_request(request_id: int) -> None:
    blank_requests(ServiceRequest.objects.filter(pk=request_id))


def blank_requests(requests) -> None:
    keys = list(requests.values_list("pk", flat=True))
    for key in keys:  # nobody finds one any more by the code that was given out
        ServiceRequest.objects.filter(pk=key).update(access_code=new_access_code())
    ServiceRequest.objects.filter(pk__in=keys).update(situation="", contact_note="", papers_taken="", red_flags=[])
    items = RequestItem.objects.filter(request__in=keys)
    untie(UnmetNeed.objects.filter(item__in=items), "item")
    numbers = {"decision_number": gone_if_said("decision_number")}
    items.update(own_words=gone_without_service("own_words"), answer="", **numbers)
    refusals = RefusalDecision.objects.filter(Q(item__request__in=keys) | Q(former_item__request__in=keys))
    refusals.update(factual_grounds="", legal_grounds="")
    Consent.objects.filter(request__in=keys).update(data_scope=GONE, purpose_note=GONE, seen_to_note="")
    blank_incoming(IncomingReferral.objects.filter(request__in=keys))
    Letter.objects.filter(request__in=keys).update(recipient="", address="", subject=GONE, body=GONE, proof_number="")
    parties = RequestParty.objects.filter(request__in=keys)
    words = words_of(parties)
    parties.update(**PARTY)
    forget_words(words)
    blank_reports(NeedReport.objects.filter(request__in=keys))


def untie(unmet, from_what) -> None:
    """Let the lines stay in the register and lead to nobody; nothing says afterwards that one was restricted."""
    unmet.restricted().update(locality=None, area=None, service=None)
    unmet.update(**{from_what: None})


def blank_incoming(incoming) -> None:
    """Keep who sent it, when and how it ended; nothing of the person, nothing of who wrote about him."""
    texts = ("first_name", "last_name", "phone", "address", "need", "answer", "proof")
    after = ("acknowledgement", "person_words")
    contact = {"said_by": GONE, "sender_contact": "", "statute": "", "birth_date": None}
    asked_for = ("safety_note", "person_not_told_reason")
    keys = list(incoming.values_list("pk", flat=True))
    IncomingReferral.objects.filter(pk__in=keys).update(
        **dict.fromkeys((*texts, *after), ""), **contact, **{name: gone_if_said(name) for name in asked_for}
    )
    IncomingNote.objects.filter(incoming__in=keys).update(text=GONE)
    passed_on = {name: gone_if_said(name) for name in ("statute", "said_by")}
    Handover.objects.filter(incoming__in=keys).update(sign="", **passed_on)


def papers_of(incoming):
    """Return the files that came with these; they hang on no request."""
    came = IncomingReferral.papers.through.objects.filter(incomingreferral__in=incoming)
    return Attachment.objects.filter(pk__in=came.values("attachment"))


@transaction.atomic
def forget_incoming(*, on) -> int:
    """Blank what came in, led to no request and ended two years ago, and delete its files; return how many."""
    old = IncomingReferral.objects.filter(request=None, ended_at__lt=start_of(on - KEPT_UNLINKED)).exclude(said_by=GONE)
    keys = list(old.values_list("pk", flat=True))
    blank_incoming(old)
    for name in drop_files(papers_of(keys)):
        transaction.on_commit(partial(private_storage().delete, name))
    return len(keys)


def blank_report(report_id: int) -> None:
    blank_reports(NeedReport.objects.filter(pk=report_id))


def blank_reports(reports) -> None:
    reports.update(concerns="", what_seen=GONE, reporter="", reporter_contact="", note="", answer="", access_code="")


def blank_data_request(asked_id: int) -> None:
    DataRequest.objects.filter(pk=asked_id).update(
        said="", answer=GONE, extension_reason="", left_out=[], asked_by=None
    )


def blank_complaint(complaint_id: int) -> None:
    """Keep what is counted: kind, days, how it ended. Whoever complained, about whom and what was answered go."""
    words = ("about_words", "name", "address", "email", "phone", "answer")
    Complaint.objects.filter(pk=complaint_id).update(
        text=GONE,
        about_worker=None,
        access_code=new_access_code(),
        extension_reason=gone_if_said("extension_reason"),
        grounds=gone_if_said("grounds"),
        passed_to=gone_if_said("passed_to"),
        **dict.fromkeys(words, ""),
    )


def blank_volunteer(volunteer_id: int) -> None:
    """Keep the number of the agreement, its days and the hours: they are counted. Name, contact and checks go."""
    words = ("first_name", "last_name", "phone", "email")
    checks = ("register_checked_on", "record_certificate_on", "checks_valid_until")
    Volunteer.objects.filter(pk=volunteer_id).update(**dict.fromkeys(words, ""), **dict.fromkeys(checks))


def blank_person(resident_id: int) -> None:
    people = Resident.objects.filter(Q(pk=resident_id) | Q(merged_into=resident_id))
    keys = list(people.values_list("pk", flat=True))
    former = ResidentEvent.objects.filter(pgh_obj_id__in=keys).values_list("last_name", "first_name")
    words = words_of(people) | {word for names in former for word in words_in(fold(" ".join(names)))}
    keep_what_is_counted(keys)
    Resident.objects.filter(pk__in=keys).update(**RESIDENT)
    forget_words(words)
    Merge.objects.filter(kept__in=keys).update(reason=GONE, undo_reason=gone_if_said("undo_reason"))
    files = Resident.objects.filter(pk__in=keys, restricted_file__isnull=False).values("restricted_file")
    FileAccess.objects.filter(file__in=files).update(reason=GONE)
    others = Representation.objects.filter(representative__in=keys)
    others.exclude(resident__in=keys).update(representative=None, name=GONE, phone="")


def keep_what_is_counted(people) -> None:
    """Leave age group, sex and place with the referrals that have ended: the reports count by them."""
    ended = Referral.objects.filter(case__resident__in=people, ended_at__isnull=False)
    for referral in ended.select_related("case__resident"):
        person, day = referral.case.resident, referral.outcome_on or localdate(referral.ended_at)
        born, last = person.birth_date, day + relativedelta(day=31)
        kept = {"kept_age": Referral.AgeGroup.of(born, last)} if born else {}
        kept |= {"kept_sex": Referral.Sex.of(person.pesel)} if person.pesel else {}
        Referral.objects.filter(pk=referral.pk).update(kept_locality=person.locality_id, **kept)


def words_of(people) -> set[str]:
    """Return the words of these names, as they are kept for the search."""
    names = people.values_list("search_name", flat=True)
    return {word for name in names for word in words_in(name)}


def words_in(name: str) -> set[str]:
    return {*name.split(), *name.replace("-", " ").split()}


def forget_words(words: set[str]) -> None:
    """Take out of the search's words those that stand in no name on record any more."""
    for word in words:
        here = Q(search_name__contains=word)
        if not (Resident.objects.filter(here).exists() or RequestParty.objects.filter(here).exists()):
            NameWord.objects.filter(word=word).delete()


# -- what is deleted: after the door, which still looks up what belonged to the record ----------------------
def drop_case(case_id: int) -> list[str]:
    for model in (ReferralNote, ReferralClosing, ReferralLink):
        model.objects.filter(referral__case=case_id).delete()
    PlanNote.objects.filter(plan__case=case_id).delete()
    for model in (CaseNote, TeamMember):
        model.objects.filter(case=case_id).delete()
    for model in (FeeAssessment, Suspension):
        model.objects.filter(provision__case=case_id).delete()
    files = drop_requests(ServiceRequest.objects.filter(case=case_id))
    forget_mails("residents.case", [case_id])
    for model in (Plan, Referral):
        forget_mails(model._meta.label_lower, list(model.objects.filter(case=case_id).values_list("pk", flat=True)))
    return files


def drop_request(request_id: int) -> list[str]:
    return drop_requests(ServiceRequest.objects.filter(pk=request_id))


def drop_requests(requests) -> list[str]:
    """Delete what hangs on the requests; return the names of their files in the store, to be deleted after this."""
    keys = list(requests.values_list("pk", flat=True))
    came = IncomingReferral.objects.filter(request__in=keys).values("pk")
    files = drop_files(Attachment.objects.filter(request__in=keys)) + drop_files(papers_of(came))
    for model in (JoinedRequest, RequestMessage, RequestQuestion, RequestStatement):
        model.objects.filter(request__in=keys).delete()
    forget_mails("residents.servicerequest", keys)
    return files


def drop_files(attachments) -> list[str]:
    names = list(attachments.values_list("file", flat=True))
    attachments.delete()
    return names


def drop_report(report_id: int) -> list[str]:
    forget_mails("residents.needreport", [report_id])
    return []


def drop_data_request(asked_id: int) -> list[str]:
    forget_mails("coordination.datarequest", [asked_id])
    return []


def drop_complaint(complaint_id: int) -> list[str]:
    forget_mails("residents.complaint", [complaint_id])
    return []


def drop_volunteer(volunteer_id: int) -> list[str]:
    forget_mails("coordination.volunteer", [volunteer_id])
    return []


def drop_person(resident_id: int) -> list[str]:
    people = Resident.objects.filter(Q(pk=resident_id) | Q(merged_into=resident_id)).order_by()
    keys = list(people.values_list("pk", flat=True))
    homes = list(HouseholdMember.objects.filter(resident__in=keys).values_list("household", flat=True))
    for model in (
        Identifier, ResidenceTitle, DisabilityCertificate, ResidentAddress, ResidentContact, HouseholdMember,
        Representation, ConflictOfInterest, Flag,
    ):  # fmt: skip
        model.objects.filter(resident__in=keys).delete()
    Household.objects.filter(pk__in=homes, members=None).delete()
    forget_mails("residents.resident", keys)
    return []


def forget_mails(label: str, keys: list[int]) -> None:
    """Delete what the outbox holds about these, and what was to go to whoever filed them."""
    about = Q(about_type=label, about_id__in=keys)
    Message.objects.filter(about | Q(recipient_type=label, recipient_id__in=keys)).delete()


# -- the two halves with the door between them --------------------------------------------------------------
WAYS: dict[str, tuple[Callable[[int], None], Callable[[int], list[str]]]] = {
    RecordKind.CASE: (blank_case, drop_case),
    RecordKind.REQUEST: (blank_request, drop_request),
    RecordKind.REPORT: (blank_report, drop_report),
    RecordKind.DATA_REQUEST: (blank_data_request, drop_data_request),
    RecordKind.COMPLAINT: (blank_complaint, drop_complaint),
    RecordKind.VOLUNTEER: (blank_volunteer, drop_volunteer),
    RecordKind.PERSON: (blank_person, drop_person),
}


def take_out(line) -> list[str]:
    """Take one record out within the caller's transaction; return the files that are then to be deleted."""
    blank, drop = WAYS[line.kind]
    blank(line.object_id)
    through_the_door(line)
    return drop(line.object_id)


def through_the_door(line) -> int:
    """Let the database take the line's record out of the evidence; return how many rows of the log went."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coordination_take_out(%s)", [line.pk])
        return cursor.fetchone()[0]
