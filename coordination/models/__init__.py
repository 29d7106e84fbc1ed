from coordination.models.plan import Plan, PlanItem, PlanVersion
from coordination.models.referral import Referral, ReferralNote
from coordination.models.report import JobRun, ReminderSent, ReportSnapshot

__all__ = ["JobRun", "Plan", "PlanItem", "PlanVersion", "Referral", "ReferralNote", "ReminderSent", "ReportSnapshot"]
