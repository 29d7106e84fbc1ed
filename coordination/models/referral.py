"""The referral (skierowanie): one institution asks another to do something for a person, until the loop is closed."""

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cus_portal.accounts.models import Institution
from cus_portal.db import Workflowed
from residents.models import Case
from residents.models.case import OfCaseQuerySet, seen_by
from residents.models.person import ADULT, OLDER, years_before
from residents.models.restricted import without_shut
from residents.models.team import memberships_today

# Said as CASE, which PostgreSQL keeps whole: so it knows from its statistics how few rows these are.
LIVE = models.Case(
    models.When(
        acknowledged_at=None,
        status__in=[
            "draft",
            "sent",
            "info_requested",
            "waitlisted",
            "accepted",
            "in_progress",
            "on_hold",
            "completed",
            "not_fulfilled",
            "rejected",
            "expired",
        ],
        then=models.Value(True),
    ),
    default=models.Value(False),
    output_field=models.BooleanField(),
)


class ReferralQuerySet(OfCaseQuerySet):
    def open(self):
        return self.filter(status__in=Referral.OPEN)

    def live(self):
        """Return what somebody still has to do something about: open, or ended and not acknowledged."""
        return self.filter(LIVE)

    def overdue(self, on):
        """Return what is late with whoever moves next; whoever waits for a place is never late."""
        return self.live().filter(status__in=Referral.CAN_BE_LATE, respond_by__lt=on)

    def received_by(self, user):
        """Return what was sent to the institutions this user answers for and is not shut for them."""
        mine = self.filter(receiver__in=user.institutions_granting("coordination.answer_referral"), shut_at=None)
        return mine.exclude(
            Q(status__in=Referral.HIDDEN_FROM_RECEIVER) | Q(consent__withdrawn_at__isnull=False, statute="")
        )

    def protected_from(self, user):
        """Return what is protected, of cases on which this user does not work; a restricted file has its own rules.

        The access list of a protected one is the team of its case with the coordinator, and the receiver. The data
        protection officer reads of its acts in the log, as he answers for who has read what; he opens no page of it.
        """
        return self.filter(protected_from(user))

    def without_protected(self, user):
        """Leave out protected_from(user). The case is looked up of each protected one among these rows alone.

        Asked for a value, not for existence: PostgreSQL would read all cases beforehand.
        """
        let_in = Case.objects.filter(Q(restricted_file__isnull=False) | works_on(user), pk=models.OuterRef("case"))
        is_let_in = models.Subquery(let_in.order_by().values(is_let_in=models.Value(True)))
        return self.filter(~Q(confidentiality=Referral.Confidentiality.PROTECTED) | Q(is_let_in))

    def known_to(self, user):
        """Return what a list for this user may count on; without a user, what everybody may know."""
        return self.without_protected(user) if user else self.without_secrets()

    def of_open_cases(self, user):
        """Return what visible_to(user) has of rows that only open cases have, as live ones are.

        Whoever sees every case needs no search for the open ones: PostgreSQL would take what is left for few.
        """
        if not user.has_perm("coordination.view_referral"):
            return self.none()
        if user.has_perm("residents.view_case") and user.has_perm("residents.view_every_case"):
            return self.filter(seen_by(user, "case__")).exclude(protected_from(user))
        return super().of_open_cases(user)

    def with_position(self, *, of_all=False):
        """Add which one waits at the same receiver for the same service, by sending: of all for the receiver alone."""
        everyone = Referral.objects.all() if of_all else Referral.objects.without_secrets()
        same = everyone.order_by().filter(receiver=models.OuterRef("receiver"), status="waitlisted")
        same = same.alias(asked_for=Coalesce("service", 0)).filter(asked_for=Coalesce(models.OuterRef("service"), 0))
        before = same.filter(sent_at__lt=models.OuterRef("sent_at")).values("receiver").annotate(n=models.Count("pk"))
        ahead = Coalesce(models.Subquery(before.values("n")), 0)
        return self.annotate(position=models.Case(models.When(status="waitlisted", then=ahead + 1)))

    def without_secrets(self):
        """Return what files, other systems and whoever knows a code may get: nothing protected or restricted."""
        return self.filter(case__restricted_file=None).exclude(confidentiality=Referral.Confidentiality.PROTECTED)

    def visible_to(self, user):
        """The sender's people see the referrals of the cases they see; the receiver's people what was sent to them."""
        if not user.has_perm("coordination.view_referral"):
            return self.none()
        if user.has_perm("residents.view_case") and user.has_perm("residents.view_every_case"):
            return without_shut(self, "case", Case, user).without_protected(user)
        received = self.received_by(user)
        if not user.has_perm("residents.view_case"):
            return received
        return received | self.filter(case__in=Case.objects.visible_to(user).values("pk"))


def protected_from(user) -> Q:
    protected = Q(confidentiality=Referral.Confidentiality.PROTECTED, case__restricted_file=None)
    return protected & ~works_on(user, "case__", "case")


def works_on(user, path="", case="pk") -> Q:
    return Q(**{f"{path}coordinator": user.pk}) | Q(**{f"{case}__in": memberships_today(user).values("case")})


@pghistory.track(exclude=["disclosed"])
class Referral(Workflowed):
    """The contract is referrals.md of the design: states, moves, clocks, what the receiver sees."""

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("referral", "draft")
        SENT = "sent", pgettext_lazy("referral", "sent")
        INFO_REQUESTED = "info_requested", pgettext_lazy("referral", "more information asked for")
        WAITLISTED = "waitlisted", pgettext_lazy("referral", "waiting for a place")
        ACCEPTED = "accepted", pgettext_lazy("referral", "accepted")
        IN_PROGRESS = "in_progress", pgettext_lazy("referral", "under way")
        ON_HOLD = "on_hold", pgettext_lazy("referral", "on hold")
        COMPLETED = "completed", pgettext_lazy("referral", "completed")
        NOT_FULFILLED = "not_fulfilled", pgettext_lazy("referral", "not fulfilled")
        REJECTED = "rejected", pgettext_lazy("referral", "not accepted")
        REDIRECTED = "redirected", pgettext_lazy("referral", "passed on")
        WITHDRAWN = "withdrawn", pgettext_lazy("referral", "withdrawn")
        EXPIRED = "expired", pgettext_lazy("referral", "expired")
        ENTERED_IN_ERROR = "entered_in_error", pgettext_lazy("referral", "entered in error")

    OPEN = (
        Status.DRAFT,
        Status.SENT,
        Status.INFO_REQUESTED,
        Status.WAITLISTED,
        Status.ACCEPTED,
        Status.IN_PROGRESS,
        Status.ON_HOLD,
    )
    WAIT_FOR_ACKNOWLEDGEMENT = (Status.COMPLETED, Status.NOT_FULFILLED, Status.REJECTED, Status.EXPIRED)
    CAN_BE_LATE = (
        Status.SENT,
        Status.INFO_REQUESTED,
        Status.ACCEPTED,
        Status.IN_PROGRESS,
        Status.ON_HOLD,
        *WAIT_FOR_ACKNOWLEDGEMENT,
    )
    ACCEPTED = (Status.ACCEPTED, Status.IN_PROGRESS, Status.ON_HOLD)
    PAUSED = (Status.WAITLISTED, Status.ON_HOLD)
    HIDDEN_FROM_RECEIVER = (Status.DRAFT, Status.WITHDRAWN, Status.ENTERED_IN_ERROR)

    class Kind(models.TextChoices):
        SERVICE_REFERRAL = "service_referral", _("service referral")
        HANDOVER = "handover", _("handover to the proper body")
        COOPERATION_REQUEST = "cooperation_request", _("cooperation request")
        INFORMATION_REQUEST = "information_request", _("information request")
        STATUTORY_NOTICE = "statutory_notice", _("statutory notice")

    class Priority(models.TextChoices):
        ROUTINE = "routine", _("routine")
        URGENT = "urgent", _("urgent")

    class Confidentiality(models.TextChoices):
        ORDINARY = "ordinary", _("ordinary")
        SENSITIVE = "sensitive", _("sensitive: health and the like")
        PROTECTED = "protected", _("protected: violence, a child's safety")

    class AcceptReason(models.TextChoices):
        AS_ASKED = "as_asked", _("as asked")
        IN_PART = "in_part", _("in part")
        CONDITIONS = "conditions", _("with conditions")
        OTHER = "other", _("otherwise than asked")

    class RejectReason(models.TextChoices):
        NO_PLACE = "no_place", _("no place")
        NO_SERVICE = "no_service", _("no such help with us")
        NOT_ELIGIBLE = "not_eligible", _("conditions not met")
        WRONG_ADDRESS = "wrong_address", _("not our task")
        ALREADY_SERVED = "already_served", _("already helped by us")
        OTHER = "other", _("other")

    OTHERWISE = (AcceptReason.IN_PART, AcceptReason.CONDITIONS, AcceptReason.OTHER)
    BELONGS_ELSEWHERE = (RejectReason.NO_SERVICE, RejectReason.WRONG_ADDRESS)

    class Outcome(models.TextChoices):
        MET = "met", _("need met")
        PARTLY_MET = "partly_met", _("need partly met")
        NOT_MET = "not_met", _("need not met")

    class FailReason(models.TextChoices):
        NO_SHOW = "no_show", _("the person did not come")
        LOST_CONTACT = "lost_contact", _("contact lost")
        MOVED = "moved", _("moved away")
        DIED = "died", _("died")
        RESIGNED = "resigned", _("the person resigned")
        NO_PLACE = "no_place", _("no place")

    class HoldCause(models.TextChoices):
        PERSON = "person", _("the person: in hospital, away, asks for a pause")
        INSTITUTION = "institution", _("the institution: no staff, repairs, days off")
        OTHER = "other", _("other")

    class AgeGroup(models.TextChoices):
        CHILD = "child", _("under 18")
        ADULT = "adult", _("18 to 59")
        OLDER = "older", _("60 and over")  # art. 4 of the Act on older persons

        @classmethod
        def of(cls, born, on):
            if born > years_before(on, ADULT):
                return cls.CHILD
            return cls.ADULT if born > years_before(on, OLDER) else cls.OLDER

    class Sex(models.TextChoices):
        WOMAN = "woman", _("women")
        MAN = "man", _("men")

        @classmethod
        def of(cls, pesel):
            """Read it from the tenth digit: the only place where the portal knows it from."""
            return cls.MAN if int(pesel[9]) % 2 else cls.WOMAN

    class Said(models.TextChoices):
        CONFIRMED = "confirmed", _("it was so")
        DISPUTED = "disputed", _("it was otherwise")

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    status = models.CharField(_("state"), max_length=16, choices=Status, default=Status.DRAFT, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.SERVICE_REFERRAL)
    priority = models.CharField(_("priority"), max_length=8, choices=Priority, default=Priority.ROUTINE)
    case = models.ForeignKey(Case, models.PROTECT, related_name="referrals", verbose_name=_("case"))
    parent = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="child",
        verbose_name=_("passed on from"),
    )
    plan_item = models.ForeignKey(
        "coordination.PlanItem", models.PROTECT, null=True, related_name="referrals", verbose_name=_("plan item")
    )
    sender = models.ForeignKey("accounts.Institution", models.PROTECT, related_name="+", verbose_name=_("from"))
    receiver = models.ForeignKey("accounts.Institution", models.PROTECT, related_name="+", verbose_name=_("to"))
    receiver_name = models.CharField(_("name of the receiver on that day"), max_length=200, blank=True, editable=False)
    agreement = models.ForeignKey(
        "services.Agreement", models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("agreement")
    )
    area = models.ForeignKey(
        "services.ServiceArea",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # referrals_of_an_area begins with it
        verbose_name=_("area"),
    )
    service = models.ForeignKey(
        "services.Service", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("service")
    )
    need = models.TextField(_("what is needed"), max_length=2000)
    wanted_outcome = models.TextField(_("wanted outcome"), max_length=1000, blank=True)
    consent = models.ForeignKey(
        "residents.Consent", models.PROTECT, null=True, blank=True, related_name="referrals", verbose_name=_("consent")
    )
    statute = models.CharField(
        _("legal basis other than consent"),
        max_length=200,
        blank=True,
        help_text=_("The act and article that ask for it."),
    )
    attachments = models.ManyToManyField(
        "residents.Attachment", blank=True, related_name="+", verbose_name=_("documents that go along")
    )
    returned = models.ManyToManyField(
        "residents.Attachment", blank=True, related_name="+", verbose_name=_("documents from the institution")
    )
    unverified_since = models.DateField(_("answered by word of mouth only"), null=True, editable=False)
    confidentiality = models.CharField(
        _("confidentiality"), max_length=9, choices=Confidentiality, default=Confidentiality.ORDINARY
    )
    disclosed_fields = models.JSONField(_("chosen data"), default=list)
    disclosed = models.JSONField(_("data as sent"), default=dict, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author"))
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    respond_by = models.DateField(_("next answer due"), null=True, editable=False)
    days_left = models.PositiveSmallIntegerField(
        _("working days left when a question stopped the clock"), null=True, editable=False
    )
    stopped_on = models.DateField(_("the receiver's time stands since"), null=True, editable=False)
    asked_days = models.PositiveSmallIntegerField(
        _("days the receiver waited for an answer to its question"), default=0, editable=False
    )
    held_days = models.PositiveSmallIntegerField(
        _("days it stood still because of the person"), default=0, editable=False
    )
    hold_cause = models.CharField(
        _("because of whom it is on hold"), max_length=11, choices=HoldCause, blank=True, editable=False
    )
    opened_at = models.DateTimeField(_("opened"), null=True, editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("opened by"),
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
        verbose_name=_("in hand at the institution"),
    )
    decided_at = models.DateTimeField(_("accepted or rejected"), null=True, editable=False)
    # By what the reports count, kept when the person's own data have gone.
    kept_age = models.CharField(_("age group, as it was"), max_length=5, choices=AgeGroup, blank=True, editable=False)
    kept_sex = models.CharField(_("sex, as it was"), max_length=5, choices=Sex, blank=True, editable=False)
    kept_locality = models.ForeignKey(
        "services.Locality",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("where the person lived"),
    )
    passed_over = models.PositiveIntegerField(_("how many had waited longer"), default=0, editable=False)
    is_over_limit = models.BooleanField(_("accepted though no place was left"), default=False, editable=False)
    planned_start_on = models.DateField(_("planned start"), null=True, editable=False)
    first_contact_on = models.DateField(_("first contact"), null=True, editable=False)
    accept_reason = models.CharField(
        _("how it was accepted"), max_length=10, choices=AcceptReason, blank=True, editable=False
    )
    reject_reason = models.CharField(
        _("why not accepted"), max_length=16, choices=RejectReason, blank=True, editable=False
    )
    fail_reason = models.CharField(
        _("why not fulfilled"), max_length=16, choices=FailReason, blank=True, editable=False
    )
    ask_instead = models.CharField(_("whom to ask instead"), max_length=200, blank=True, editable=False)
    closing_note = models.TextField(_("in words"), max_length=2000, blank=True, editable=False)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True, editable=False)
    outcome_on = models.DateField(_("outcome on"), null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    shut_at = models.DateTimeField(_("access of the institution ended"), null=True, editable=False)
    reopened_at = models.DateTimeField(_("reopened by the institution"), null=True, editable=False)
    acknowledged_at = models.DateTimeField(_("loop closed"), null=True, editable=False)
    acknowledgement = models.TextField(_("what changed in the case"), blank=True, editable=False)
    person_told = models.BooleanField(_("the person was told"), null=True, editable=False)
    person_not_told_reason = models.CharField(_("why not told"), max_length=200, blank=True, editable=False)
    person_said = models.CharField(
        _("what the person says of it"), max_length=9, choices=Said, blank=True, editable=False
    )
    person_said_at = models.DateTimeField(_("said"), null=True, editable=False)
    person_words = models.TextField(_("in the person's words"), max_length=600, blank=True, editable=False)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "entered_in_error"])
                | Q(sent_at__isnull=False, respond_by__isnull=False),
                name="a_sent_referral_has_dates",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(status="entered_in_error") | Q(consent__isnull=False) | ~Q(statute=""),
                name="a_sent_referral_rests_on_consent_or_statute",
            ),
            models.CheckConstraint(
                condition=~Q(status="info_requested") | Q(days_left__isnull=False),
                name="a_stopped_clock_knows_what_is_left",
            ),
            models.CheckConstraint(condition=~Q(receiver=F("sender")), name="a_referral_goes_to_another_institution"),
            models.CheckConstraint(
                condition=Q(accept_reason="") | Q(decided_at__isnull=False, reject_reason=""),
                name="only_what_was_accepted_says_how",
            ),
            models.CheckConstraint(
                condition=~Q(status="rejected") | ~Q(reject_reason=""), name="a_rejection_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(status="not_fulfilled") | ~Q(fail_reason=""), name="a_failure_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | (~Q(outcome="") & Q(outcome_on__isnull=False)),
                name="a_completed_referral_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None)
                | (Q(person_told__isnull=False) & (Q(person_told=True) | ~Q(person_not_told_reason=""))),
                name="a_closed_loop_says_whether_the_person_was_told",
            ),
            models.CheckConstraint(
                condition=Q(person_said="", person_said_at=None, person_words="")
                | (~Q(person_said="") & Q(person_said_at__isnull=False)),
                name="what_the_person_says_has_its_moment",
            ),
            models.UniqueConstraint(
                fields=["case", "service", "receiver"],
                condition=Q(
                    status__in=[
                        "draft",
                        "sent",
                        "info_requested",
                        "waitlisted",
                        "accepted",
                        "in_progress",
                        "on_hold",
                    ]  # fmt: skip
                ),
                nulls_distinct=False,
                name="one_open_referral_for_case_service_receiver",
            ),
        ]
        indexes = [
            models.Index(
                fields=["respond_by", "id"],
                condition=Q(LIVE),
                name="live_referrals_by_due",
            ),
            models.Index(
                fields=["receiver", "status", "respond_by"],
                condition=Q(LIVE),
                name="live_referrals_of_receiver",
            ),
            models.Index(
                fields=["-priority", "respond_by", "id"],
                condition=Q(LIVE),
                name="live_referrals_by_priority",
            ),
            models.Index(
                fields=["case"],
                include=[
                    *("id", "receiver", "area", "status", "priority"),
                    *("respond_by", "opened_at", "sent_at", "confidentiality", "reject_reason"),
                ],
                condition=Q(LIVE),
                name="live_referrals_of_a_case",
            ),
            models.Index(fields=["status", "id"], name="referrals_by_state"),
            models.Index(fields=["receiver", "ended_at", "id"], name="referrals_of_receiver_by_end"),
            models.Index(fields=["case", "-id"], name="referrals_of_a_case"),
            models.Index(fields=["-sent_at", "-id"], name="referrals_by_sending"),
            models.Index(fields=["receiver", "-sent_at", "-id"], name="referrals_of_a_receiver"),
            models.Index(fields=["area", "-sent_at", "-id"], name="referrals_of_an_area"),
            models.Index(fields=["area", "status", "-sent_at", "-id"], name="referrals_of_area_by_state"),
            models.Index(fields=["kind", "-sent_at", "-id"], name="referrals_of_a_kind"),
            models.Index(fields=["case"], condition=Q(confidentiality="protected"), name="protected_referrals"),
        ]
        triggers = [
            pgtrigger.Protect(
                name="what_was_sent_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__sent_at__isnull=False)
                & (
                    pgtrigger.Q(old__disclosed__df=pgtrigger.F("new__disclosed"))
                    | pgtrigger.Q(old__need__df=pgtrigger.F("new__need"))
                    | pgtrigger.Q(old__receiver_name__df=pgtrigger.F("new__receiver_name"))
                    | pgtrigger.Q(old__kind__df=pgtrigger.F("new__kind"))
                    | pgtrigger.Q(old__priority__df=pgtrigger.F("new__priority"))
                    | pgtrigger.Q(old__service_id__df=pgtrigger.F("new__service_id"))
                    # removal after the years of keeping blanks these two
                    | pgtrigger.Q(old__wanted_outcome__df=pgtrigger.F("new__wanted_outcome"))
                    & ~pgtrigger.Q(new__wanted_outcome="")
                    | pgtrigger.Q(old__disclosed_fields__df=pgtrigger.F("new__disclosed_fields"))
                    & ~pgtrigger.Q(new__disclosed_fields=[])
                ),
            ),
            pgtrigger.Trigger(
                name="what_was_sent_follows_only_into_a_successor",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("receiver_id"),
                condition=pgtrigger.Q(old__sent_at__isnull=False)
                & pgtrigger.Q(old__receiver_id__df=pgtrigger.F("new__receiver_id")),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM accounts_institution
                        WHERE id = OLD.receiver_id AND merged_into_id = NEW.receiver_id
                    ) THEN
                        RAISE EXCEPTION 'Cannot update: a sent referral keeps its receiver';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("coordination:referral_detail", args=[self.pk])

    def reason_of_state(self) -> str:
        """Return the coded reason beside the state: why not accepted, why not done, or how accepted if not as asked."""
        if self.status == Referral.Status.REJECTED:
            return self.get_reject_reason_display()
        if self.status == Referral.Status.NOT_FULFILLED:
            return self.get_fail_reason_display()
        is_otherwise = self.status in Referral.ACCEPTED and self.accept_reason in Referral.OTHERWISE
        return self.get_accept_reason_display() if is_otherwise else ""

    def lacks_agreement(self) -> bool:
        """Tell whether it goes to a body of the county without an agreement (porozumienie) about it."""
        return self.agreement_id is None and self.receiver.kind in Institution.COUNTY_BODIES

    def is_shown_to_receiver(self) -> bool:
        """Tell whether its receiver may see it: sent, neither taken back nor shut, no withdrawn consent beneath it."""
        rests_on_consent = not self.statute and self.consent is not None
        withdrawn = rests_on_consent and self.consent.withdrawn_at is not None
        return self.status not in Referral.HIDDEN_FROM_RECEIVER and self.shut_at is None and not withdrawn

    def may_go_by_link(self) -> bool:
        """Never of a restricted file; a protected one only to an address that was called and confirmed."""
        to = self.receiver
        is_safe = self.confidentiality != Referral.Confidentiality.PROTECTED or to.email == to.confirmed_email
        return bool(to.email) and is_safe and self.case.restricted_file_id is None


class ReferralNote(models.Model):
    """A question of one side, the answer of the other, or news while the help lasts; kept with the referral."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("question")
        ANSWER = "answer", _("answer")
        NEWS = "news", _("news")
        REFUSAL = "refusal", _("refusal, taken back")
        ACCEPTANCE = "acceptance", _("how it was accepted")
        TAKEN_DOWN = "taken_down", _("answer taken down by the centre")
        HANDOVER = "handover", _("passed on")
        SENT_BACK = "sent_back", _("sent back")

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="notes", verbose_name=_("referral"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    text = models.TextField(_("text"), max_length=2000)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("author")
    )
    author_name = models.CharField(_("author without an account"), max_length=160, blank=True)
    created_at = models.DateTimeField(_("written"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("note on a referral")
        verbose_name_plural = _("notes on referrals")
        ordering = ["referral", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(author__isnull=False) | ~Q(author_name=""), name="a_note_on_a_referral_names_its_author"
            )
        ]

    def __str__(self):
        return f"{self.referral}: {self.get_kind_display()}"


class ReferralClosing(models.Model):
    """How a loop had been closed before the person objected; the referral itself holds how it was closed at last."""

    referral = models.ForeignKey(Referral, models.PROTECT, related_name="closings", verbose_name=_("referral"))
    closed_at = models.DateTimeField(_("loop closed"))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who closed it")
    )
    acknowledgement = models.TextField(_("what changed in the case"), blank=True)
    person_told = models.BooleanField(_("the person was told"), null=True)
    person_not_told_reason = models.CharField(_("why not told"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("earlier closing of a referral")
        verbose_name_plural = _("earlier closings of referrals")
        ordering = ["referral", "pk"]

    def __str__(self):
        return f"{self.referral}: {self.closed_at:%d.%m.%Y}"
