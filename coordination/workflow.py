"""The states of a plan and of a referral, and who may move them. The referral's table is the contract."""

from django.utils.translation import gettext_lazy as _

from coordination.life_cycle import DESK as DESK_ANSWER
from coordination.life_cycle import INCOMING_ONLY, OUTGOING_ONLY, PARTNER, Side, incoming_transitions, transitions
from coordination.models import (
    CommunityPlan,
    Contract,
    DataRequest,
    DestructionList,
    ExchangeEvent,
    GoodPractice,
    IncomingReferral,
    Plan,
    PlanItem,
    Provision,
    Referral,
    ServiceRecord,
)
from coordination.webhooks import announce
from cus_portal.workflow import STAY, Party, Transition, Workflow

P = Plan.Status
PI = PlanItem.Status
S = Referral.Status
IN = IncomingReferral.Status
D = DataRequest.Status
L = DestructionList.Status
CP = CommunityPlan.Status
EE = ExchangeEvent.Status
GP = GoodPractice.Status
C = Contract.Status
G = Provision.Status
V = ServiceRecord.Status
DESK = "coordination.handle_datarequest"
REVIEW = "coordination.review_destructionlist"
MANAGE = "coordination.manage_contract"
ARRANGE = "coordination.arrange_service"
MARK = "coordination.mark_visit"

PLAN = Workflow(
    "coordination.Plan",
    Transition("change", _("Change"), (P.DRAFT,), STAY, "coordination.draft_plan"),
    Transition("add_item", _("Add an item"), (P.DRAFT,), STAY, "coordination.draft_plan"),
    Transition("change_item", _("Change an item"), (P.DRAFT,), STAY, "coordination.draft_plan"),
    Transition("remove_item", _("Take an item out"), (P.DRAFT,), STAY, "coordination.draft_plan"),
    Transition("agree", _("Record the person's agreement"), (P.DRAFT,), P.AGREED, "coordination.draft_plan"),
    Transition("rework", _("Change the plan again"), (P.AGREED,), P.DRAFT, "coordination.draft_plan"),
    Transition("submit", _("Submit for approval"), (P.AGREED,), P.SUBMITTED, "coordination.draft_plan"),
    Transition("approve", _("Approve"), (P.SUBMITTED,), P.APPROVED, "coordination.approve_plan"),
    Transition("send_back", _("Send back"), (P.SUBMITTED,), P.DRAFT, "coordination.approve_plan"),
    Transition(
        "approve_alone",
        _("Approve your own plan, for nobody else may"),
        (P.SUBMITTED,),
        P.APPROVED,
        "coordination.approve_own_plan",
        True,
    ),
    Transition("note", _("Write how it goes"), Plan.OPEN, STAY, "coordination.draft_plan"),
    Transition("amend", _("Change the approved plan"), (P.APPROVED,), P.DRAFT, "coordination.draft_plan"),
    Transition(
        "drop_changes",
        _("Leave the plan as it was approved"),
        (P.DRAFT, P.AGREED),
        P.APPROVED,
        "coordination.draft_plan",
        True,
    ),
    Transition("complete", _("Complete the plan"), (P.APPROVED,), P.COMPLETED, "coordination.draft_plan"),
    Transition("end_early", _("End the plan early"), (P.APPROVED,), P.ENDED_EARLY, "coordination.draft_plan", True),
    waiting_for={
        P.DRAFT: Party.CENTRE,
        P.AGREED: Party.CENTRE,
        P.SUBMITTED: Party.DIRECTOR,
        P.APPROVED: Party.CENTRE,
        P.COMPLETED: Party.NOBODY,
        P.ENDED_EARLY: Party.NOBODY,
    },
)

PLAN_ITEM = Workflow(
    "coordination.PlanItem",
    Transition("begin", _("It has begun"), (PI.PLANNED,), PI.GOING_ON, "coordination.draft_plan"),
    Transition("follow", _("It has begun by its referral"), (PI.PLANNED,), PI.GOING_ON, "coordination.follow_referral"),
    Transition("finish", _("It was carried out"), PlanItem.OPEN, PI.DONE, "coordination.draft_plan"),
    Transition("give_up", _("It was given up"), PlanItem.OPEN, PI.GIVEN_UP, "coordination.draft_plan", True),
    Transition(
        "take_back",
        _("That was a mistake: it is planned"),
        (PI.GOING_ON, PI.DONE, PI.GIVEN_UP),
        PI.PLANNED,
        "coordination.draft_plan",
        True,
    ),
    waiting_for={
        PI.PLANNED: Party.CENTRE,
        PI.GOING_ON: Party.INSTITUTION,
        PI.DONE: Party.NOBODY,
        PI.GIVEN_UP: Party.NOBODY,
    },
)

# Who the two sides are of what the centre sends.
OUTGOING_SIDES = {
    Side.SENDER: "coordination.send_referral",
    Side.RECEIVER: "coordination.answer_referral",
    Side.TEAM: "coordination.claim_referral",
    Side.EITHER: "coordination.conclude_referral",
    Side.PASSES_ON: "coordination.conclude_referral",
    Side.CLOSES: "coordination.close_referral",
    Side.WITHDRAWS: "coordination.withdraw_referral",
    Side.PERSON: "coordination.confirm_referral",
    Side.CLOCK: "coordination.expire_referral",
    Side.REGISTER: "coordination.discard_referral",
}

REFERRAL = Workflow(
    "coordination.Referral",
    *OUTGOING_ONLY,
    *transitions(OUTGOING_SIDES),
    waiting_for={
        S.DRAFT: Party.CENTRE,
        S.SENT: Party.INSTITUTION,
        S.INFO_REQUESTED: Party.CENTRE,
        S.WAITLISTED: Party.INSTITUTION,
        S.ACCEPTED: Party.INSTITUTION,
        S.IN_PROGRESS: Party.INSTITUTION,
        S.ON_HOLD: Party.INSTITUTION,
        S.COMPLETED: Party.CENTRE,
        S.NOT_FULFILLED: Party.CENTRE,
        S.REJECTED: Party.CENTRE,
        S.REDIRECTED: Party.NOBODY,
        S.WITHDRAWN: Party.NOBODY,
        S.EXPIRED: Party.CENTRE,
        S.ENTERED_IN_ERROR: Party.NOBODY,
    },
    heard_by=announce,
)

# Who they are of what comes in: the institution sends, the desk receives.
INCOMING_SIDES = {
    Side.SENDER: PARTNER,
    Side.RECEIVER: DESK_ANSWER,
    Side.TEAM: DESK_ANSWER,
    Side.EITHER: "coordination.conclude_incoming",
    Side.PASSES_ON: DESK_ANSWER,
    Side.CLOSES: PARTNER,
    Side.WITHDRAWS: PARTNER,
    Side.PERSON: "coordination.confirm_incoming",
    Side.CLOCK: "coordination.expire_referral",
    Side.REGISTER: DESK_ANSWER,
}

INCOMING = Workflow(
    "coordination.IncomingReferral",
    *INCOMING_ONLY,
    *incoming_transitions(INCOMING_SIDES),
    waiting_for={
        IN.HELD: Party.CENTRE,
        IN.SENT: Party.CENTRE,
        IN.INFO_REQUESTED: Party.INSTITUTION,
        IN.WAITLISTED: Party.CENTRE,
        IN.ACCEPTED: Party.CENTRE,
        IN.IN_PROGRESS: Party.CENTRE,
        IN.ON_HOLD: Party.CENTRE,
        IN.COMPLETED: Party.INSTITUTION,
        IN.NOT_FULFILLED: Party.INSTITUTION,
        IN.REJECTED: Party.INSTITUTION,
        IN.REDIRECTED: Party.NOBODY,
        IN.WITHDRAWN: Party.NOBODY,
        IN.EXPIRED: Party.INSTITUTION,
        IN.ENTERED_IN_ERROR: Party.NOBODY,
    },
)

DECIDE = "coordination.decide_datarequest"

DATA_REQUEST = Workflow(
    "coordination.DataRequest",
    Transition("grant", _("Grant it"), (D.RECEIVED,), D.ANSWERED, DECIDE, True),
    Transition("turn_down", _("Turn it down"), (D.RECEIVED,), D.REFUSED, DECIDE, True),
    Transition("lift", _("Lift the restriction of processing"), (D.ANSWERED,), STAY, DECIDE, True),
    Transition("prepare", _("Pass to the data protection officer"), (D.RECEIVED,), D.REVIEW, DESK),
    Transition("pass", _("Let the copy leave"), (D.REVIEW,), D.READY, "coordination.review_datarequest"),
    Transition("answer", _("Answer"), (D.RECEIVED, D.READY), D.ANSWERED, DESK),
    Transition("extend", _("Extend the term"), (D.RECEIVED, D.REVIEW, D.READY), STAY, DESK),
    Transition("refuse", _("Refuse"), (D.RECEIVED, D.REVIEW, D.READY), D.REFUSED, DESK, True),
    waiting_for={
        D.RECEIVED: Party.CENTRE,
        D.REVIEW: Party.OFFICER,
        D.READY: Party.CENTRE,
        D.ANSWERED: Party.NOBODY,
        D.REFUSED: Party.NOBODY,
    },
)

DESTRUCTION = Workflow(
    "coordination.DestructionList",
    Transition("take_off", _("Take a line off"), (L.OPEN,), STAY, REVIEW),
    Transition("consent", _("Record the State Archive's consent"), (L.OPEN,), STAY, REVIEW),
    Transition("sign", _("Sign: take everything out"), (L.OPEN,), L.SIGNED, "coordination.sign_destructionlist", True),
    Transition("abandon", _("Give the list up"), (L.OPEN,), L.ABANDONED, REVIEW, True),
    Transition("finish", _("Carried out"), (L.SIGNED,), L.DONE, "coordination.carry_out_destruction"),
    waiting_for={L.OPEN: Party.DIRECTOR, L.SIGNED: Party.NOBODY, L.DONE: Party.NOBODY, L.ABANDONED: Party.NOBODY},
)

COMMUNITY_PLAN = Workflow(
    "coordination.CommunityPlan",
    Transition("adopt", _("Adopt the plan"), (CP.DRAFT,), CP.ADOPTED, "coordination.adopt_communityplan"),
    Transition("sum_up", _("Sum up the year"), (CP.ADOPTED,), CP.REPORTED, "coordination.change_communityplan"),
    waiting_for={CP.DRAFT: Party.DIRECTOR, CP.ADOPTED: Party.CENTRE, CP.REPORTED: Party.NOBODY},
)

EXCHANGE_EVENT = Workflow(
    "coordination.ExchangeEvent",
    Transition("publish", _("Publish"), (EE.DRAFT,), EE.PUBLISHED, "coordination.publish_exchangeevent"),
    Transition("count", _("Write down who came"), (EE.PUBLISHED,), STAY, "coordination.change_exchangeevent"),
    Transition(
        "call_off", _("Call the event off"), (EE.PUBLISHED,), EE.CALLED_OFF, "coordination.publish_exchangeevent", True
    ),
    waiting_for={EE.DRAFT: Party.CENTRE, EE.PUBLISHED: Party.NOBODY, EE.CALLED_OFF: Party.NOBODY},
)

GOOD_PRACTICE = Workflow(
    "coordination.GoodPractice",
    Transition("publish", _("Publish"), tuple(GP), GP.PUBLISHED, "coordination.publish_goodpractice"),
    Transition(
        "withdraw", _("Show it no longer"), (GP.PUBLISHED,), GP.WITHDRAWN, "coordination.publish_goodpractice", True
    ),
    waiting_for={GP.DRAFT: Party.CENTRE, GP.PUBLISHED: Party.NOBODY, GP.WITHDRAWN: Party.NOBODY},
)

CONTRACT = Workflow(
    "coordination.Contract",
    Transition("enlarge", _("Add units by an annex"), (C.ACTIVE,), STAY, MANAGE),
    Transition("settle", _("Close a month"), tuple(C), STAY, "coordination.close_settlement"),
    Transition("suspend", _("Suspend the contract"), (C.ACTIVE,), C.SUSPENDED, MANAGE, True),
    Transition("resume", _("Let the contract go on"), (C.SUSPENDED,), C.ACTIVE, MANAGE),
    Transition("end", _("End the contract"), (C.ACTIVE, C.SUSPENDED), C.ENDED, MANAGE, True),
    waiting_for={C.ACTIVE: Party.INSTITUTION, C.SUSPENDED: Party.CENTRE, C.ENDED: Party.NOBODY},
)

PROVISION = Workflow(
    "coordination.Provision",
    Transition("plan_visits", _("Plan visits"), (G.ACTIVE,), STAY, ARRANGE),
    Transition("write_visit", _("Write down a visit"), tuple(G), STAY, MARK),
    Transition("change", _("Change"), (G.ACTIVE,), STAY, ARRANGE),
    Transition("hand_over", _("Change the provider or the worker"), (G.ACTIVE,), STAY, ARRANGE),
    Transition("suspend", _("Record an absence or suspension"), (G.ACTIVE,), STAY, ARRANGE),
    Transition("end_suspension", _("End the absence or suspension"), (G.ACTIVE,), STAY, ARRANGE),
    Transition("set_fee", _("Set the fee"), (G.ACTIVE,), STAY, ARRANGE),
    Transition("end", _("End the service"), (G.ACTIVE,), G.ENDED, ARRANGE, True),
    waiting_for={G.ACTIVE: Party.INSTITUTION, G.ENDED: Party.NOBODY},
)

RECORD = Workflow(
    "coordination.ServiceRecord",
    Transition("done", _("Done"), (V.PLANNED,), V.DONE, MARK),
    Transition("not_done", _("Not done"), (V.PLANNED,), V.NOT_DONE, MARK),
    Transition("take_back", _("Take the mark back"), (V.DONE, V.NOT_DONE), V.PLANNED, MARK),
    Transition("surplus", _("Write down a surplus"), (V.DONE,), STAY, ARRANGE),
    Transition("hand_over", _("Another provider or worker"), (V.PLANNED,), STAY, ARRANGE),
    Transition("call_off", _("Call off"), (V.PLANNED,), V.CALLED_OFF, ARRANGE, True),
    Transition("object", _("It was otherwise"), (V.DONE,), STAY, "coordination.object_record"),
    Transition("answer", _("Answer the objection"), tuple(V), STAY, "coordination.answer_objection"),
    waiting_for={
        V.PLANNED: Party.INSTITUTION,
        V.DONE: Party.NOBODY,
        V.NOT_DONE: Party.NOBODY,
        V.CALLED_OFF: Party.NOBODY,
    },
)
