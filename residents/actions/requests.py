"""Filing a request, its files, its withdrawal."""

import hashlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cus_portal.accounts.permissions import require
from cus_portal.antivirus import is_on
from cus_portal.audit.log import record
from cus_portal.db import next_number
from cus_portal.files import accept
from cus_portal.notifications.outbox import notify, wake
from cus_portal.urgency import tells_of_danger
from residents.actions.accounts import tell_accounts
from residents.actions.acting import check_filer
from residents.actions.clock import answer_due, follow_needs, lock_items, stop_waiting
from residents.actions.drafts import forget_draft
from residents.actions.mails import move_mails
from residents.actions.queue import free_place, leave_queue
from residents.actions.restricted import restrict_at_filing
from residents.actions.unmet import keep_unmet
from residents.models import (
    Attachment,
    Letter,
    PrivacyNotice,
    RedFlag,
    RequestItem,
    RequestParty,
    RequestStatement,
    ResidentAccount,
    RestrictedFile,
    ServiceRequest,
)
from residents.models.attachment import VirusCheck
from residents.models.numbers import reference_of
from residents.models.person import pesel_fields
from residents.places import count_places_of
from residents.workflow import ITEM, LETTER, REQUEST
from services.models import PublicBasis, Service

# Without 0 O 1 I L, which people mistake for one another when they copy a code by hand.
CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_GROUPS, CODE_GROUP_LENGTH = 3, 3
ATTACHMENTS_PER_REQUEST = 30
CONTACT_OF_REQUEST = ("contact_by", "contact_note", "safe_contact", "leave_no_message", "if_others_answer")
CONTACT_OF_FILER = ("phone", "email", "address", "postal_code")


@dataclass(frozen=True, kw_only=True)
class Filing:
    """What somebody files, by whichever channel. Only what is known: a name may be missing, a need may not."""

    channel: str
    received_on: date
    needs: Sequence[tuple[Service | None, str]]
    applicant: Mapping[str, object]
    person: Mapping[str, object] | None = None
    situation: str = ""
    contact_by: str = ServiceRequest.Contact.PHONE
    contact_note: str = ""
    safe_contact: bool = False
    leave_no_message: bool = False
    if_others_answer: str = ""
    is_urgent: bool = False
    papers_taken: str = ""
    red_flags: Sequence[str] = ()
    statements: Sequence[tuple[int, str, bool]] = ()  # version of a service, what was declared, whether it was ticked
    applicants_needs: Sequence[int] = ()  # places in `needs` of what who files asks for himself
    language: str = "pl"
    privacy_notice: PrivacyNotice | None = None
    submit_token: uuid.UUID = field(default_factory=uuid.uuid4)


def submit_request(filing: Filing, *, by, now, files=()) -> ServiceRequest:
    """File a request once: the same filing again, even at the same moment, returns what was filed first.

    `applicant` and `person` map the fields of RequestParty; `person` is given when the help is for another.
    """
    if not (by.has_perm("residents.submit_request") or by.has_perm("residents.add_servicerequest")):
        raise PermissionDenied("residents.submit_request")
    if not filing.needs:
        raise ValueError("A request without a need cannot be filed.")
    files = [accept(upload) for upload in files]  # it takes a while: before anything is locked
    begun_as = filing.submit_token
    filing = replace(filing, submit_token=_token_of(filing))
    filed = ServiceRequest.objects.filter(submit_token=filing.submit_token)
    if known := filed.first():
        return known
    try:
        with transaction.atomic():
            forget_draft(begun_as)
            return _file(filing, by=by, now=now, files=files)
    except IntegrityError:
        # The other of two clicks was faster; the number taken for this one was given back with the rollback.
        known = filed.first()
        if known is None:
            raise
        return known


def _token_of(filing):
    """Return the token of this very content. Other words under a token seen before are another filing:

    whoever finds the form of the person before him, and types over it, must not get that person's number and code.
    """
    return uuid.uuid5(filing.submit_token, repr(filing))


def _file(filing, *, by, now, files):
    flags = _red_flags(filing)
    request = ServiceRequest.objects.create(
        reference=_new_reference(now),
        access_code=new_access_code(),
        submit_token=filing.submit_token,
        channel=filing.channel,
        received_on=filing.received_on,
        **answer_due(filing.received_on),
        filed_by_id=by.pk,
        for_whom=ServiceRequest.ForWhom.OTHER if filing.person else ServiceRequest.ForWhom.SELF,
        situation=filing.situation,
        contact_by=filing.contact_by,
        contact_note=filing.contact_note,
        safe_contact=filing.safe_contact,
        leave_no_message=filing.leave_no_message,
        if_others_answer=filing.if_others_answer,
        is_urgent=filing.is_urgent or bool(flags),
        red_flags=flags,
        papers_taken=filing.papers_taken,
        language=filing.language,
        privacy_notice=filing.privacy_notice,
    )
    parties = [_party(request, RequestParty.Role.APPLICANT, filing.applicant)]
    if filing.person:
        parties.append(_party(request, RequestParty.Role.PERSON, filing.person))
    RequestParty.objects.bulk_create(parties)
    _create_items(request, filing)
    RequestStatement.objects.bulk_create(
        RequestStatement(request=request, version_id=version, text=text, is_given=is_given)
        for version, text, is_given in filing.statements
    )
    if files:
        keep_files(request, files, held=0)
    record("servicerequest.submit", request, by=by, to_state=request.status, channel=filing.channel)
    if any(service.place_is_confidential for service, _words in filing.needs if service):
        restrict_at_filing(request, kind=RestrictedFile.Kind.VIOLENCE, by=by, now=now)
    if parties[0].email and not request.safe_contact:
        notify(request, "request_received", dedupe_key=f"request-received:{request.pk}", number=request.reference)
    return request


def _red_flags(filing):
    """Return what cannot wait: what was ticked, and what the words tell that nobody ticked."""
    texts = [filing.situation, filing.contact_note, *(words for _service, words in filing.needs)]
    found = {RedFlag.WORDS} if tells_of_danger(*texts) else set()
    return [flag for flag in RedFlag.values if flag in {*filing.red_flags, *found}]


def _party(request, role, facts):
    return RequestParty(request=request, role=role, **(facts | pesel_fields(facts.get("pesel", ""))))


def _create_items(request, filing):
    """Write the needs in the order they were named, each with the public basis in force on the day of receipt."""
    services = [service for service, _words in filing.needs if service]
    basis = dict(PublicBasis.objects.of_services(services, on=filing.received_on))
    RequestItem.objects.bulk_create(
        RequestItem(
            request=request,
            position=position,
            service=service,
            programme_service_id=basis.get(service.pk) if service else None,
            own_words=own_words,
            for_applicant=position - 1 in filing.applicants_needs,
            **answer_due(filing.received_on),
        )
        for position, (service, own_words) in enumerate(filing.needs, start=1)
    )


def _new_reference(now):
    """Return the next number of the centre and year. The year is that of the clock on the wall in Poland."""
    year = timezone.localdate(now).year
    prefix = settings.CENTRE["reference_prefix"]
    return reference_of(year, next_number(f"request:{prefix}", year))


def new_access_code():
    groups = ("".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_GROUP_LENGTH)) for _ in range(CODE_GROUPS))
    return "-".join(groups)


# -- the centre's side --------------------------------------------------------------------------
@transaction.atomic
def take_up(request: ServiceRequest, *, by, now) -> ServiceRequest:
    """Become the worker who looks into the request."""
    REQUEST.move(request, "take_up", by=by, assigned_to=by, team="")
    return request


@transaction.atomic
def send_receipt(request: ServiceRequest, *, by, now) -> ServiceRequest:
    """Mail number and code once more; pressed twice within a minute it goes out once."""
    require(by, "residents.take_up_request", request)
    if not request.notification_email:
        raise ValidationError(_("There is no e-mail address to which it may go. Print it."))
    key = f"request-received:{request.pk}:{now:%Y-%m-%dT%H:%M}"
    if notify(request, "request_received", dedupe_key=key, number=request.reference):
        record("servicerequest.send_receipt", request, by=by)
    return request


# -- the resident's side ------------------------------------------------------------------------
@transaction.atomic
def add_attachments(request: ServiceRequest, *, files, by, now) -> ServiceRequest:
    """Add files to an open request without being asked."""
    require(by, "residents.answer_question", request)
    check_filer(request, by=by, now=now)
    # The row is held: it is not closed meanwhile, and two uploads do not each count to the limit.
    request.refresh_from_db(from_queryset=ServiceRequest.objects.select_for_update(no_key=True))
    if not request.is_open:
        raise ValidationError(_("This request is closed; nothing can be added to it."), code="closed")
    keep_files(request, files, held=request.attachments.count())
    record("servicerequest.attach", request, by=by, files=len(files))
    return request


@transaction.atomic
def correct_contact(request: ServiceRequest, *, contact: Mapping[str, object], by, now) -> ServiceRequest:
    """Write down how to reach who filed. Discreet contact may be asked for at any time, and ended only by a talk.

    Mails that did not arrive go out to the new address.
    """
    check_filer(request, by=by, now=now)
    told = {name: contact[name] for name in CONTACT_OF_REQUEST}
    told["safe_contact"] = told["safe_contact"] or request.safe_contact
    REQUEST.move(request, "correct", by=by, **told)
    reached = {name: contact[name] for name in CONTACT_OF_FILER}
    filer = request.parties.filter(role=RequestParty.Role.APPLICANT)
    is_new = reached["email"] not in filer.values_list("email", flat=True)
    filer.update(**reached)
    if is_new or request.safe_contact:
        move_mails(request, by=by, now=now)
    return request


@transaction.atomic
def withdraw_request(request: ServiceRequest, *, by, now, reason: str = "") -> ServiceRequest:
    """Withdraw the request with each of its needs that nobody has granted yet."""
    check_filer(request, by=by, now=now, decides=True)
    return _withdraw_whole(request, by=by, now=now, reason=reason)


def _withdraw_whole(request, *, by, now, reason):
    items = lock_items(request.pk)
    REQUEST.move(request, "withdraw", by=by, reason=reason, withdrawn_at=now)
    for item in items:
        if item.status in ITEM["withdraw"].sources:
            ITEM.move(item, "withdraw", by=by, reason=reason, **ended(by, now))
            leave_queue(item, by=by, now=now, reason=reason)
            keep_unmet(item, now=now)
    count_places_of(items, now=now)
    stop_waiting(request, now=now)
    _drop_letters(request, by=by)
    _tell_worker_of_withdrawal(request, by=by)
    return request


def ended(by, now):
    """Return the columns of a need that ended without an answer; what was said before it does not hold any more."""
    return {"decided_at": now, "decided_by_id": by.pk, "answer": ""}


@transaction.atomic
def withdraw_item(item: RequestItem, *, by, now, reason: str = "") -> RequestItem:
    """Withdraw one need; the request goes with its last one."""
    check_filer(item.request, by=by, now=now, decides=not item.for_applicant)
    items = lock_items(item.request_id)
    ITEM.move(item, "withdraw", by=by, reason=reason, **ended(by, now))
    leave_queue(item, by=by, now=now, reason=reason)
    keep_unmet(item, now=now)
    count_places_of([item], now=now)
    request = ServiceRequest.objects.get(pk=item.request_id)
    others = [other for other in items if other.pk != item.pk]
    if all(other.status == RequestItem.Status.WITHDRAWN for other in others) and request.is_open:
        _withdraw_whole(request, by=by, now=now, reason=reason)
    else:
        settle_if_decided(request, by=by, now=now)
        _tell_worker_of_withdrawal(request, by=by, item=item)
    return item


@transaction.atomic
def give_place_up(item: RequestItem, *, by, now, reason: str = "") -> RequestItem:
    """Withdraw a granted need; its place goes to the next. That nothing has been given for it is checked above."""
    check_filer(item.request, by=by, now=now, decides=not item.for_applicant)
    ITEM.move(item, "give_up", by=by, reason=reason, **ended(by, now))
    free_place(item, reason=reason or _("the place was given up"), by=by, now=now)
    keep_unmet(item, now=now)
    _tell_worker_of_withdrawal(item.request, by=by, item=item)
    return item


@transaction.atomic
def discontinue_request(request: ServiceRequest, *, by, now, reason: str) -> ServiceRequest:
    """End what is open of a request whose person died (KPA art. 105); nobody withdrew it, and no mail tells of it."""
    items = lock_items(request.pk)
    for item in items:
        if item.status in ITEM["discontinue"].sources:
            ITEM.move(item, "discontinue", by=by, reason=reason, **ended(by, now))
            leave_queue(item, by=by, now=now, reason=reason)
            keep_unmet(item, now=now)
    count_places_of(items, now=now)
    if request.is_open:
        _drop_letters(request, by=by)
        settle_if_decided(request, by=by, now=now, tells=False)
        _tell_worker_of_withdrawal(request, by=by, died=True)
    return request


@transaction.atomic
def settle_if_decided(request: ServiceRequest, *, by, now, tells: bool = True) -> ServiceRequest:
    """Settle the request when its last need is decided, and tell the resident that the answers are there.

    Until then it goes as the needs go that are left. The row is locked first: of two people who decide the last two
    needs at once, the later one sees both.
    """
    request.refresh_from_db(from_queryset=ServiceRequest.objects.select_for_update(no_key=True))
    if not request.is_open:
        return request
    if request.items.undecided().exists():
        return follow_needs(request, by=by, now=now)
    REQUEST.move(request, "settle", by=by)
    stop_waiting(request, now=now)
    if by.pk and tells:
        notify(request, "request_settled", dedupe_key=f"request-settled:{request.pk}", number=request.reference)
        tell_accounts(request, ResidentAccount.Event.NEWS, dedupe_key=f"account-settled:{request.pk}")
    return request


# -- what the actions share ---------------------------------------------------------------------
def _drop_letters(request, *, by):
    """Drop the letters that have not left: data go to nobody for a request that is withdrawn."""
    drafts = request.letters.filter(status=Letter.Status.DRAFT, kind__in=Letter.DROPPED)
    for letter in drafts.select_for_update(of=("self",)).order_by("pk"):
        letter.request = request
        LETTER.move(letter, "drop", by=by)


def _tell_worker_of_withdrawal(request, *, by, item=None, died=False):
    """Tell who has the request in hand, and who leads its case: of a death that one hears from the case itself."""
    told = {request.assigned_to, request.case.coordinator if request.case_id and not died else None}
    for worker in told - {None}:
        if worker.pk == by.pk:
            continue
        notify(
            worker,
            "request_withdrawn",
            dedupe_key=f"request-withdrawn:{request.pk}:{item.pk if item else 'all'}:{worker.pk}",
            number=request.reference,
            whole=item is None,
            died=died,
            request_id=request.pk,
        )


def keep_files(request, files, *, question=None, message=None, letter=None, confidential=False, by_team=False, held):
    """Check the files, store and return them; what was stored goes again when something fails before the commit."""
    if held + len(files) > ATTACHMENTS_PER_REQUEST:
        raise ValidationError(
            _("A request holds at most %(limit)s files. Bring the others to the centre."),
            code="too_many",
            params={"limit": ATTACHMENTS_PER_REQUEST},
        )
    rows = []
    for upload in files:
        accepted = accept(upload)
        rows.append(
            Attachment(
                request=request,
                question=question,
                message=message,
                letter=letter,
                file=accepted.file,
                name=accepted.name,
                content_type=accepted.content_type,
                size=accepted.size,
                sha256=_sha256(accepted.file),
                is_confidential=confidential,
                by_team=by_team,
                virus_check=VirusCheck.WAITING if is_on() else VirusCheck.NONE,
            )
        )
    try:
        Attachment.objects.bulk_create(rows)
    except BaseException:
        for row in rows:
            if row.file._committed:
                row.file.delete(save=False)
        raise
    if is_on():
        transaction.on_commit(lambda: wake("residents.tasks.check_attachments"))
    return rows


def _sha256(upload):
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()
