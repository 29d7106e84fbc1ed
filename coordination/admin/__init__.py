"""Plans, referrals and cases in the office."""

from coordination.admin.plans import PlanAdmin
from coordination.admin.referrals import ReferralAdmin

__all__ = ["PlanAdmin", "ReferralAdmin"]
