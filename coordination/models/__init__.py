from coordination.models.plan import Plan, PlanItem, PlanVersion
from coordination.models.referral import Referral, ReferralNote
from coordination.models.report import JobRun, ReminderSent, ReportSnapshot
from coordination.models.rights import DataRequest

__all__ = [
    "DataRequest",
    "JobRun",
    "Plan",
    "PlanItem",
    "PlanVersion",
    "Referral",
    "ReferralNote",
    "ReminderSent",
    "ReportSnapshot",
]
