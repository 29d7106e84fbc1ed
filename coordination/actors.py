"""Who acts on a referral and is neither a user nor a link."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from coordination.models import Referral
from cus_portal.accounts.actors import Actor
from cus_portal.accounts.models import User


@dataclass(frozen=True)
class InTheNameOf(Actor):
    """The coordinator who writes down what the receiver of one referral answered; the log names both."""

    user: User
    referral: Referral
    permissions = frozenset(
        {"coordination.answer_referral", "coordination.conclude_referral", "coordination.pass_on_referral"}
    )

    @property
    def pk(self):
        return self.user.pk

    @property
    def role(self):
        return self.user.role

    @property
    def audit_label(self):
        return _("%(who)s, in the name of %(institution)s") % {
            "who": self.user.get_full_name(),
            "institution": self.referral.receiver.short_name,
        }

    def institutions_granting(self, permission):
        return {self.referral.receiver_id}
