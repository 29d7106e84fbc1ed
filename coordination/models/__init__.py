from coordination.models.calendar import CalendarFeed
from coordination.models.clock import ReferralClock
from coordination.models.community import (
    CommunityEvent,
    CommunityPlan,
    SignUp,
    SupportingAction,
    Volunteer,
    VolunteerHours,
)
from coordination.models.contract import Contract
from coordination.models.delivery import FeeAssessment, Provision, ServiceRecord, Suspension
from coordination.models.exchange import ExchangeEvent, ExchangeSignUp
from coordination.models.handover import Handover
from coordination.models.incoming import IncomingNote, IncomingReferral
from coordination.models.link import ReferralLink
from coordination.models.partner import PartnerToken
from coordination.models.plan import Plan, PlanItem, PlanNote, PlanVersion
from coordination.models.plan_template import PlanTemplate, PlanTemplateItem
from coordination.models.practice import GoodPractice, GoodPracticeVersion
from coordination.models.referral import Referral, ReferralClosing, ReferralNote
from coordination.models.report import AnswerSpeed, JobRun, ReminderSent, ReportSnapshot
from coordination.models.retention import (
    ArchiveCategory,
    DestructionLine,
    DestructionList,
    RecordKind,
    RetentionHold,
    RetentionRule,
)
from coordination.models.rights import DataRequest
from coordination.models.settlement import Settlement, SettlementLine
from coordination.models.survey import SurveyAnswer, SurveyInvitation
from coordination.models.webhook import Webhook, WebhookCall

__all__ = [
    "AnswerSpeed",
    "ArchiveCategory",
    "CalendarFeed",
    "CommunityEvent",
    "CommunityPlan",
    "SignUp",
    "SupportingAction",
    "Volunteer",
    "VolunteerHours",
    "Contract",
    "DataRequest",
    "DestructionLine",
    "DestructionList",
    "ExchangeEvent",
    "ExchangeSignUp",
    "FeeAssessment",
    "GoodPractice",
    "GoodPracticeVersion",
    "Handover",
    "IncomingNote",
    "IncomingReferral",
    "JobRun",
    "PartnerToken",
    "Plan",
    "PlanItem",
    "PlanNote",
    "PlanTemplate",
    "PlanTemplateItem",
    "PlanVersion",
    "Provision",
    "RecordKind",
    "Referral",
    "ReferralClock",
    "ReferralLink",
    "ReferralClosing",
    "ReferralNote",
    "ReminderSent",
    "ReportSnapshot",
    "RetentionHold",
    "RetentionRule",
    "ServiceRecord",
    "Settlement",
    "SettlementLine",
    "SurveyAnswer",
    "SurveyInvitation",
    "Suspension",
    "Webhook",
    "WebhookCall",
]
