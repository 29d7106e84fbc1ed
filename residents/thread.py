"""The thread of a request, or of all the requests of a case: messages, and the questions for which the clock stood."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q
from django.utils.translation import gettext as _

from cus_portal.audit.models import AuditEvent
from residents.models import Attachment, RequestItem, RequestMessage, RequestParty, RequestQuestion, ServiceRequest
from services.presentation import said


@dataclass(frozen=True)
class Entry:
    """One thing said: by us or by the resident. `waits`: nobody has answered it yet.

    `about`: the needs that a question touches, where it is not all of the request's.
    """

    at: datetime
    is_ours: bool
    text: str
    who: str
    reference: str
    is_question: bool = False
    waits: bool = False
    is_urgent: bool = False
    message: RequestMessage | None = None
    files: list[Attachment] = field(default_factory=list)
    about: list[str] = field(default_factory=list)


def thread_of(*requests: ServiceRequest, since: datetime | None = None, shown: Q | None = None) -> list[Entry]:
    """Return what was said, oldest first, in a constant number of queries; with `since` only what is younger.

    `shown`: of which needs whoever reads may know.
    """
    known = {request.pk: request.reference for request in requests}
    messages = RequestMessage.objects.filter(request__in=known).select_related("written_by", "answered_by")
    questions = RequestQuestion.objects.filter(request__in=known).select_related("asked_by")
    asked = list(questions.prefetch_related("attachments"))
    about = needs_touched(RequestItem.objects.filter(shown or Q(), request__in=known)) if asked else {}
    entries = [
        *(_said(one, known) for one in messages.prefetch_related("attachments").order_by("written_at", "pk")),
        *(entry for one in asked for entry in _asked(one, known, about.get(one.pk, []))),
    ]
    return sorted((one for one in entries if since is None or one.at >= since), key=lambda one: one.at)


def needs_touched(items) -> dict[int, list[str]]:
    """Return by question the names of the needs, out of these, whose clocks it stops, where others ran on."""
    rows = items.with_public_words().annotate(asked=ArrayAgg("pauses__question"))
    names: dict[int, list[str]] = {}
    request_of: dict[int, int] = {}
    in_all: Counter[int] = Counter()
    for item in rows.order_by("request", "position"):
        in_all[item.request_id] += 1
        for question in filter(None, item.asked):
            names.setdefault(question, []).append(name_of(item))
            request_of[question] = item.request_id
    return {question: found for question, found in names.items() if len(found) < in_all[request_of[question]]}


def name_of(item) -> str:
    """Return the need as a resident calls it: the public name of its service in his language, or his own words."""
    return said(item.public_names or {}) if item.service_id else item.own_words


def _said(message, known):
    return Entry(
        at=message.written_at,
        is_ours=message.written_by_id is not None,
        text=message.text,
        who=str(message.written_by or ""),
        reference=known[message.request_id],
        waits=message.status == RequestMessage.Status.WAITING,
        is_urgent=message.tells_of_danger,
        message=message,
        files=list(message.attachments.all()),
    )


def _asked(question, known, about):
    """Yield the question, and its answer where there is one: a withdrawn request leaves it without."""
    number = known[question.request_id]
    yield Entry(
        at=question.asked_at,
        is_ours=True,
        text=question.text,
        who=str(question.asked_by),
        reference=number,
        is_question=True,
        waits=question.answered_at is None,
        about=about,
    )
    files = list(question.attachments.all())
    if question.answered_at and (question.answer or files):
        yield Entry(
            at=question.answered_at,
            is_ours=False,
            text=question.answer,
            who="",
            reference=number,
            is_question=True,
            files=files,
        )


def thread_of_holder(request: ServiceRequest) -> list[Entry]:
    """Return what the holder of the code may read: not what was said before the code was made anew for another."""
    since = None
    if request.code_is_the_persons:
        made_anew = AuditEvent.objects.about(request).filter(action="servicerequest.new_code").order_by("-id")
        since = made_anew.values_list("at", flat=True).first()
    return thread_of(request, since=since, shown=Q(for_applicant=False) if request.code_is_the_persons else None)


def news_reach(request: ServiceRequest) -> list[tuple[str, str]]:
    """Return who will read what is written, and how he learns of it, as rows of (term, value)."""
    filer = request.parties.filter(role=RequestParty.Role.APPLICANT).first()
    who = _("the person, by a code of their own")
    if not request.code_is_the_persons and filer:
        right = filer.get_scope_display() if filer.basis == RequestParty.Basis.PROXY else ""
        if filer.only_files:
            right = _("only filed this: nothing of the answer may be written here")
        said = ", ".join(filter(None, (filer.get_basis_display(), right)))
        who = f"{filer.get_full_name() or _('not known yet')} ({said})"
    if request.safe_contact:
        how = _("nobody tells of it: contact must be discreet")
    elif request.notification_email:
        how = _("a mail says that there is news, and not what")
    else:
        how = _("no mail is known: call, or print a letter")
    return [(_("Read by"), who), (_("How it becomes known"), how)]


def instead_of_mail(request: ServiceRequest) -> str:
    """Say how the person learns of it where no mail arrives: in the order of what is known."""
    filer = next((party for party in request.parties.all() if party.role == RequestParty.Role.APPLICANT), None)
    if request.safe_contact:
        return _("tell it to the person alone, as was asked for")
    if filer and filer.phone:
        return _("call %(phone)s") % {"phone": filer.phone}
    if filer and (filer.address or filer.locality_id):
        return _("write a letter")
    return _("no other contact is known: it waits for the person")


def last_read(request: ServiceRequest) -> datetime | None:
    """Return when the resident last opened the thread, as the log of reads tells it."""
    reads = AuditEvent.objects.about(request).filter(action=AuditEvent.READ, actor=None, facts__screen="messages")
    return reads.order_by("-id").values_list("at", flat=True).first()


def count_new(entries: list[Entry], read_at: datetime | None) -> int:
    """Return how many of our messages the resident has not seen. A question has its own place on the page."""
    return sum(entry.is_ours and not entry.is_question and (read_at is None or entry.at > read_at) for entry in entries)
