"""What the owner of a request sees of it, in plain words: where it is, who acts next, by when.

Nothing here names a worker but the coordinator who wishes it, and a refusal is told only when it is signed.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Min, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from cus_portal.audit.models import AuditEvent
from residents.actions import sight_of
from residents.letters_told import letters_told
from residents.models import (
    Attachment,
    Case,
    Consent,
    QueuePlace,
    RequestItem,
    RequestParty,
    RequestQuestion,
    ServiceRequest,
    TeamMember,
)
from residents.models.attachment import VirusCheck
from residents.models.queue import ASKED_EVERY
from residents.thread import count_new, last_read, name_of, thread_of_holder
from residents.workflow import ITEM, REQUEST, I, R
from services.presentation import POLISH, fill, polish

HISTORY_SHOWN = 100
Sight = RequestParty.Sight
REQUEST_HISTORY = {
    "servicerequest.submit": gettext_lazy("The request was received"),
    "servicerequest.take_up": gettext_lazy("We began to look into it"),
    "servicerequest.ask": gettext_lazy("We asked you a question"),
    "servicerequest.ask_some": gettext_lazy("We asked you a question"),
    "servicerequest.answer": gettext_lazy("We got your answer"),
    "servicerequest.attach": gettext_lazy("Documents were added"),
    "servicerequest.correct": gettext_lazy("The contact was corrected"),
    "servicerequest.settle": gettext_lazy("Each need has its answer"),
    "servicerequest.withdraw": gettext_lazy("The request was withdrawn"),
}
ITEM_HISTORY = {
    "requestitem.qualify": gettext_lazy("%(need)s: granted"),
    "requestitem.change_service": gettext_lazy("%(need)s: moved to the service that was meant"),
    "requestitem.waitlist": gettext_lazy("%(need)s: put on the waiting list"),
    "requestitem.offer": gettext_lazy("%(need)s: a place was offered"),
    "requestitem.accept_offer": gettext_lazy("%(need)s: granted"),
    "requestitem.pass_offer": gettext_lazy("%(need)s: the place was not taken"),
    "requestitem.lapse": gettext_lazy("%(need)s: the offer ended without an answer"),
    "requestitem.confirm": gettext_lazy("%(need)s: you still wait"),
    "requestitem.carry": gettext_lazy("%(need)s: the waiting list goes on in the next edition"),
    "requestitem.return_to_queue": gettext_lazy("%(need)s: back on the waiting list"),
    "requestitem.forward": gettext_lazy("%(need)s: passed on with your consent"),
    "requestitem.inform": gettext_lazy("%(need)s: answered"),
    "requestitem.sign_refusal": gettext_lazy("%(need)s: refused by a decision"),
    "requestitem.appeal": gettext_lazy("%(need)s: we have your appeal"),
    "requestitem.pass_on": gettext_lazy("%(need)s: your appeal is with the appeals board"),
    "requestitem.stand": gettext_lazy("%(need)s: the decision stands"),
    "requestitem.reconsider": gettext_lazy("%(need)s: to be decided anew"),
    "requestitem.withdraw": gettext_lazy("%(need)s: withdrawn"),
    "requestitem.give_up": gettext_lazy("%(need)s: withdrawn"),
    "requestitem.leave_unexamined": gettext_lazy("%(need)s: left unexamined"),
    "requestitem.discontinue": gettext_lazy("%(need)s: discontinued"),
    "requestitem.sign_discontinuing": gettext_lazy("%(need)s: discontinued by a decision"),
}


@dataclass(frozen=True)
class NeedShown:
    position: int
    title: str
    office_name: str
    kind: str
    word: str
    next_step: str
    answer: str
    can_be_withdrawn: bool
    can_be_given_up: bool  # a place granted; whether help has begun is asked above
    question: str  # about a place: "offer" to take it, "still" whether he waits on, or nothing
    is_whole_request: bool  # withdrawing the open request says the same


@dataclass(frozen=True)
class StepsShown:
    reference: str
    received_on: date
    heading: str
    lead: str
    question: RequestQuestion | None
    asked_about: list[str]  # the needs that the question names, where others go on
    needs: list[NeedShown]
    files: list[dict]
    history: list[dict]
    can_be_withdrawn: bool
    is_open: bool
    letters: list[dict] = field(default_factory=list)
    sight: str = Sight.ALL
    consents: tuple = ()
    team: tuple = ()
    messages: int = 0
    new_messages: int = 0


def public_steps(request: ServiceRequest, on: date) -> StepsShown:
    """Return all that the status page says, in a constant number of queries."""
    sight = sight_of(request, on)
    items = [item for item in _items(request) if sight != Sight.NONE or item.for_applicant]
    if request.code_is_the_persons:  # what who filed asked for himself is not the person's to read
        items = [item for item in items if not item.for_applicant]
    if sight == Sight.NONE:
        return _ended(request, items, on)
    question = request.questions.open().first() if request.is_open else None
    seen = [item for item in items if sight == Sight.ALL or item.for_applicant]
    offers = [item.queue_place.offered_until for item in seen if item.status == I.OFFERED]
    heading, lead = _heading(request, on, sight, offered_until=min(offers, default=None), asks=question is not None)
    entries = thread_of_holder(request)
    return StepsShown(
        reference=request.reference,
        received_on=request.received_on,
        heading=heading,
        lead=lead,
        question=question,
        asked_about=_asked_about(items),
        needs=[
            _need(item, request, on, alone=len(items) == 1) if item in seen else _need_of_another(item)
            for item in items
        ],
        files=[_file(file) for file in Attachment.objects.filter(request=request).told_to_the_person().order_by("pk")],
        history=_history(request, seen) + _ahead(request, on, asks=question is not None),
        can_be_withdrawn=sight == Sight.ALL and request.status in REQUEST["withdraw"].sources,
        is_open=request.is_open,
        letters=letters_told(request) if sight == Sight.ALL else [],
        sight=sight,
        consents=_consents(request, on) if sight == Sight.ALL else (),
        team=_team(request, on) if sight == Sight.ALL else (),
        messages=len(entries),
        new_messages=count_new(entries, last_read(request)) if entries else 0,
    )


def _team(request, on):
    """Return as what people work on the case now. The coordinator is named where that was said; nobody else is."""
    case = request.case
    if case is None or case.status != Case.Status.OPEN or request.restricted_file_id or case.restricted_file_id:
        return ()
    leads = _("coordinator")
    if case.coordinator_is_named:
        leads = f"{case.coordinator}, {leads}"
    others = dict.fromkeys(one.get_role_display() for one in TeamMember.objects.in_force(on).filter(case=case))
    return (leads, *others) if others or case.coordinator_is_named else ()


def _consents(request, on):
    """Return to whom data may go, and to whom they may no more because the person said so."""
    rows = Consent.objects.told_to_the_person().filter(request=request).select_related("receiver").order_by("pk")
    return tuple(
        {
            "pk": one.pk,
            "receiver": one.receiver.name,
            "data": one.data_scope,
            "what_for": one.what_for,
            "until": one.valid_until,
            "withdrawn_at": one.withdrawn_at,
        }
        for one in rows
        if one.withdrawn_at or one.is_in_force(on)
    )


@dataclass(frozen=True)
class LineShown:
    """A request in a list of one's own: no need is named, for whoever looks over the shoulder."""

    reference: str
    received_on: date
    heading: str
    lead: str
    is_my_turn: bool


def lines_of(requests: list[ServiceRequest], on: date) -> list[LineShown]:
    """Return where each request is, who acts next and by when: in two queries, cases and parties being read."""
    asked = set(RequestQuestion.objects.open().filter(request__in=requests).values_list("request", flat=True))
    offered = RequestItem.objects.filter(request__in=requests, status=I.OFFERED).order_by()
    offers = dict(offered.values_list("request").annotate(until=Min("queue_place__offered_until")))
    return [_line(request, on, offers.get(request.pk), request.pk in asked) for request in requests]


def _line(request, on, offered_until, asks):
    sight = sight_of(request, on)
    if sight != Sight.ALL:
        offered_until = None
    heading, lead = (
        _heading(request, on, sight, offered_until=offered_until, asks=asks)
        if sight != Sight.NONE
        else _heading_of_ended()
    )
    asks = asks and request.is_open
    is_my_turn = sight != Sight.NONE and (asks or offered_until is not None)
    return LineShown(request.reference, request.received_on, heading, lead, is_my_turn)


def _heading_of_ended():
    return (
        _("You no longer act for this person here"),
        _("The right by which you asked has ended. The person can get a code of their own from us."),
    )


def _ended(request, items, on):
    """Say only that the right has ended by which somebody acted, and what he asked for himself."""
    heading, lead = _heading_of_ended()
    return StepsShown(
        reference=request.reference,
        received_on=request.received_on,
        heading=heading,
        lead=lead,
        question=None,
        asked_about=[],
        needs=[_need(item, request, on, alone=False) for item in items],
        files=[],
        history=_history(request, items),
        can_be_withdrawn=False,
        is_open=False,
        sight=Sight.NONE,
    )


def _need_of_another(item):
    """Say of a need only that it was filed: what comes of it is told to the person."""
    return NeedShown(
        position=item.position,
        title=name_of(item),
        office_name=_office_name(item),
        kind="plain",
        word=_("filed"),
        next_step=_("We tell our answer to the person it concerns."),
        answer="",
        can_be_withdrawn=False,
        can_be_given_up=False,
        question="",
        is_whole_request=False,
    )


def _file(attachment):
    kind, word = {
        VirusCheck.WAITING: ("wait", _("being checked")),
        VirusCheck.INFECTED: ("late", _("a virus was found: send it from another device, or bring it")),
    }.get(attachment.virus_check, ("", ""))
    return {"name": attachment.name, "kind": kind, "word": word}


def _items(request):
    """Return the needs with their service, receiver and place in the queue."""
    shown = ("forwarded_to", "queue_place__basis__load", "queue_place__basis__programme", "refusal__appeal")
    found = list(request.items.select_related(*shown).with_public_words().with_clock().order_by("position"))
    waiting = [item.queue_place for item in found if item.status == I.WAITLISTED and hasattr(item, "queue_place")]
    numbers = QueuePlace.objects.numbers_of(waiting) if waiting else {}
    for item in found:
        item.number_in_queue = numbers.get(item.pk)
    return found


def _asked_about(items):
    """Return the needs that the open question is about, where the request has others too."""
    asked = [name_of(item) for item in items if item.clock_stands]
    return asked if len(asked) < len(items) else []


def needs_asked_about(request: ServiceRequest) -> list[str]:
    """Return the same for a page that shows the question alone."""
    items = request.items.with_public_words().with_clock().select_related("service").order_by("position")
    return _asked_about([item for item in items if not (request.code_is_the_persons and item.for_applicant)])


def _heading(request, on, sight, *, offered_until, asks):
    """Say in one line what is true or whose turn it is, and in the next who acts and by when."""
    if offered_until:
        return (
            _("It is your turn: a place is free for you"),
            _("We hold it until %(day)s. Please say whether you take it.")
            % {"day": date_format(offered_until, "j E Y")},
        )
    due = date_format(request.due_on, "j E Y")
    if request.status == R.WAITING:
        return (
            _("It is your turn: please answer one question"),
            _("Until you answer, our clock stands and you do not lose your place."),
        )
    if asks and request.is_open:
        rest = _("You will have our answer to the rest by %(day)s.") % {"day": due}
        if request.due_on < on:
            rest = _("Our answer to the rest is late. We are sorry.")
        part = _("It is about a part of your request; the clock of that part stands until you answer.")
        return _("It is your turn: please answer one question"), f"{part} {rest}"
    if request.goes_on_in_id:
        return _gone_on(request)
    if request.status == R.WITHDRAWN:
        return _("This request is withdrawn"), _("There is nothing more to do. You may file a new one at any time.")
    if request.status == R.SETTLED and sight == Sight.FILING:
        return _("Each need has its answer"), _("We tell our answer to the person it concerns.")
    if request.status == R.SETTLED:
        case = request.case
        if case and case.status == Case.Status.OPEN and case.plan_approved_on:
            return (
                _("Your plan is ready and help is under way"),
                _("Your plan was approved on %(day)s. Its coordinator keeps in touch with you.")
                % {"day": date_format(case.plan_approved_on, "j E Y")},
            )
        if case and case.status == Case.Status.OPEN:
            return (
                _("Each need has its answer; now we make a plan with you"),
                _("The coordinator prepares your plan by %(day)s.")
                % {"day": date_format(case.plan_due_moved_on, "j E Y")},
            )
        return _("Each need has its answer"), _("Below you see what we decided and what comes next.")
    if request.due_on < on:
        return (
            _("Our answer is late. We are sorry."),
            _("It was due on %(day)s. It is our turn; you need do nothing. Call us if it is urgent.") % {"day": due},
        )
    if request.status == R.SUBMITTED and request.red_flags:
        return (
            _("We have your request"),
            _("We read it first, on the next working morning. You will have an answer by %(day)s at the latest.")
            % {"day": due},
        )
    if request.status == R.SUBMITTED:
        return (
            _("We have your request"),
            _("It is our turn: you will have an answer by %(day)s. You need do nothing now.") % {"day": due},
        )
    return (
        _("We are looking into your request"),
        _("It is our turn: you will have an answer by %(day)s. You need do nothing now.") % {"day": due},
    )


def _gone_on(request):
    """Say which request goes on, where whoever reads it filed that one too; nobody learns what another has filed."""
    other = request.goes_on_in
    is_hidden = other.safe_contact or other.restricted_file_id is not None
    if is_hidden or not _filed_by_one(request, other):
        return _("This request is closed"), _("We go on under another number. Call us, and we will tell you.")
    return (
        _("We had this request twice; it goes on as %(number)s") % {"number": other.reference},
        _("Follow that one with its own number and code. The earlier of the two days counts for both."),
    )


def _filed_by_one(*requests):
    """Tell whether one person filed both: one name, and no two phones."""
    filers = RequestParty.objects.filter(request__in=requests, role=RequestParty.Role.APPLICANT)
    names, phones = zip(*filers.values_list("search_name", "phone_digits"), strict=True)
    return len(names) == len(requests) and len(set(names)) == 1 and len(set(phones) - {""}) <= 1


def _need(item, request, on, *, alone):
    kind, word, next_step = _state_of_need(item, request, on)
    return NeedShown(
        position=item.position,
        title=name_of(item),
        office_name=_office_name(item),
        kind=kind,
        word=word,
        next_step=next_step,
        answer=item.answer if item.decided_at else "",
        can_be_withdrawn=item.status in ITEM["withdraw"].sources,
        can_be_given_up=item.status in ITEM["give_up"].sources and not _is_over(request),
        question=_question(item, on),
        is_whole_request=alone and request.is_open,
    )


def _is_over(request):
    return request.case is not None and request.case.status != Case.Status.OPEN


def _office_name(item):
    """Return the official name, where people know the service by another one."""
    known = (item.public_names or {}).get(POLISH, "")
    return polish(item.public_name) if known and item.public_name != known else ""


def _state_of_need(item, request, on):
    """Return the colour, the word and the next step of one need."""
    if item.status == I.QUALIFIED:
        return "ok", pgettext("need", "granted"), _("We will agree with you when it begins.")
    if item.status == I.WAITLISTED:
        return "wait", *_waiting(item, on)
    if item.status == I.OFFERED:
        day = date_format(item.queue_place.offered_until, "j E Y")
        return "warn", _("a place is free for you"), _("We hold it until %(day)s.") % {"day": day}
    if item.status == I.FORWARDED:
        return (
            "wait",
            _("passed on: %(institution)s") % {"institution": item.forwarded_to.short_name},
            _("That institution will contact you."),
        )
    if item.status == I.INFORMED:
        return "ok", pgettext("need", "answered"), ""
    if item.status == I.REFUSED:
        return (
            "plain",
            _("refused by a decision"),
            _after_refusal(getattr(item, "refusal", None)),
        )
    if item.status == I.WITHDRAWN:
        return "plain", pgettext("need", "withdrawn"), ""
    if item.status == I.UNEXAMINED:
        return (
            "plain",
            _("left unexamined"),
            _("What we asked for in our letter did not come in time. You may file it again at any time."),
        )
    if item.status == I.DISCONTINUED:
        decision = getattr(item, "refusal", None)
        is_signed = decision is not None and decision.signed_at is not None  # nobody signs one about the dead
        return "plain", pgettext("need", "discontinued"), _after_refusal(decision) if is_signed else ""
    if not request.is_open:  # what waited for a place, or is decided anew: the term of the answer was kept long ago
        return "wait", _("being looked into"), ""
    if item.clock_stands:
        return "warn", _("waiting for you"), _("Next: your answer. There is no deadline; the clock stands.")
    if item.due_on < on:
        return "late", _("our answer is late"), _("It is our turn.")
    return (
        "wait",
        _("being looked into"),
        _("Next: our answer, by %(day)s.") % {"day": date_format(item.due_on, "j E")},
    )


def _waiting(item, on):
    """Return the place in the queue, and when the turn may come; nothing of anybody else."""
    said = _("We will tell you when it is your turn. The order is that of the requests.")
    place = getattr(item, "queue_place", None)
    if place is None:
        return _("on the waiting list"), said
    if not place.basis.is_in_force(on):
        return (
            _("a break between two editions: place %(place)d") % {"place": item.number_in_queue},
            _(
                "The programme gives no places now."
                " You keep your place; when the next edition begins, we will tell you."
            ),
        )
    load = getattr(place.basis, "load", None)
    if load and load.typical_wait is not None:
        likely = max(place.received_on + timedelta(days=load.typical_wait), on)
        said += " " + _("Most likely: %(month)s.") % {"month": date_format(likely, "F Y")}
    return _("on the waiting list: place %(place)d") % {"place": item.number_in_queue}, said


def after_no_answer(basis):
    """Say what becomes of the place in the queue of whoever does not take what is offered."""
    if basis.unanswered == basis.Unanswered.END:
        return _("If you do not take it or do not answer, you go to the end of the queue.")
    return _("If you do not take it or do not answer, you keep your place in the queue.")


def _question(item, on):
    """Return what the person is asked: "offer", "still" from thirty days on, or nothing, as between two editions."""
    if item.status == I.OFFERED:
        return "offer"
    place = getattr(item, "queue_place", None) if item.status == I.WAITLISTED else None
    if place and not place.basis.is_in_force(on):
        return ""
    told = place and (place.confirmed_on or place.received_on)
    return "still" if told and on - told >= ASKED_EVERY else ""


def _after_refusal(refusal):
    """Say what the person can still do, and until when."""
    appeal = getattr(refusal, "appeal", None)
    if appeal is not None and not appeal.result:
        return _("We have your appeal. The appeals board decides; we will tell you.")
    if refusal is None or refusal.appeal_on is None:
        return _("You get the decision in writing, with its reasons. You may appeal within 14 days of receiving it.")
    if appeal is not None or refusal.waived_on:
        return _("The decision is final.")
    last = date_format(refusal.appeal_on, "j E Y")
    return _("You have the decision in writing. You may appeal until %(day)s.") % {"day": last}


def _history(request, items):
    """Return what happened, oldest first: day and plain words, never who of us did it."""
    titles = {item.pk: name_of(item) if item.service_id else item.own_words.rstrip(".") for item in items}
    events = AuditEvent.objects.filter(
        Q(object_type=ServiceRequest._meta.label_lower, object_id=request.pk, action__in=REQUEST_HISTORY)
        | Q(object_type=RequestItem._meta.label_lower, object_id__in=titles, action__in=ITEM_HISTORY)
    )
    rows = []
    for event in reversed(list(events.order_by("-id")[:HISTORY_SHOWN])):
        day = timezone.localdate(event.at)
        if event.action == "servicerequest.submit":
            day = request.received_on
        if event.action in REQUEST_HISTORY:
            title = str(REQUEST_HISTORY[event.action])
        else:
            title = fill(ITEM_HISTORY[event.action], need=titles[event.object_id])
        if not rows or (rows[-1]["title"], rows[-1]["at"]) != (title, day):
            rows.append({"title": title, "state": "done", "at": day})
    return rows


def _ahead(request, on, *, asks):
    """Return what is now, and what comes after it."""
    if not request.is_open:
        return []
    answer = _("Our answer to each need")
    if request.status == R.WAITING:
        return [
            {"title": _("We wait for your answer"), "state": "now"},
            {"title": answer, "state": "next"},
        ]
    by = _("by %(day)s") % {"day": date_format(request.due_on, "j E Y")}
    if asks:
        return [
            {"title": _("We wait for your answer, and look into the rest"), "state": "now"},
            {"title": answer, "state": "next", "text": by},
        ]
    if request.status == R.SUBMITTED:
        return [
            {"title": _("Your request waits for a worker"), "state": "now"},
            {"title": answer, "state": "next", "text": by},
        ]
    return [
        {"title": _("We are looking into it"), "state": "now"},
        {"title": answer, "state": "next", "text": by},
    ]
