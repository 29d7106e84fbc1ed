"""The states of a request, of its needs and of a case, and who may move them."""

from django.utils.translation import gettext_lazy as _

from cus_portal.workflow import STAY, Party, Transition, Workflow
from residents.models import Case, Complaint, Letter, NeedReport, RequestItem, RequestMessage, ServiceRequest

R = ServiceRequest.Status
I = RequestItem.Status  # noqa: E741
C = Case.Status
N = NeedReport.Status
M = RequestMessage.Status
L = Letter.Status
K = Complaint.Status

DECIDED_AGAINST = (I.REFUSED, I.DISCONTINUED)  # by a decision that may be appealed against

REQUEST = Workflow(
    "residents.ServiceRequest",
    Transition("take_up", _("Take up"), (R.SUBMITTED,), R.IN_REVIEW, "residents.take_up_request"),
    Transition("take_over", _("Take over"), (R.IN_REVIEW, R.WAITING), STAY, "residents.take_up_request"),
    Transition(
        "hand_over",
        _("Hand over"),
        (R.SUBMITTED, R.IN_REVIEW, R.WAITING),
        STAY,
        "residents.hand_over_request",
    ),
    Transition("ask", _("Ask the resident"), (R.SUBMITTED, R.IN_REVIEW), R.WAITING, "residents.ask_resident"),
    Transition(
        "ask_some",
        _("Ask the resident about some needs"),
        (R.SUBMITTED, R.IN_REVIEW),
        R.IN_REVIEW,
        "residents.ask_resident",
    ),
    Transition("wait", _("All that is left waits"), (R.IN_REVIEW,), R.WAITING, "residents.follow_needs"),
    Transition("go_on", _("A need goes on"), (R.WAITING,), R.IN_REVIEW, "residents.follow_needs"),
    Transition("answer", _("Record the answer"), (R.IN_REVIEW, R.WAITING), R.IN_REVIEW, "residents.answer_question"),
    Transition(
        "identify",
        _("Say who the person is"),
        (R.SUBMITTED, R.IN_REVIEW, R.WAITING, R.SETTLED),
        STAY,
        "residents.identify_person",
    ),
    Transition(
        "open_case",
        _("Open a case"),
        (R.SUBMITTED, R.IN_REVIEW, R.WAITING, R.SETTLED),
        STAY,
        "residents.open_case",
    ),
    Transition(
        "correct",
        _("Correct the contact"),
        (R.SUBMITTED, R.IN_REVIEW, R.WAITING, R.SETTLED),
        STAY,
        "residents.answer_question",
    ),
    Transition(
        "alarm",
        _("Put on top: a message tells of danger"),
        (R.SUBMITTED, R.IN_REVIEW, R.WAITING, R.SETTLED),
        STAY,
        "residents.write_message",
    ),
    Transition("settle", _("Settle"), (R.SUBMITTED, R.IN_REVIEW, R.WAITING), R.SETTLED, "residents.settle_request"),
    Transition(
        "withdraw",
        _("Withdraw the request"),
        (R.SUBMITTED, R.IN_REVIEW, R.WAITING),
        R.WITHDRAWN,
        "residents.withdraw_request",
        True,
    ),
    waiting_for={
        R.SUBMITTED: Party.CENTRE,
        R.IN_REVIEW: Party.CENTRE,
        R.WAITING: Party.RESIDENT,
        R.SETTLED: Party.NOBODY,
        R.WITHDRAWN: Party.NOBODY,
    },
)

ITEM = Workflow(
    "residents.RequestItem",
    Transition("qualify", _("Qualify"), (I.SUBMITTED, I.WAITLISTED), I.QUALIFIED, "residents.triage_item"),
    Transition("offer", _("Offer a place"), (I.WAITLISTED,), I.OFFERED, "residents.triage_item"),
    Transition("accept_offer", _("The offer is accepted"), (I.OFFERED,), I.QUALIFIED, "residents.answer_offer"),
    Transition("pass_offer", _("Not now: waits on"), (I.OFFERED,), I.WAITLISTED, "residents.answer_offer"),
    Transition("lapse", _("The offer lapses"), (I.OFFERED,), I.WAITLISTED, "residents.lapse_offer"),
    Transition("confirm", _("Still interested"), (I.WAITLISTED,), STAY, "residents.answer_offer"),
    Transition(
        "return_to_queue",
        _("The appeal was upheld: back into the queue"),
        DECIDED_AGAINST,
        I.WAITLISTED,
        "residents.triage_item",
    ),
    Transition("change_service", _("Change the service"), (I.SUBMITTED, I.WAITLISTED), STAY, "residents.triage_item"),
    Transition("waitlist", _("Put on the waiting list"), (I.SUBMITTED,), I.WAITLISTED, "residents.triage_item"),
    Transition("forward", _("Pass on with consent"), (I.SUBMITTED,), I.FORWARDED, "residents.triage_item"),
    Transition("inform", _("Inform, nothing to grant"), (I.SUBMITTED,), I.INFORMED, "residents.triage_item"),
    Transition(
        "propose_refusal",
        _("Propose a refusal"),
        (I.SUBMITTED, I.WAITLISTED),
        I.REFUSAL_PROPOSED,
        "residents.propose_refusal",
        True,
    ),
    Transition("sign_refusal", _("Sign the refusal"), (I.REFUSAL_PROPOSED,), I.REFUSED, "residents.sign_refusal", True),
    Transition(
        "return_refusal", _("Send the decision back"), (I.REFUSAL_PROPOSED,), I.SUBMITTED, "residents.sign_refusal"
    ),
    Transition(
        "propose_discontinuing",
        _("Propose to discontinue"),
        (I.SUBMITTED, I.WAITLISTED),
        I.REFUSAL_PROPOSED,
        "residents.propose_refusal",
        True,
    ),
    Transition(
        "sign_discontinuing",
        _("Sign the decision to discontinue"),
        (I.REFUSAL_PROPOSED,),
        I.DISCONTINUED,
        "residents.sign_refusal",
        True,
    ),
    Transition(
        "return_to_wait",
        _("Sent back: waits on"),
        (I.REFUSAL_PROPOSED,),
        I.WAITLISTED,
        "residents.sign_refusal",
    ),
    Transition("waive", _("Record that appeal is waived"), DECIDED_AGAINST, STAY, "residents.handle_appeal"),
    Transition("appeal", _("Record an appeal"), DECIDED_AGAINST, STAY, "residents.handle_appeal"),
    Transition("pass_on", _("Record that the appeal was passed on"), DECIDED_AGAINST, STAY, "residents.handle_appeal"),
    Transition("stand", _("The decision stands"), DECIDED_AGAINST, STAY, "residents.handle_appeal"),
    Transition("reconsider", _("Decide anew"), DECIDED_AGAINST, I.SUBMITTED, "residents.handle_appeal"),
    Transition(
        "withdraw",
        _("Withdraw this need"),
        (I.SUBMITTED, I.WAITLISTED, I.OFFERED, I.REFUSAL_PROPOSED),
        I.WITHDRAWN,
        "residents.withdraw_item",
        True,
    ),
    Transition("give_up", _("Give the place up"), (I.QUALIFIED,), I.WITHDRAWN, "residents.withdraw_item", True),
    Transition("leave_unexamined", _("Leave unexamined"), (I.SUBMITTED,), I.UNEXAMINED, "residents.triage_item", True),
    Transition(
        "discontinue",
        _("Discontinue: the person died"),
        (I.SUBMITTED, I.WAITLISTED, I.OFFERED, I.REFUSAL_PROPOSED),
        I.DISCONTINUED,
        "residents.withdraw_item",
        True,
    ),
    waiting_for={
        I.SUBMITTED: Party.CENTRE,
        I.QUALIFIED: Party.CENTRE,
        I.WAITLISTED: Party.CENTRE,
        I.OFFERED: Party.RESIDENT,
        I.FORWARDED: Party.INSTITUTION,
        I.REFUSAL_PROPOSED: Party.DIRECTOR,
        I.REFUSED: Party.NOBODY,
        I.INFORMED: Party.NOBODY,
        I.WITHDRAWN: Party.NOBODY,
        I.UNEXAMINED: Party.NOBODY,
        I.DISCONTINUED: Party.NOBODY,
    },
)

REPORT = Workflow(
    "residents.NeedReport",
    Transition("look_into", _("Look into it"), (N.NEW,), N.IN_REVIEW, "residents.handle_needreport"),
    Transition("turn", _("Turn into a request"), (N.NEW, N.IN_REVIEW), N.TURNED, "residents.handle_needreport"),
    Transition("close", _("Close the report"), (N.NEW, N.IN_REVIEW), N.CLOSED, "residents.handle_needreport", True),
    waiting_for={
        N.NEW: Party.CENTRE,
        N.IN_REVIEW: Party.CENTRE,
        N.TURNED: Party.NOBODY,
        N.CLOSED: Party.NOBODY,
    },
)

ANSWER_COMPLAINT, PASS_COMPLAINT_ON = "residents.answer_complaint", "residents.pass_complaint_on"
OPEN_COMPLAINT = (K.RECEIVED, K.IN_REVIEW)

COMPLAINT = Workflow(
    "residents.Complaint",
    Transition("sort", _("Say what it is about"), (K.RECEIVED,), STAY, PASS_COMPLAINT_ON),
    Transition("examine", _("Examine it"), (K.RECEIVED,), K.IN_REVIEW, ANSWER_COMPLAINT),
    Transition("answer", _("Answer"), (K.IN_REVIEW,), K.ANSWERED, ANSWER_COMPLAINT),
    Transition("extend", _("Tell of a delay"), OPEN_COMPLAINT, STAY, ANSWER_COMPLAINT),
    Transition("pass_on", _("Pass on to the proper body"), OPEN_COMPLAINT, K.PASSED_ON, PASS_COMPLAINT_ON),
    Transition("leave", _("Leave without examination"), OPEN_COMPLAINT, K.LEFT, ANSWER_COMPLAINT, True),
    Transition("withdraw", _("Record that it is taken back"), OPEN_COMPLAINT, K.WITHDRAWN, ANSWER_COMPLAINT, True),
    waiting_for={
        K.RECEIVED: Party.DIRECTOR,
        K.IN_REVIEW: Party.DIRECTOR,
        K.ANSWERED: Party.NOBODY,
        K.PASSED_ON: Party.NOBODY,
        K.LEFT: Party.NOBODY,
        K.WITHDRAWN: Party.NOBODY,
    },
)

MESSAGE = Workflow(
    "residents.RequestMessage",
    Transition("answer", _("Answer"), (M.WAITING,), M.ANSWERED, "residents.answer_message"),
    Transition("note", _("No answer is needed"), (M.WAITING,), M.NOTED, "residents.answer_message"),
    waiting_for={M.SENT: Party.NOBODY, M.WAITING: Party.CENTRE, M.ANSWERED: Party.NOBODY, M.NOTED: Party.NOBODY},
)

LETTER = Workflow(
    "residents.Letter",
    Transition("change", _("Write the letter"), (L.DRAFT,), STAY, "residents.write_letter"),
    Transition("send", _("Record that it was sent"), (L.DRAFT,), L.SENT, "residents.write_letter"),
    Transition("deliver", _("Record the delivery"), (L.SENT,), L.DELIVERED, "residents.write_letter"),
    Transition("notice", _("Record that it waits to be collected"), (L.SENT,), STAY, "residents.write_letter"),
    Transition("presume", _("Counts as delivered"), (L.SENT,), L.DELIVERED, "residents.write_letter"),
    Transition("return", _("It came back"), (L.SENT,), L.RETURNED, "residents.write_letter"),
    Transition("again", _("Write it again"), (L.RETURNED,), L.DRAFT, "residents.write_letter"),
    Transition("discard", _("Discard the letter"), (L.DRAFT, L.RETURNED), L.DISCARDED, "residents.write_letter", True),
    Transition("drop", _("Drop with the request"), (L.DRAFT,), L.DISCARDED, "residents.withdraw_request"),
    waiting_for={
        L.DRAFT: Party.CENTRE,
        L.SENT: Party.RESIDENT,
        L.DELIVERED: Party.NOBODY,
        L.RETURNED: Party.CENTRE,
        L.DISCARDED: Party.NOBODY,
    },
)

CASE = Workflow(
    "residents.Case",
    Transition("assign", _("Hand over to another coordinator"), (C.OPEN,), STAY, "residents.assign_case"),
    Transition("close", _("Close the case"), (C.OPEN,), C.CLOSED, "residents.close_case", True),
    waiting_for={C.OPEN: Party.CENTRE, C.CLOSED: Party.NOBODY},
)
