"""The consents that let data travel: to one receiver, for one purpose, until a day or until they are withdrawn."""

from collections.abc import Callable

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from residents.models.request import PrivacyNotice, ServiceRequest
from residents.models.restricted import without_shut

_closers: list[Callable] = []


def closes_consents(function: Callable) -> Callable:
    """Register what knows of secrets that rest on a consent: function(user) returns the condition of those closed.

    Without a user it is asked for the person, whose number and code others may know.
    """
    _closers.append(function)
    return function


def closed_to(user=None) -> Q:
    found = Q(pk=None)
    for function in _closers:
        found |= function(user)
    return found


class ConsentQuerySet(models.QuerySet):
    def in_force(self, on):
        return self.filter(Q(valid_until=None) | Q(valid_until__gte=on), given_on__lte=on, withdrawn_at=None)

    def covering(self, receiver, purpose, fields, *, on):
        """Return what lets these data go to this receiver for this purpose on that day; data nobody named stay."""
        return self.in_force(on).filter(receiver=receiver, purpose=purpose, data_fields__contains=list(fields))

    def withdrawn(self):
        return self.filter(withdrawn_at__isnull=False)

    def to_see_to(self):
        """Return the withdrawn consents of which nobody has said yet what changes for the person."""
        return self.withdrawn().filter(seen_to_at=None)

    def visible_to(self, user):
        if not user.has_perm("residents.view_consent"):
            return self.none()
        return without_shut(self, "request", ServiceRequest, user).exclude(closed_to(user))

    def told_to_the_person(self):
        return self.exclude(closed_to())


class Consent(models.Model):
    """A person's consent to hand data to one receiver, for one purpose, until a day. Asked for at each use."""

    class Form(models.TextChoices):
        WRITTEN = "written", _("in writing")
        PORTAL = "portal", _("in the portal")
        ORAL = "oral", _("spoken, noted by a worker")

    class Purpose(models.TextChoices):
        HELP = "help", _("help of this institution")
        FORWARDING = "forwarding", _("dealing with a matter that is passed on")
        COOPERATION = "cooperation", _("working together on the case")
        INFORMATION = "information", _("information that we ask for")

    request = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="consents", verbose_name=_("request"))
    receiver = models.ForeignKey(
        "accounts.Institution", models.PROTECT, related_name="+", verbose_name=_("who receives the data")
    )
    data_scope = models.CharField(_("which data"), max_length=300)
    data_fields = models.JSONField(_("data by their names in a referral"), default=list, editable=False)
    purpose = models.CharField(_("what for"), max_length=12, choices=Purpose)
    purpose_note = models.CharField(_("what for, in words"), max_length=300, blank=True)
    form = models.CharField(_("form"), max_length=10, choices=Form)
    given_on = models.DateField(_("given on"))
    clause = models.ForeignKey(
        PrivacyNotice,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("information clause of that day"),
    )
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, editable=False)
    withdrawal_form = models.CharField(
        _("how it was withdrawn"), max_length=10, choices=Form, blank=True, editable=False
    )
    seen_to_at = models.DateTimeField(_("seen to"), null=True, editable=False)
    seen_to_note = models.TextField(_("what changes for the person"), max_length=1000, blank=True, editable=False)
    taken_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("taken by")
    )
    for_protected = models.BooleanField(
        _("recorded for a protected referral"), default=False, db_default=False, editable=False
    )
    created_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ["-given_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("given_on")),
                name="a_consent_ends_after_it_was_given",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawal_form="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawal_form="")),
                name="a_withdrawn_consent_says_how",
            ),
            models.CheckConstraint(
                condition=Q(seen_to_at=None) | Q(withdrawn_at__isnull=False), name="a_consent_is_seen_to_once_withdrawn"
            ),
        ]
        indexes = [
            models.Index(
                fields=["request"],
                condition=Q(withdrawn_at__isnull=False, seen_to_at=None),
                name="withdrawn_consents_to_see_to",
            ),
            models.Index(fields=["request"], condition=Q(for_protected=True), name="consents_for_protected"),
        ]

    def __str__(self):
        return f"{self.receiver}, {self.given_on:%d.%m.%Y}"

    def get_absolute_url(self):
        return reverse("admin:residents_consent_change", args=[self.pk])

    @property
    def what_for(self):
        """Return the purpose, and what was said of it."""
        return ": ".join(filter(None, [self.get_purpose_display(), self.purpose_note]))

    def is_in_force(self, on):
        return (
            self.withdrawn_at is None and self.given_on <= on and (self.valid_until is None or self.valid_until >= on)
        )


class ConsentRenewal(models.Model):
    """The same consent given anew, before or after it ended: receiver, data and purpose stay, and it lasts longer.

    It is withdrawn with the consent, as one. What rests on the consent, known to whoever writes this down or not,
    goes on; the former last day is kept, since nothing could travel between the two.
    """

    append_only = True

    consent = models.ForeignKey(Consent, models.PROTECT, related_name="renewals", verbose_name=_("consent"))
    form = models.CharField(_("form"), max_length=10, choices=Consent.Form)
    given_on = models.DateField(_("given on"))
    clause = models.ForeignKey(
        PrivacyNotice, models.PROTECT, null=True, related_name="+", verbose_name=_("information clause of that day")
    )
    former_until = models.DateField(_("had been valid until"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    taken_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("taken by"))
    created_at = models.DateTimeField(_("recorded at"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("consent given anew")
        verbose_name_plural = _("consents given anew")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gt=F("former_until"), valid_until__gte=F("given_on")),
                name="a_consent_given_anew_lasts_longer",
            ),
        ]

    def __str__(self):
        return str(self.given_on)
