"""How what came goes on to the proper body (KPA art. 65): the chain of those who had it, one after another."""

from functools import reduce
from operator import or_

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.models.incoming import IncomingReferral, differs


class Handover(models.Model):
    """One link. The last one stands, until it is sent back; whether it was taken up stands with what came."""

    incoming = models.ForeignKey(
        IncomingReferral,
        models.PROTECT,
        related_name="handovers",
        db_index=False,  # nobody_is_handed_the_same_twice begins with it
        verbose_name=_("incoming referral"),
    )
    receiver = models.ForeignKey(
        "accounts.Institution", models.PROTECT, related_name="+", verbose_name=_("passed on to")
    )
    handed_over_on = models.DateField(_("handed over on"))
    sign = models.CharField(_("sign of the letter of handover"), max_length=120, blank=True)
    agreed_on = models.DateField(_("the person agreed to it on"), null=True)
    statute = models.CharField(_("statute for passing on"), max_length=200, blank=True)
    said_by = models.CharField(_("who answered there"), max_length=160, blank=True)
    sent_back_on = models.DateField(_("sent back on"), null=True)

    class Meta:
        verbose_name = _("handover of an incoming referral")
        verbose_name_plural = _("handovers of incoming referrals")
        ordering = ["incoming", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed_on__isnull=False) | ~Q(statute=""), name="a_handover_says_by_what_right"
            ),
            models.CheckConstraint(
                condition=Q(sent_back_on=None) | ~Q(said_by=""), name="a_handover_sent_back_says_who_did"
            ),
            models.UniqueConstraint(
                fields=["incoming"], condition=Q(sent_back_on=None), name="one_handover_stands_at_a_time"
            ),
            models.UniqueConstraint(fields=["incoming", "receiver"], name="nobody_is_handed_the_same_twice"),
        ]
        triggers = [
            pgtrigger.Protect(name="a_handover_is_not_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="a_handover_is_not_rewritten",
                operation=pgtrigger.Update,
                condition=reduce(or_, map(differs, ("incoming_id", "receiver_id", "handed_over_on", "agreed_on"))),
            ),
        ]

    def __str__(self):
        return f"{self.incoming}: {self.receiver}"
