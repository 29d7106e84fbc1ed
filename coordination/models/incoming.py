"""The referral that comes to the centre: a school, the police, a hospital, the county asks for help for somebody."""

from datetime import timedelta
from functools import reduce
from operator import or_

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.models.referral import Referral, ReferralNote
from cus_portal.db import Workflowed
from residents.models import Consent, ServiceRequest, UnmetNeed
from residents.models.restricted import without_shut

KEPT_UNLINKED = timedelta(days=730)
OPEN_PROTECTED = "coordination.open_protected_incoming"
PROTECTED = Referral.Confidentiality.PROTECTED

# What the sender said when it came. The words go when the years of keeping have passed, all together; the facts stay.
FILED_WORDS = ("first_name", "last_name", "phone", "address", "need", "statute", "proof", "sender_contact")
FILED_FACTS = ("number", "kind", "priority", "how", "received_on", "sender_name", "consent_for", "filed_by_id")


def differs(name):
    return pgtrigger.Q(**{f"old__{name}__df": pgtrigger.F(f"new__{name}")})


def row(which, names):
    return f"({', '.join(f'{which}.{name}' for name in names)})"


class IncomingQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=IncomingReferral.OPEN)

    def unopened(self):
        """Return what came and nobody at the centre has taken yet."""
        return self.filter(unopened())

    def live(self):
        """Return what somebody still has to do something about.

        It is open; or ended and not acknowledged by its sender; or passed on, and nobody there has taken it up.
        """
        return self.filter(Q(status__in=IncomingReferral.OPEN) | _unacknowledged() | handed_on())

    def watched(self):
        """Return what the centre looks after: open here, or passed on until it is taken up there."""
        return self.filter(Q(status__in=IncomingReferral.OPEN) | handed_on())

    def unacknowledged(self):
        return self.filter(_unacknowledged())

    def handed_on(self):
        """Return what was passed on and nobody there has taken up yet."""
        return self.filter(handed_on())

    def overdue(self, on):
        return self.filter(late(on))

    def waiting(self, on):
        """Return how many wait in each of the desk's lists, in one query. All but `late` add up to what is live."""
        lists = {
            "unopened": unopened(),
            "opened": Q(status=IncomingReferral.Status.SENT, opened_at__isnull=False),
            "late": late(on),
            **{status.value: Q(status=status) for status in IncomingReferral.OPEN if status != "sent"},
            "unacknowledged": _unacknowledged(),
            "handed_on": handed_on(),
        }
        return self.order_by().aggregate(**{name: Count("pk", filter=rows) for name, rows in lists.items()})

    def sent_by(self, user):
        """Return what the institutions of this user have sent: only the sender sees how it goes."""
        return self.filter(sender__in=user.institutions_granting("coordination.file_incoming"))

    def visible_to(self, user):
        """The centre's people see what came, but for restricted files; the sender has sent_by()."""
        if not user.has_perm("coordination.view_incomingreferral"):
            return self.none()
        rows = without_shut(self, "request", ServiceRequest, user)
        return rows if user.granted(OPEN_PROTECTED) else rows.exclude(_protected_from(user))

    def protected_from(self, user):
        """Return what visible_to leaves out for its class alone."""
        if user.granted(OPEN_PROTECTED):
            return self.none()
        return self.filter(_protected_from(user))

    def shut_to(self, user):
        """Return what visible_to leaves out with its request, which is closed to the user."""
        restricted, known = ServiceRequest.objects.shut_to(user)
        return self.filter(Q(request__in=restricted.values("pk")) | Q(request__in=known.values("pk")))

    def without_secrets(self):
        """Return what the person's own page may show: others may know its code."""
        return self.filter(request__restricted_file=None).exclude(confidentiality=PROTECTED)


def unopened() -> Q:
    return Q(status=IncomingReferral.Status.SENT, opened_at=None)


def handed_on() -> Q:
    return Q(status=IncomingReferral.Status.REDIRECTED, taken_up_on=None)


def late(on) -> Q:
    return (Q(status__in=IncomingReferral.OURS) | handed_on()) & Q(respond_by__lt=on)


def _unacknowledged() -> Q:
    ended = IncomingReferral.WAIT_FOR_ACKNOWLEDGEMENT
    return Q(status__in=ended, acknowledged_at=None, sender__isnull=False)


def _protected_from(user) -> Q:
    return Q(confidentiality=PROTECTED) & (Q(assigned_to=None) | ~Q(assigned_to=user.pk))


class IncomingReferral(Workflowed):
    """One life for what the desk writes down and what a partner files: the states are those of a referral."""

    class Status(models.TextChoices):
        HELD = "held", pgettext_lazy("incoming", "who is the sender?")
        SENT = "sent", pgettext_lazy("incoming", "has come")
        INFO_REQUESTED = "info_requested", pgettext_lazy("incoming", "the sender was asked")
        WAITLISTED = "waitlisted", pgettext_lazy("incoming", "waiting for a place")
        ACCEPTED = "accepted", pgettext_lazy("incoming", "accepted, a request is open")
        IN_PROGRESS = "in_progress", pgettext_lazy("incoming", "under way")
        ON_HOLD = "on_hold", pgettext_lazy("incoming", "on hold")
        COMPLETED = "completed", pgettext_lazy("incoming", "answered")
        NOT_FULFILLED = "not_fulfilled", pgettext_lazy("incoming", "ended without help")
        REJECTED = "rejected", pgettext_lazy("incoming", "not accepted")
        REDIRECTED = "redirected", pgettext_lazy("incoming", "passed on")
        WITHDRAWN = "withdrawn", pgettext_lazy("incoming", "withdrawn by the sender")
        EXPIRED = "expired", pgettext_lazy("incoming", "expired: the sender did not reply")
        ENTERED_IN_ERROR = "entered_in_error", pgettext_lazy("incoming", "entered in error")

    UNDER_WAY = (Status.ACCEPTED, Status.IN_PROGRESS, Status.ON_HOLD)
    OPEN = (Status.HELD, Status.SENT, Status.INFO_REQUESTED, Status.WAITLISTED, *UNDER_WAY)
    OURS = (Status.HELD, Status.SENT, *UNDER_WAY)
    WAIT_FOR_ACKNOWLEDGEMENT = (Status.COMPLETED, Status.NOT_FULFILLED, Status.REJECTED, Status.EXPIRED)

    class How(models.TextChoices):
        PORTAL = "portal", _("in this portal")
        E_DELIVERY = "e_delivery", _("by e-delivery")
        PAPER = "paper", _("on paper")
        EMAIL = "email", _("by e-mail")
        PHONE = "phone", _("by phone")

    class ConsentTold(models.TextChoices):
        """The purposes of Consent, as the sender reads them."""

        HELP = Consent.Purpose.HELP.value, _("to help of the centre")
        FORWARDING = Consent.Purpose.FORWARDING.value, _("to the centre dealing with a matter that is passed on to it")
        COOPERATION = Consent.Purpose.COOPERATION.value, _("to working together on the case")
        INFORMATION = Consent.Purpose.INFORMATION.value, _("to information that the centre is asked for")

    class RejectReason(models.TextChoices):
        WRONG_ADDRESS = "wrong_address", _("not our task")
        NO_BASIS = "no_basis", _("no consent and no statute")
        NOT_ELIGIBLE = "not_eligible", _("conditions not met")
        NO_SERVICE = "no_service", _("no such service here")
        UNKNOWN_SENDER = "unknown_sender", _("the sender could not be confirmed")
        OTHER = "other", _("other")

    class EndReason(models.TextChoices):
        """Why the help did not come about after all; none of these is a refusal by the centre."""

        DECLINED = "declined", _("the person does not want help")
        LOST_CONTACT = "lost_contact", _("nobody could reach the person")
        MOVED = "moved", _("moved away")
        DIED = "died", _("died")
        NO_SHOW = "no_show", _("the person did not come")
        NO_PLACE = "no_place", _("no place")

    class HoldCause(models.TextChoices):
        PERSON = "person", _("the person: in hospital, away, asks for a pause")
        CENTRE = "centre", _("the centre: no staff, repairs, days off")
        OTHER = "other", _("other")

    BEFORE_ACCEPTING = (EndReason.DECLINED, EndReason.LOST_CONTACT, EndReason.MOVED, EndReason.DIED)

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    status = models.CharField(_("state"), max_length=16, choices=Status, default=Status.SENT, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Referral.Kind, default=Referral.Kind.SERVICE_REFERRAL)
    priority = models.CharField(
        _("priority"), max_length=8, choices=Referral.Priority, default=Referral.Priority.ROUTINE
    )
    confidentiality = models.CharField(
        _("confidentiality"),
        max_length=9,
        choices=Referral.Confidentiality,
        default=Referral.Confidentiality.ORDINARY,
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
    consent_for = models.CharField(
        _("what the person agreed to, says the sender"), max_length=12, choices=ConsentTold, blank=True
    )
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
    stopped_on = models.DateField(_("our time stands since"), null=True, editable=False)
    asked_days = models.PositiveSmallIntegerField(
        _("days we waited for an answer to our question"), default=0, editable=False
    )
    held_days = models.PositiveSmallIntegerField(
        _("days it stood still because of the person"), default=0, editable=False
    )
    first_contact_on = models.DateField(_("first contact"), null=True, editable=False)
    hold_cause = models.CharField(
        _("because of whom it is on hold"), max_length=6, choices=HoldCause, blank=True, editable=False
    )
    papers = models.ManyToManyField(
        "residents.Attachment", editable=False, related_name="+", verbose_name=_("documents")
    )
    submit_token = models.UUIDField(null=True, unique=True, editable=False)
    request = models.ForeignKey(
        ServiceRequest,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="incoming",
        verbose_name=_("request"),
    )
    unmet = models.OneToOneField(
        UnmetNeed,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="incoming",
        verbose_name=_("line in the register of unmet needs"),
    )
    reject_reason = models.CharField(
        _("why not accepted"), max_length=16, choices=RejectReason, blank=True, editable=False
    )
    end_reason = models.CharField(_("why it ended"), max_length=16, choices=EndReason, blank=True, editable=False)
    declined_on = models.DateField(_("declined help on"), null=True, editable=False)
    safety_note = models.TextField(_("understanding and safety, as seen"), max_length=1000, blank=True, editable=False)
    answer = models.TextField(_("answer to the sender"), max_length=2000, blank=True, editable=False)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Referral.Outcome, blank=True, editable=False)
    outcome_on = models.DateField(_("outcome on"), null=True, editable=False)
    taken_up_on = models.DateField(_("taken up where it was passed on to"), null=True, editable=False)
    decided_at = models.DateTimeField(_("the centre's decision"), null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    reopened_at = models.DateTimeField(_("refusal taken back"), null=True, editable=False)
    acknowledged_at = models.DateTimeField(_("loop closed"), null=True, editable=False)
    acknowledgement = models.TextField(_("what changes at the sender's"), max_length=2000, blank=True, editable=False)
    person_told = models.BooleanField(_("the person was told"), null=True, editable=False)
    person_not_told_reason = models.CharField(_("why not told"), max_length=200, blank=True, editable=False)
    person_said = models.CharField(
        _("what the person says of it"), max_length=9, choices=Referral.Said, blank=True, editable=False
    )
    person_said_at = models.DateTimeField(_("said"), null=True, editable=False)
    person_words = models.TextField(_("in the person's words"), max_length=600, blank=True, editable=False)

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
                condition=~Q(status__in=["waitlisted", "accepted", "in_progress", "on_hold", "completed"])
                | Q(request__isnull=False),
            ),
            models.CheckConstraint(
                name="an_incoming_referral_turned_down_says_why", condition=~Q(status="rejected") | ~Q(reject_reason="")
            ),
            models.CheckConstraint(
                name="help_is_declined_with_its_day_and_what_was_seen",
                condition=~Q(end_reason="declined") | (Q(declined_on__isnull=False) & ~Q(safety_note="")),
            ),
            models.CheckConstraint(
                name="an_outcome_of_what_came_has_its_day",
                condition=Q(outcome="", outcome_on=None) | (~Q(outcome="") & Q(outcome_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="only_what_was_passed_on_is_taken_up_elsewhere",
                condition=Q(taken_up_on=None) | Q(status__in=["redirected", "entered_in_error"]),
            ),
            models.CheckConstraint(
                name="a_closed_loop_of_what_came_says_whether_the_person_knows",
                condition=Q(acknowledged_at=None)
                | (Q(person_told__isnull=False) & (Q(person_told=True) | ~Q(person_not_told_reason=""))),
            ),
            models.CheckConstraint(
                name="what_the_person_says_of_what_came_has_its_moment",
                condition=Q(person_said="", person_said_at=None, person_words="")
                | (~Q(person_said="") & Q(person_said_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(
                fields=["respond_by", "id"],
                condition=Q(
                    status__in=["held", "sent", "info_requested", "waitlisted", "accepted", "in_progress", "on_hold"]
                )
                | Q(status="redirected", taken_up_on=None),
                name="watched_incoming_by_due",
            ),
            models.Index(fields=["sender", "-id"], name="incoming_of_a_sender"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="what_came_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=reduce(or_, map(differs, [*FILED_FACTS, *FILED_WORDS, "said_by", "birth_date"])),
                func=f"""
                    IF NEW.said_by = '–' AND NEW.birth_date IS NULL
                        AND concat{row("NEW", FILED_WORDS)} = ''
                        AND {row("NEW", FILED_FACTS)} IS NOT DISTINCT FROM {row("OLD", FILED_FACTS)}
                    THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'Cannot update: what the sender filed stays';
                """,
            ),
            pgtrigger.Trigger(
                name="what_came_keeps_its_sender",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("sender_id"),
                condition=differs("sender_id"),
                func="""
                    IF OLD.sender_id IS NULL AND OLD.status = 'held' OR EXISTS (
                        SELECT 1 FROM accounts_institution
                        WHERE id = OLD.sender_id AND merged_into_id = NEW.sender_id
                    ) THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'Cannot update: what came keeps its sender';
                """,
            ),
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

    @property
    def is_protected(self):
        return self.confidentiality == PROTECTED

    @property
    def is_handed_on(self):
        """Tell whether it was passed on and nobody there has taken it up yet: handed_on() of one row."""
        return self.status == IncomingReferral.Status.REDIRECTED and self.taken_up_on is None


class IncomingNote(models.Model):
    """What one side said to the other: a question, its answer, news, a refusal that was taken back. Never rewritten."""

    incoming = models.ForeignKey(
        IncomingReferral, models.PROTECT, related_name="notes", verbose_name=_("incoming referral")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=ReferralNote.Kind)
    text = models.TextField(_("text"), max_length=2100)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    created_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("note on an incoming referral")
        verbose_name_plural = _("notes on incoming referrals")
        ordering = ["incoming", "pk"]
        triggers = [
            pgtrigger.Trigger(
                name="what_was_said_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                # its words go with those of its referral, and not before
                func="""
                    IF TG_OP = 'UPDATE' THEN
                        IF NEW.text = '–'
                            AND (NEW.id, NEW.incoming_id, NEW.kind, NEW.author_id, NEW.created_at)
                                = (OLD.id, OLD.incoming_id, OLD.kind, OLD.author_id, OLD.created_at)
                            AND EXISTS (
                                SELECT 1 FROM coordination_incomingreferral
                                WHERE id = OLD.incoming_id AND said_by = '–'
                            )
                        THEN
                            RETURN NEW;
                        END IF;
                    END IF;
                    RAISE EXCEPTION 'Cannot change a note on an incoming referral';
                """,
            )
        ]

    def __str__(self):
        return f"{self.incoming}: {self.get_kind_display()}"
