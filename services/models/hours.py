"""When a place or a service is open: weekly and monthly rules, dated exceptions, alerts."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Weekday(models.IntegerChoices):
    """Monday is 0, as in datetime.date.weekday()."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class WeekOfMonth(models.IntegerChoices):
    FIRST = 1, _("the first of the month")
    SECOND = 2, _("the second of the month")
    THIRD = 3, _("the third of the month")
    FOURTH = 4, _("the fourth of the month")
    LAST = -1, _("the last of the month")


def _belongs_to_one(name):
    return models.CheckConstraint(
        name=name,
        condition=Q(location__isnull=False, service=None) | Q(location=None, service__isnull=False),
        violation_error_message=_("Hours belong to a place or to a service."),
    )


class OpeningRuleQuerySet(models.QuerySet):
    def plain(self):
        """Return the hours that one line of text can say: no term, no note, closed on days off."""
        return self.filter(valid_from=None, valid_to=None, on_days_off=False, note="")


class OpeningRule(models.Model):
    """Opening hours that repeat: each week on a day, or once a month on it. Days off are closed unless it says so."""

    location = models.ForeignKey(
        "services.Location", models.CASCADE, null=True, blank=True, related_name="hours", verbose_name=_("place")
    )
    service = models.ForeignKey(
        "services.Service", models.CASCADE, null=True, blank=True, related_name="hours", verbose_name=_("service")
    )
    weekday = models.PositiveSmallIntegerField(_("day of the week"), choices=Weekday)
    week_of_month = models.SmallIntegerField(
        _("which in the month"), choices=WeekOfMonth, null=True, blank=True, help_text=_("Empty: every week.")
    )
    opens_at = models.TimeField(_("from"))
    closes_at = models.TimeField(_("to"))
    valid_from = models.DateField(_("in force from"), null=True, blank=True)
    valid_to = models.DateField(_("in force until"), null=True, blank=True)
    on_days_off = models.BooleanField(_("also on public holidays"), default=False)
    note = models.CharField(_("note"), max_length=120, blank=True)

    objects = OpeningRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["weekday", "opens_at", "pk"]
        constraints = [
            _belongs_to_one("opening_hours_belong_to_a_place_or_a_service"),
            models.CheckConstraint(
                name="it_closes_after_it_opens",
                condition=Q(closes_at__gt=F("opens_at")),
                violation_error_code="closes_at",
                violation_error_message=_("It must close later than it opens."),
            ),
            models.CheckConstraint(
                name="opening_hours_end_after_they_begin",
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                violation_error_code="valid_to",
                violation_error_message=_("The last day must not be earlier than the first day."),
            ),
        ]

    def __str__(self):
        return f"{self.get_weekday_display()} {self.opens_at:%H:%M}–{self.closes_at:%H:%M}"


class OpeningException(models.Model):
    """Days on which the rules do not hold: closed, or open at other hours."""

    location = models.ForeignKey(
        "services.Location", models.CASCADE, null=True, blank=True, related_name="exceptions", verbose_name=_("place")
    )
    service = models.ForeignKey(
        "services.Service", models.CASCADE, null=True, blank=True, related_name="exceptions", verbose_name=_("service")
    )
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    opens_at = models.TimeField(_("open from"), null=True, blank=True, help_text=_("Empty: closed."))
    closes_at = models.TimeField(_("open to"), null=True, blank=True)
    note = models.CharField(_("why"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("exception to the opening hours")
        verbose_name_plural = _("exceptions to the opening hours")
        ordering = ["first_on", "pk"]
        constraints = [
            _belongs_to_one("an_exception_belongs_to_a_place_or_a_service"),
            models.CheckConstraint(
                name="an_exception_ends_after_it_begins",
                condition=Q(last_on__gte=F("first_on")),
                violation_error_code="last_on",
                violation_error_message=_("The last day must not be earlier than the first day."),
            ),
            models.CheckConstraint(
                name="an_exception_is_closed_or_has_both_hours",
                condition=Q(opens_at=None, closes_at=None)
                | Q(opens_at__isnull=False, closes_at__isnull=False, closes_at__gt=F("opens_at")),
                violation_error_message=_("Give both hours in order, or neither when it is closed."),
            ),
        ]

    def __str__(self):
        return f"{self.first_on}–{self.last_on}"


class AlertQuerySet(models.QuerySet):
    def shown(self, on):
        return self.filter(first_on__lte=on).filter(Q(last_on=None) | Q(last_on__gte=on))

    def visible_to(self, user):
        return self


class Alert(models.Model):
    """What people must know for some days: about a service, a place, or the whole centre. At once, without review."""

    service = models.ForeignKey(
        "services.Service", models.CASCADE, null=True, blank=True, related_name="alerts", verbose_name=_("service")
    )
    location = models.ForeignKey(
        "services.Location", models.CASCADE, null=True, blank=True, related_name="alerts", verbose_name=_("place")
    )
    text = models.CharField(_("what people must know"), max_length=300)
    text_uk = models.CharField(_("in Ukrainian"), max_length=300, blank=True)
    text_en = models.CharField(_("in English"), max_length=300, blank=True)
    suspends = models.BooleanField(
        _("the service is suspended"), default=False, help_text=_("The page says that it takes nobody in these days.")
    )
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"), null=True, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ["-first_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="an_alert_is_about_one_thing",
                condition=Q(service=None) | Q(location=None),
                violation_error_message=_("Choose a service or a place, not both; neither means the whole centre."),
            ),
            models.CheckConstraint(
                name="an_alert_ends_after_it_begins",
                condition=Q(last_on=None) | Q(last_on__gte=F("first_on")),
                violation_error_code="last_on",
                violation_error_message=_("The last day must not be earlier than the first day."),
            ),
        ]

    def __str__(self):
        return self.text
