"""The way to one referral for a receiver without an account."""

import uuid

from django.core import signing
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from coordination.models.referral import Referral

LINK_SALT, ASK_SALT = "coordination.referral_link", "coordination.ask_for_link"


class ReferralLink(models.Model):
    """A link mailed to the address on record of the receiver: it leads to one referral, and lets in once.

    No secret lies here: the mail carries a signature over the key, which only the portal can make. A new link has a new
    key, so the one before leads nowhere any more, and whoever came in by it is out.
    """

    referral = models.OneToOneField(Referral, models.PROTECT, related_name="link", verbose_name=_("referral"))
    key = models.UUIDField(default=uuid.uuid4, editable=False)
    address = models.EmailField(_("mailed to"))
    last_day = models.DateField(_("leads there until"))
    used_at = models.DateTimeField(_("used"), null=True)

    class Meta:
        verbose_name = _("link to a referral")
        verbose_name_plural = _("links to referrals")
        ordering = ["pk"]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def path(self):
        """The address by which it opens. Made for a mail, kept nowhere."""
        return reverse("referral_link:open", args=[signing.dumps([self.referral_id, str(self.key)], salt=LINK_SALT)])

    @property
    def notification_email(self):
        return self.address

    notification_language = "pl"

    def leads_on(self, day) -> bool:
        """Tell whether it leads to its referral on the day: the referral is shown, and the address still on record.

        A referral of a restricted file is never opened by a link: who reads a mailbox is nobody's to know.
        """
        referral = self.referral
        return (
            day <= self.last_day
            and referral.receiver.is_active
            and self.address == referral.receiver.email
            and referral.may_go_by_link()
            and referral.is_shown_to_receiver()
        )
