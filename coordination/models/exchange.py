"""Good practice shared with other municipalities: study visits, conferences, seminars, and who signs up for them."""

import uuid
from datetime import timedelta

import pgtrigger
from django.core import signing
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.models.community import OfTheCentre
from cus_portal.crypto import EncryptedTextField
from cus_portal.db import Workflowed

SIGN_UP_SALT = "coordination.exchange_sign_up"
MOST_PEOPLE = 10  # of one institution
ARCHIVED_FOR = timedelta(days=730)  # on the public page after its end
# Voivodeship, county, municipality and its kind, as the register of the territorial division numbers them.
TERYT = RegexValidator(r"^(0[2-8]|[12]\d|3[0-2])\d{4}[1-589]$", _("A TERYT code of a municipality has seven digits."))
TOO_MANY = "RAISE EXCEPTION 'no place is free' USING ERRCODE = 'check_violation', CONSTRAINT = 'guests_stay_in_places';"
HOLD_THE_PLACES = f"""
    DECLARE most integer; held integer;
    BEGIN
        SELECT places INTO most FROM coordination_exchangeevent WHERE id = NEW.event_id FOR NO KEY UPDATE;
        SELECT COALESCE(SUM(people), 0) INTO held FROM coordination_exchangesignup
        WHERE event_id = NEW.event_id AND id <> NEW.id AND coming_since IS NOT NULL;
        IF held + NEW.people > most THEN {TOO_MANY} END IF;
        RETURN NEW;
    END;
"""  # noqa: S608
KEEP_THE_PLACES = f"""
    BEGIN
        IF NEW.places < (SELECT COALESCE(SUM(people), 0) FROM coordination_exchangesignup
                         WHERE event_id = NEW.id AND coming_since IS NOT NULL) THEN {TOO_MANY} END IF;
        RETURN NEW;
    END;
"""  # noqa: S608


class ExchangeEventQuerySet(OfTheCentre):
    def published(self):
        """Return what the public may read of: what is called off too, so that nobody sets out in vain."""
        return self.exclude(status=ExchangeEvent.Status.DRAFT)

    def ahead(self, on):
        return self.published().filter(on__gte=on).order_by("on", "at", "pk")

    def past(self, on):
        """Return what was held in the last years, the newest first."""
        held = self.filter(status=ExchangeEvent.Status.PUBLISHED, on__lt=on, on__gte=on - ARCHIVED_FOR)
        return held.order_by("-on", "-at", "-pk")

    def with_guests(self):
        """Add how many people come, and how many wait."""
        coming = Q(sign_ups__coming_since__isnull=False)
        waiting = Q(sign_ups__confirmed_at__isnull=False, sign_ups__coming_since=None)
        return self.annotate(
            coming=Coalesce(Sum("sign_ups__people", filter=coming), 0),
            waiting=Coalesce(Sum("sign_ups__people", filter=waiting), 0),
        )


class ExchangeEvent(Workflowed):
    """A day on which other municipalities see how the centre works."""

    class Kind(models.TextChoices):
        STUDY_VISIT = "study_visit", _("study visit")
        CONFERENCE = "conference", _("conference")
        SEMINAR = "seminar", _("seminar")

    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("exchange event", "being written")
        PUBLISHED = "published", pgettext_lazy("exchange event", "published")
        CALLED_OFF = "called_off", pgettext_lazy("exchange event", "called off")

    status = models.CharField(_("state"), max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    title = models.CharField(_("title"), max_length=160)
    about = models.TextField(_("what it is about"), help_text=_("For whom it is, and what one takes home."))
    programme = models.TextField(_("programme of the day"), help_text=_("An item a line: 9.00 Welcome"))
    place = models.CharField(_("place"), max_length=200, help_text=_("With the way in for a wheelchair."))
    on = models.DateField(_("day"))
    at = models.TimeField(_("from the hour"))
    until = models.TimeField(_("to the hour"))
    places = models.PositiveSmallIntegerField(_("places"), validators=[MinValueValidator(1)])
    sign_up_until = models.DateField(_("sign-up until"))
    contact_name = models.CharField(_("who answers questions"), max_length=120)
    contact_phone = models.CharField(_("phone"), max_length=40, blank=True)
    contact_email = models.EmailField(_("e-mail"), blank=True)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    call_off_reason = models.CharField(_("why it is called off"), max_length=300, blank=True, editable=False)
    came = models.PositiveSmallIntegerField(_("how many came"), null=True, editable=False)

    objects = ExchangeEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event for other municipalities")
        verbose_name_plural = _("events for other municipalities")
        ordering = ["-on", "-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="an_exchange_event_ends_after_it_begins",
                condition=Q(until__gt=F("at")),
                violation_error_code="until",
                violation_error_message=_("It ends after it begins."),
            ),
            models.CheckConstraint(
                name="nobody_signs_up_after_the_event",
                condition=Q(sign_up_until__lte=F("on")),
                violation_error_code="sign_up_until",
                violation_error_message=_("Nobody can sign up after the day of the event."),
            ),
            models.CheckConstraint(
                name="an_exchange_event_has_places",
                condition=Q(places__gt=0),
                violation_error_code="places",
                violation_error_message=_("Write a number above zero."),
            ),
            models.CheckConstraint(
                name="a_published_exchange_event_knows_since_when",
                condition=Q(status="draft", published_at=None) | (~Q(status="draft") & Q(published_at__isnull=False)),
                violation_error_message=_("A published event knows since when it is so, and a draft does not."),
            ),
            models.CheckConstraint(
                name="an_exchange_event_is_called_off_for_a_reason",
                condition=~Q(status="called_off") | ~Q(call_off_reason=""),
                violation_error_code="call_off_reason",
                violation_error_message=_("Write why the event is called off."),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="keep_the_places",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("places"),
                func=KEEP_THE_PLACES,
            )
        ]

    def __str__(self):
        return f"{self.title}, {self.on:%d.%m.%Y}"

    def get_absolute_url(self):
        return reverse("exchange:event", args=[self.pk])

    def is_called_off(self):
        return self.status == self.Status.CALLED_OFF

    def may_change_people(self, on):
        return self.status == self.Status.PUBLISHED and on < self.on

    def takes_sign_ups(self, on):
        return self.status == self.Status.PUBLISHED and on <= self.sign_up_until


class ExchangeSignUpQuerySet(OfTheCentre):
    def confirmed(self):
        return self.filter(confirmed_at__isnull=False)

    def coming(self):
        return self.filter(coming_since__isnull=False)

    def waiting(self):
        """Return who waits for a place, in the order in which they confirmed."""
        return self.confirmed().filter(coming_since=None).order_by("confirmed_at", "pk")


class ExchangeSignUp(models.Model):
    """Somebody of another institution who wants to come, with or without colleagues. The database holds the places."""

    event = models.ForeignKey(ExchangeEvent, models.PROTECT, related_name="sign_ups", verbose_name=_("event"))
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name and surname"), max_length=120)
    institution = models.CharField(_("institution or municipality"), max_length=160)
    teryt = models.CharField(_("TERYT code"), max_length=7, blank=True, validators=[TERYT])
    email = EncryptedTextField(_("e-mail"), editable=False)
    email_index = models.CharField(max_length=64, editable=False)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    people = models.PositiveSmallIntegerField(
        _("how many people"), default=1, validators=[MinValueValidator(1), MaxValueValidator(MOST_PEOPLE)]
    )
    needs = EncryptedTextField(
        _("what to prepare"), blank=True, editable=False
    )  # a diet or a wheelchair tells of health
    language = models.CharField(_("language"), max_length=5)
    asked_at = models.DateTimeField(_("signed up"))
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    coming_since = models.DateTimeField(_("has a place since"), null=True)
    came = models.PositiveSmallIntegerField(_("how many came"), null=True)

    objects = ExchangeSignUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("guest from another municipality")
        verbose_name_plural = _("guests from other municipalities")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "email_index"], name="a_mailbox_signs_up_for_an_event_once"),
            models.CheckConstraint(name="guests_are_at_least_one", condition=Q(people__gte=1, people__lte=MOST_PEOPLE)),
            models.CheckConstraint(
                name="only_who_confirmed_has_a_place", condition=Q(coming_since=None) | Q(confirmed_at__isnull=False)
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="hold_the_places",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Q(new__coming_since__isnull=False),
                func=HOLD_THE_PLACES,
            )
        ]

    def __str__(self):
        return f"{self.name}, {self.institution}"

    def get_absolute_url(self):
        """The signed address at which it is confirmed, read, changed and given up, by whoever has it."""
        return reverse("exchange:place", args=[self._link])

    @property
    def give_up_path(self):
        return reverse("exchange:give_up", args=[self._link])

    @property
    def people_path(self):
        return reverse("exchange:people", args=[self._link])

    @property
    def _link(self):
        return signing.dumps(str(self.key), salt=SIGN_UP_SALT)

    @property
    def notification_email(self):
        return self.email

    @property
    def notification_language(self):
        return self.language

    @property
    def state_words(self):
        if self.coming_since:
            return _("has a place")
        return _("on the waiting list") if self.confirmed_at else _("not confirmed yet")
