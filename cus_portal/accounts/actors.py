"""Actors without an account: the public, the holder of a code or signed link, the system itself."""

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from cus_portal.accounts.permissions import allows

LONGEST_LABEL = 160  # what the audit keeps


class Actor:
    """What a user and every other actor answer alike."""

    pk = None
    is_authenticated = False
    permissions: ClassVar[frozenset[str]] = frozenset()
    role = ""

    def granted(self, permission):
        return permission in self.permissions

    def has_perm(self, permission, obj=None):
        return allows(self, permission, obj)

    def works_at_centre(self):
        return False

    def has_role(self, role):
        return False

    def institutions_granting(self, permission):
        return set()

    def reach_of(self, permission):
        return set()


class PublicActor(Actor):
    """Anybody in front of the public pages."""

    audit_label = _("resident, on the public page")
    permissions = frozenset(
        {"residents.submit_request", "residents.report_need", "residents.file_complaint", "coordination.answer_survey"}
    )


@dataclass(frozen=True)
class LinkHolder(Actor):
    """Whoever proved number and code of one request, or came by its signed link."""

    request_id: int
    audit_label = _("resident, by number and code")
    permissions = frozenset(
        {
            "residents.track_request",
            "residents.answer_question",
            "residents.write_message",
            "residents.withdraw_request",
            "residents.withdraw_item",
            "residents.answer_offer",
            "residents.settle_request",
            "residents.follow_needs",
            "coordination.object_record",
            "residents.withdraw_consent",
            "coordination.stop_referral",
            "coordination.withdraw_referral",
            "coordination.confirm_referral",
            "coordination.confirm_incoming",
        }
    )


@dataclass(frozen=True)
class ReferralLinkHolder(Actor):
    """Whoever came by the link to one referral, mailed to its receiver's address on record."""

    referral_id: int
    institution: str = ""
    address: str = ""
    permissions = frozenset(
        {
            "coordination.answer_referral",
            "coordination.conclude_referral",
            "coordination.pass_on_referral",
        }
    )

    @property
    def audit_label(self):
        words = _("%(institution)s, by the link sent to %(address)s")
        return (words % {"institution": self.institution, "address": self.address})[:LONGEST_LABEL]


@dataclass(frozen=True)
class AccountHolder(Actor):
    """A resident in the account of his mailbox. What is in it opens by number and code proved before, as LinkHolder."""

    account_id: int
    audit_label = _("resident, by their account")
    permissions = frozenset({"residents.keep_account"})


@dataclass(frozen=True)
class PartnerSystem(Actor):
    """The system of an institution, by its token: it sees and answers what was sent to that institution."""

    institution_id: int
    institution: str = ""
    name: str = ""
    permissions = frozenset(
        {
            "coordination.view_referral",
            "coordination.answer_referral",
            "coordination.conclude_referral",
            "coordination.pass_on_referral",
        }
    )

    @property
    def audit_label(self):
        return (_("%(institution)s, by its system %(name)s") % vars(self))[:160]

    def institutions_granting(self, permission):
        return {self.institution_id} if permission in self.permissions else set()


class SystemActor(Actor):
    """The clock: reminders, expiry, reports."""

    audit_label = _("the system")
    permissions = frozenset(
        {
            "coordination.expire_referral",
            "coordination.follow_referral",
            "coordination.make_report",
            "coordination.carry_out_destruction",
            "residents.lapse_offer",
        }
    )
