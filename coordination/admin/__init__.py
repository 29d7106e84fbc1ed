"""Plans, referrals and cases in the office."""

from coordination.admin.cases import CaseAdmin
from coordination.admin.clocks import ReferralClockAdmin
from coordination.admin.community import (
    CommunityEventAdmin,
    CommunityPlanAdmin,
    SupportingActionAdmin,
    VolunteerAdmin,
)
from coordination.admin.consents import ConsentAdmin
from coordination.admin.contracts import ContractAdmin, SettlementAdmin
from coordination.admin.exchange import ExchangeEventAdmin, ExchangeSignUpAdmin
from coordination.admin.incoming import IncomingReferralAdmin
from coordination.admin.institutions import PartnerAdmin
from coordination.admin.needs import RequestItemAdmin
from coordination.admin.partners import PartnerTokenAdmin
from coordination.admin.plan_templates import PlanTemplateAdmin
from coordination.admin.plans import PlanAdmin
from coordination.admin.practice import GoodPracticeAdmin
from coordination.admin.provisions import ProvisionAdmin
from coordination.admin.referrals import ReferralAdmin
from coordination.admin.requests import ServiceRequestAdmin
from coordination.admin.retention import DestructionListAdmin, RetentionHoldAdmin, RetentionRuleAdmin
from coordination.admin.rights import DataRequestAdmin, ResidentAdmin
from coordination.admin.surveys import SurveyAnswerAdmin, SurveyInvitationAdmin
from coordination.admin.webhooks import WebhookAdmin, WebhookCallAdmin

__all__ = [
    "CaseAdmin",
    "ContractAdmin",
    "ConsentAdmin",
    "DataRequestAdmin",
    "ExchangeEventAdmin",
    "ExchangeSignUpAdmin",
    "GoodPracticeAdmin",
    "IncomingReferralAdmin",
    "PartnerAdmin",
    "PartnerTokenAdmin",
    "PlanAdmin",
    "PlanTemplateAdmin",
    "ProvisionAdmin",
    "ReferralAdmin",
    "ReferralClockAdmin",
    "RequestItemAdmin",
    "ResidentAdmin",
    "RetentionRuleAdmin",
    "DestructionListAdmin",
    "RetentionHoldAdmin",
    "CommunityEventAdmin",
    "CommunityPlanAdmin",
    "SupportingActionAdmin",
    "VolunteerAdmin",
    "ServiceRequestAdmin",
    "SettlementAdmin",
    "SurveyAnswerAdmin",
    "SurveyInvitationAdmin",
    "WebhookAdmin",
    "WebhookCallAdmin",
]
