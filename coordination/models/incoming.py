"""The referral that comes to the centre: a school, the police, a hospital, the county asks for help for somebody."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.models.referral import Referral
from cus_portal.db import Workflowed
from residents.models import ServiceRequest
from residents.models.restricted import without_shut

KEPT_UNLINKED = timedelta(days=730)


class IncomingQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=IncomingReferral.OPEN)

    def unopened(self):
        """Return what came and nobody at the centre has taken yet."""
        return self.filter(status=IncomingReferral.Status.SENT, opened_at=None)

    def overdue(self, on):
        return self.filter(status__in=IncomingReferral.OURS, respond_by__lt=on)

    def waiting(self, on):
        """Return how many wait in each of the desk's lists, in one query."""
        ours = Q(status=IncomingReferral.Status.SENT)
        lists = {
            "unopened": ours & Q(opened_at=None),
            "late": Q(status__in=IncomingReferral.OURS, respond_by__lt=on),
            "held": Q(status=IncomingReferral.Status.HELD),
        }
        return self.order_by().aggregate(**{name: Count("pk", filter=rows) for name, rows in lists.items()})

    def sent_by(self, user):
        """Return what the institutions of this user have sent: only the sender sees how it goes."""
        return self.filter(sender__in=user.institutions_granting("coordination.file_incoming"))

    def visible_to(self, user):
        """The centre's people see what came, but for restricted files; the sender has sent_by()."""
        if not user.has_perm("coordination.view_incomingreferral"):
            return self.none()
        return without_shut(self, "request", ServiceRequest, user)


class IncomingReferral(Workflowed):
    """One life for what the desk writes down and what a partner files: the states are those of a referral."""

    class Status(models.TextChoices):
        HELD = "held", pgettext_lazy("incoming", "who is the sender?")
        SENT = "sent", pgettext_lazy("incoming", "has come")
        INFO_REQUESTED = "info_requested", pgettext_lazy("incoming", "the sender was asked")
        ACCEPTED = "accepted", pgettext_lazy("incoming", "accepted, a request is open")
        COMPLETED = "completed", pgettext_lazy("incoming", "answered")
        NOT_FULFILLED = "not_fulfilled", pgettext_lazy("incoming", "ended without help")
        REJECTED = "rejected", pgettext_lazy("incoming", "not accepted")
        WITHDRAWN = "withdrawn", pgettext_lazy("incoming", "withdrawn by the sender")
        ENTERED_IN_ERROR = "entered_in_error", pgettext_lazy("incoming", "entered in error")

    OPEN = (Status.HELD, Status.SENT, Status.INFO_REQUESTED, Status.ACCEPTED)
    OURS = (Status.HELD, Status.SENT)

    class How(models.TextChoices):
        PORTAL = "portal", _("in this portal")
        E_DELIVERY = "e_delivery", _("by e-delivery")
        PAPER = "paper", _("on paper")
        EMAIL = "email", _("by e-mail")
        PHONE = "phone", _("by phone")

    class RejectReason(models.TextChoices):
        WRONG_ADDRESS = "wrong_address", _("not our task")
        NO_BASIS = "no_basis", _("no consent and no statute")
        NOT_ELIGIBLE = "not_eligible", _("conditions not met")
        NO_SERVICE = "no_service", _("no such service here")
        UNKNOWN_SENDER = "unknown_sender", _("the sender could not be confirmed")
        OTHER = "other", _("other")

    class EndReason(models.TextChoices):
        """None of these is a refusal by the centre."""

        DECLINED = "declined", _("the person does not want help")
        LOST_CONTACT = "lost_contact", _("nobody could reach the person")
        MOVED = "moved", _("moved away")
        DIED = "died", _("died")

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    status = models.CharField(_("state"), max_length=16, choices=Status, default=Status.SENT, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Referral.Kind, default=Referral.Kind.SERVICE_REFERRAL)
    priority = models.CharField(
        _("priority"), max_length=8, choices=Referral.Priority, default=Referral.Priority.ROUTINE
    )
    sender = models.ForeignKey(
        "accounts.Institution", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("from")
    )
    sender_name = models.CharField(_("sender, as written"), max_length=200, blank=True)
    said_by = models.CharField(_("who there"), max_length=160)
    sender_contact = models.CharField(_("phone or e-mail of who wrote"), max_length=160, blank=True)
    how = models.CharField(_("how it came"), max_length=10, choices=How)
    received_on = models.DateField(_("came on"))
    proof = models.CharField(_("sign of the letter, or what proves it"), max_length=200, blank=True)
    first_name = models.CharField(_("first name"), max_length=60, blank=True)
    last_name = models.CharField(_("surname"), max_length=80, blank=True)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    phone = models.CharField(_("phone of the person"), max_length=40, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    need = models.TextField(_("what is needed"), max_length=2000, blank=True)
    consent_told = models.BooleanField(_("the person agreed, says the sender"), default=False)
    statute = models.CharField(_("legal basis other than consent"), max_length=200, blank=True)
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False, verbose_name=_("recorded by")
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("taken up by"),
    )
    opened_at = models.DateTimeField(_("opened"), null=True, editable=False)
    respond_by = models.DateField(_("answer due"), editable=False)
    days_left = models.PositiveSmallIntegerField(_("working days left"), null=True, editable=False)
    question = models.TextField(_("our question"), max_length=2000, blank=True, editable=False)
    reply = models.TextField(_("the sender's reply"), max_length=2000, blank=True, editable=False)
    request = models.ForeignKey(
        ServiceRequest,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="incoming",
        verbose_name=_("request"),
    )
    reject_reason = models.CharField(
        _("why not accepted"), max_length=16, choices=RejectReason, blank=True, editable=False
    )
    end_reason = models.CharField(_("why it ended"), max_length=16, choices=EndReason, blank=True, editable=False)
    declined_on = models.DateField(_("declined help on"), null=True, editable=False)
    safety_note = models.TextField(_("understanding and safety, as seen"), max_length=1000, blank=True, editable=False)
    answer = models.TextField(_("answer to the sender"), max_length=2000, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)

    objects = IncomingQuerySet.as_manager()

    class Meta:
        verbose_name = _("incoming referral")
        verbose_name_plural = _("incoming referrals")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="an_incoming_referral_names_its_sender", condition=Q(sender__isnull=False) | ~Q(sender_name="")
            ),
            models.CheckConstraint(
                name="only_a_held_or_ended_one_has_an_unknown_sender",
                condition=Q(sender__isnull=False) | Q(status__in=["held", "rejected", "entered_in_error"]),
            ),
            models.CheckConstraint(
                name="an_accepted_incoming_referral_has_its_request",
                condition=~Q(status__in=["accepted", "completed"]) | Q(request__isnull=False),
            ),
            models.CheckConstraint(
                name="an_incoming_referral_turned_down_says_why", condition=~Q(status="rejected") | ~Q(reject_reason="")
            ),
            models.CheckConstraint(
                name="help_is_declined_with_its_day_and_what_was_seen",
                condition=~Q(end_reason="declined") | (Q(declined_on__isnull=False) & ~Q(safety_note="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["respond_by", "id"],
                condition=Q(status__in=["held", "sent", "info_requested", "accepted"]),
                name="open_incoming_by_due",
            ),
            models.Index(fields=["sender", "-id"], name="incoming_of_a_sender"),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("admin:coordination_incomingreferral_change", args=[self.pk])

    def get_full_name(self):
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def sender_shown(self):
        return self.sender.name if self.sender_id else self.sender_name
