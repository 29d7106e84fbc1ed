"""A refusal to qualify, or the discontinuing of a need, and the appeal against it (KPA art. 104–110, 127–140)."""

from datetime import date, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from residents.models.letter import Letter
from residents.models.request import RequestItem


class RefusalDecisionQuerySet(models.QuerySet):
    def to_deliver(self):
        """Return the signed decisions whose delivery is not on record: no term to appeal runs yet."""
        return self.filter(signed_at__isnull=False, delivered_on=None)


class RefusalDecision(models.Model):
    """A refusal to qualify: an administrative decision, proposed by one person and signed by another.

    So is the one that discontinues what has become pointless (KPA art. 105 § 1): its ground tells which of the two.
    Grounds and instruction on appeal (14 days, to the local appeals board through the centre) as KPA art. 107 asks.
    One that was set aside on appeal is no longer the answer to its need; it stays with it as a former one.
    """

    class Ground(models.TextChoices):
        """Why. A waiting list, passing on and "no such service" are no refusals and have no ground here."""

        ELSEWHERE = "elsewhere", _("does not live in the municipality")
        GROUP = "group", _("does not belong to those whom the programme names")
        NOT_NEEDED = "not_needed", _("the need was not confirmed")
        PROVIDED = "provided", _("has the same help already")
        CONDITION = "condition", _("does not meet a condition of the programme")
        OTHER = "other", _("another ground")
        MOVED = "moved", _("has moved away: the proceeding has become pointless")
        POINTLESS = "pointless", _("the proceeding has become pointless for another reason")

    DISCONTINUES = (Ground.MOVED, Ground.POINTLESS)  # KPA art. 105 § 1

    item = models.OneToOneField(RequestItem, models.PROTECT, null=True, related_name="refusal", verbose_name=_("need"))
    former_item = models.ForeignKey(
        RequestItem, models.PROTECT, null=True, related_name="former_refusals", verbose_name=_("need, formerly")
    )
    number = models.CharField(_("decision number"), max_length=40, unique=True, null=True)  # noqa: DJ001 (unique)
    ground = models.CharField(_("ground"), max_length=12, choices=Ground, default=Ground.OTHER)
    factual_grounds = models.TextField(_("factual grounds"))
    legal_grounds = models.TextField(_("legal grounds"))
    appeal_instruction = models.TextField(_("instruction on appeal"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed"))
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("signed by")
    )
    signed_at = models.DateTimeField(_("signed"), null=True)
    letter = models.OneToOneField(Letter, models.PROTECT, null=True, related_name="refusal", verbose_name=_("letter"))
    delivered_on = models.DateField(_("delivered on"), null=True)
    appeal_raw_on = models.DateField(_("last day to appeal, as counted"), null=True)
    appeal_on = models.DateField(_("last day to appeal"), null=True)
    waived_on = models.DateField(_("right to appeal waived on"), null=True)

    objects = RefusalDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("refusal decision")
        verbose_name_plural = _("refusal decisions")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(signed_at=None, signed_by=None, number=None)
                | Q(signed_at__isnull=False, signed_by__isnull=False, number__isnull=False),
                name="a_signed_refusal_has_number_and_signer",
            ),
            models.CheckConstraint(
                condition=Q(signed_by=None) | ~Q(signed_by=F("proposed_by")), name="a_refusal_is_signed_by_another"
            ),
            models.CheckConstraint(
                condition=Q(item__isnull=False, former_item=None) | Q(item=None, former_item__isnull=False),
                name="a_refusal_answers_a_need_or_did",
            ),
            models.CheckConstraint(
                condition=Q(delivered_on=None, appeal_on=None, waived_on=None) | Q(signed_at__isnull=False),
                name="a_refusal_is_delivered_after_it_was_signed",
            ),
        ]

    def __str__(self):
        return self.number or str(_("decision, not signed yet"))

    @property
    def discontinues(self) -> bool:
        """Tell whether it discontinues the need, and does not refuse it."""
        return self.ground in self.DISCONTINUES

    @property
    def final_on(self) -> date | None:
        """Return from which day nobody can appeal any more (KPA art. 16 § 1, art. 127a), or None while it is open."""
        appeal = getattr(self, "appeal", None)
        if appeal is not None and appeal.result != RefusalAppeal.Result.WITHDRAWN:
            return appeal.decided_on if appeal.result in RefusalAppeal.STANDS else None
        if self.waived_on:
            return self.waived_on
        return self.appeal_on + timedelta(days=1) if self.appeal_on else None


class RefusalAppeal(models.Model):
    """The appeal against a refusal: filed with the centre, which passes it on within seven days (KPA art. 129, 133)."""

    class Result(models.TextChoices):
        UPHELD = "upheld", _("the board upheld the refusal")
        CHANGED = "changed", _("the board changed it: the person qualifies")
        RETURNED = "returned", _("the board set it aside: to be decided anew")
        CORRECTED = "corrected", _("the centre itself granted what was asked for (KPA art. 132)")
        INADMISSIBLE = "inadmissible", _("the board did not examine it: late or inadmissible")
        WITHDRAWN = "withdrawn", _("withdrawn by the person")

    STANDS = (Result.UPHELD, Result.INADMISSIBLE)
    SUCCEEDED = (Result.CHANGED, Result.CORRECTED)

    decision = models.OneToOneField(
        RefusalDecision, models.PROTECT, related_name="appeal", verbose_name=_("refusal decision")
    )
    filed_on = models.DateField(_("filed on"))
    forward_by = models.DateField(_("to be passed on by"))
    forwarded_on = models.DateField(_("passed on to the board on"), null=True)
    result = models.CharField(_("result"), max_length=12, choices=Result, blank=True)
    decided_on = models.DateField(_("decided on"), null=True)
    board_number = models.CharField(_("number of the board's decision"), max_length=80, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(result="", decided_on=None)
                | (~Q(result="") & Q(decided_on__isnull=False, decided_on__gte=F("filed_on"))),
                name="a_decided_appeal_knows_when",
            ),
            models.CheckConstraint(
                condition=Q(forwarded_on=None) | Q(forwarded_on__gte=F("filed_on")),
                name="an_appeal_is_passed_on_after_it_was_filed",
            ),
        ]

    def __str__(self):
        return str(self.decision)

    def get_absolute_url(self):
        return reverse("admin:residents_requestitem_change", args=[self.decision.item_id])

    @property
    def is_late(self):
        """Tell whether it came after the last day; the board, not the centre, says what follows (KPA art. 134)."""
        return self.decision.appeal_on is not None and self.filed_on > self.decision.appeal_on
