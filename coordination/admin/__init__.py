"""Plans, referrals and cases in the office."""

from coordination.admin.cases import CaseAdmin
from coordination.admin.plans import PlanAdmin
from coordination.admin.referrals import ReferralAdmin

__all__ = ["CaseAdmin", "PlanAdmin", "ReferralAdmin"]
