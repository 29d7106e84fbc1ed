"""The queue of each programme row: who stands where, which places are given, and a log that proves every past day.

The Act asks for the order of requests. A need stands by the day on which its request was received; of the same day, by
the moment at which it was complete, then by its number. Only a preference that the programme itself gives comes before.
"""

from datetime import timedelta
from decimal import Decimal

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Mod
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from residents.models.party import RequestParty
from residents.models.request import ClockPause, RequestItem
from services.models import ProgrammeService

ASKED_EVERY = timedelta(days=30)  # whether he who waits still wants the place
HALF = Decimal("0.5")  # of an hour
# Where places are counted like the limit of one person, nobody is given more of them than that in the time of the
# limit; what is given for a longer time is held visit by visit.
# A place is a place in its month, its year, its edition, or its person's own year; where places are counted at once it
# is free again when the case is closed or the person has died.
HOLD_THE_LIMIT = """
    DECLARE most numeric; held numeric; counted text; mine bigint; one numeric; within text;
    BEGIN
        SELECT capacity, capacity_period, CASE WHEN person_unit = capacity_unit THEN person_units END, person_period
        INTO most, counted, one, within
        FROM services_programmeservice WHERE id = NEW.basis_id FOR NO KEY UPDATE;
        SELECT request.resident_id INTO mine
        FROM residents_requestitem item JOIN residents_servicerequest request ON request.id = item.request_id
        WHERE item.id = NEW.item_id;
        SELECT COALESCE(SUM(given.units), 0) INTO held
        FROM residents_givenplace given
        JOIN residents_requestitem item ON item.id = given.item_id
        JOIN residents_servicerequest request ON request.id = item.request_id
        LEFT JOIN residents_case kase ON kase.id = request.case_id
        LEFT JOIN residents_resident person ON person.id = request.resident_id
        WHERE given.basis_id = NEW.basis_id AND given.period = NEW.period AND given.item_id <> NEW.item_id
            AND item.status IN ('qualified', 'offered') AND person.died_on IS NULL
            AND (NEW.period <> '' OR kase.id IS NULL OR kase.status = 'open')
            AND (counted <> 'start' OR request.resident_id = mine);
        IF held + NEW.units > most THEN
            RAISE EXCEPTION 'no place is free' USING ERRCODE = 'check_violation', CONSTRAINT = 'places_stay_in_limit';
        END IF;
        IF one IS NOT NULL AND (within, counted) IN (
            ('month', 'month'), ('year', 'month'), ('year', 'year'),
            ('edition', 'month'), ('edition', 'year'), ('edition', 'edition')
        ) THEN
            SELECT COALESCE(SUM(given.units), 0) INTO held
            FROM residents_givenplace given
            JOIN residents_requestitem item ON item.id = given.item_id
            JOIN residents_servicerequest request ON request.id = item.request_id
            WHERE given.basis_id = NEW.basis_id AND request.resident_id = mine AND given.item_id <> NEW.item_id
                AND item.status IN ('qualified', 'offered')
                AND CASE within
                    WHEN 'month' THEN given.period = NEW.period
                    WHEN 'year' THEN left(given.period, 4) = left(NEW.period, 4)
                    ELSE true
                END;
            IF held + NEW.units > one THEN
                RAISE EXCEPTION 'one person has no more'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'one_person_stays_in_the_limit';
            END IF;
        END IF;
        RETURN NEW;
    END;
"""


class GivenPlaceQuerySet(models.QuerySet):
    def holding(self):
        """Leave out the places of needs that were withdrawn since, and of the dead."""
        taken = (RequestItem.Status.QUALIFIED, RequestItem.Status.OFFERED)
        return self.filter(item__status__in=taken, item__request__resident__died_on=None)

    def held(self, basis, period):
        """Return the places of a row that are taken or offered in the period."""
        rows = self.holding().filter(basis=basis, period=period)
        return rows if period else rows.filter(Q(item__request__case=None) | Q(item__request__case__status="open"))


class GivenPlace(models.Model):
    """What of the limit one need holds: one person, or so many hours, visits or rides. The database holds the limit."""

    item = models.OneToOneField(RequestItem, models.CASCADE, related_name="given_place", verbose_name=_("need"))
    basis = models.ForeignKey(
        "services.ProgrammeService", models.PROTECT, related_name="+", verbose_name=_("programme row")
    )
    period = models.CharField(_("month, year, edition, or day of the start"), max_length=10, blank=True)
    units = models.DecimalField(_("how much"), max_digits=7, decimal_places=1, default=1)
    given_at = models.DateTimeField(_("given"))

    objects = GivenPlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place given")
        verbose_name_plural = _("places given")
        ordering = ["basis", "period", "pk"]
        constraints = [
            models.CheckConstraint(name="a_place_holds_something", condition=Q(units__gt=0)),
            models.CheckConstraint(
                name="a_place_is_counted_in_halves", condition=Exact(Mod("units", Value(HALF)), Value(Decimal(0)))
            ),
        ]
        indexes = [models.Index(fields=["basis", "period"], name="places_of_a_period")]
        triggers = [
            pgtrigger.Trigger(
                name="hold_the_limit",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=HOLD_THE_LIMIT,
            )
        ]

    def __str__(self):
        return f"{self.basis_id} {self.period}: {self.units}"


ORDER = ("-is_preferred", F("moved_at").asc(nulls_first=True), "received_on", "complete_at", "item")


class Standing(models.Model):
    """By what a need stands in the order."""

    basis = models.ForeignKey(
        "services.ProgrammeService", models.PROTECT, related_name="+", verbose_name=_("programme row")
    )
    is_preferred = models.BooleanField(_("preferred by the programme"), default=False)
    moved_at = models.DateTimeField(_("went to the end"), null=True)
    received_on = models.DateField(_("received on"))
    complete_at = models.DateTimeField(_("complete"))

    class Meta:
        abstract = True

    @property
    def key(self):
        """What sorts needs of one row as ORDER does."""
        moved = self.moved_at
        return (not self.is_preferred, moved is not None, moved, self.received_on, self.complete_at, self.item_id)


class QueuePlaceQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(item__status=RequestItem.Status.WAITLISTED)

    def of_row(self, basis):
        return self.filter(basis=basis).order_by(*ORDER)

    def ready(self):
        """Leave out the dead, and needs about which an answer is owed: they keep their place, passed over meanwhile."""
        asked = ClockPause.objects.open().filter(item=OuterRef("item"))
        return self.exclude(Exists(asked)).filter(item__request__resident__died_on=None)

    def to_ask_by_phone(self, on):
        """Return who has said nothing for thirty days and gets no mail that asks.

        There is no address, contact must be discreet, or whoever filed hears of no place.
        """
        filer = RequestParty.objects.filter(request=OuterRef("item__request"), role=RequestParty.Role.APPLICANT)
        only_files = Q(basis=RequestParty.Basis.PROXY) & ~Q(scope=RequestParty.Scope.EVERYTHING)
        mailed = filer.exclude(email="").exclude(Q(basis=RequestParty.Basis.INSTITUTION) | only_files)
        silent = self.waiting().ready().filter(basis__in=ProgrammeService.objects.in_force(on))
        silent = silent.alias(told=Coalesce("confirmed_on", "received_on")).filter(told__lte=on - ASKED_EVERY)
        return silent.filter(Q(item__request__safe_contact=True) | ~Exists(mailed))

    def before(self, place):
        """Return what stands before a place of the same row."""
        return self.filter(stands_before(place))

    def numbers_of(self, places):
        """Return {need: its number in its queue}, in one query."""
        counts = {f"before_{place.item_id}": Count("pk", filter=stands_before(place)) for place in places}
        found = self.waiting().filter(basis__in={place.basis_id for place in places}).aggregate(**counts)
        return {place.item_id: found[f"before_{place.item_id}"] + 1 for place in places}


def stands_before(place):
    """Return the condition that ORDER puts a place before this one."""
    earlier = Q(received_on__lt=place.received_on) | Q(received_on=place.received_on) & (
        Q(complete_at__lt=place.complete_at) | Q(complete_at=place.complete_at, item__lt=place.item_id)
    )
    if place.moved_at:
        earlier = Q(moved_at=None) | Q(moved_at__lt=place.moved_at) | Q(moved_at=place.moved_at) & earlier
    else:
        earlier &= Q(moved_at=None)
    same = Q(is_preferred=place.is_preferred) & earlier
    return Q(basis=place.basis_id) & (same if place.is_preferred else Q(is_preferred=True) | same)


class QueuePlace(Standing):
    """Where a need stands in the queue of its row. It stays when the need leaves, so that it can come back to it."""

    item = models.OneToOneField(RequestItem, models.CASCADE, related_name="queue_place", verbose_name=_("need"))
    offered_until = models.DateField(_("answer to the offer by"), null=True)
    asked_on = models.DateField(_("asked whether still interested"))
    confirmed_on = models.DateField(_("still interested"), null=True)

    objects = QueuePlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place in the queue")
        verbose_name_plural = _("places in the queue")
        ordering = ["basis", *ORDER]
        indexes = [
            models.Index(
                fields=["basis", "-is_preferred", "moved_at", "received_on", "complete_at", "item"],
                name="queue_in_order",
            ),
            models.Index(fields=["asked_on", "id"], name="queue_by_last_asked"),
            models.Index(
                fields=["offered_until", "id"], condition=Q(offered_until__isnull=False), name="offers_by_end"
            ),
        ]

    def __str__(self):
        return f"{self.basis_id}: {self.received_on}"


class QueueEventQuerySet(models.QuerySet):
    def until(self, moment):
        """Return, of each need, the last that had happened by the moment."""
        newest = (
            self.model.objects.filter(item=OuterRef("item"), at__lte=moment)
            .exclude(what=QueueEvent.What.SKIPPED)
            .order_by("-pk")
        )
        return self.filter(pk=Subquery(newest.values("pk")[:1]))

    def queue(self, basis, moment):
        """Return who waited in the row at the moment, in order: told by the log alone."""
        return self.until(moment).filter(basis=basis, waits=True).order_by(*ORDER)


class QueueEvent(Standing):
    """One thing that happened in a queue, and where the need stood afterwards. Rows are only ever added."""

    class What(models.TextChoices):
        JOINED = "joined", _("joined the queue")
        OFFERED = "offered", _("was offered a place")
        ACCEPTED = "accepted", _("took the place")
        PASSED = "passed", _("did not take the place, waits on")
        LAPSED = "lapsed", _("did not answer the offer")
        QUALIFIED = "qualified", _("got a place")
        SKIPPED = "skipped", _("was passed over")
        CARRIED = "carried", _("went on into another programme row")
        RETURNED = "returned", _("came back to the old place")
        EARLIER = "earlier", _("took the earlier place of the same request")
        LEFT = "left", _("left the queue")

    item = models.ForeignKey(RequestItem, models.PROTECT, related_name="queue_events", verbose_name=_("need"))
    at = models.DateTimeField(_("when"))
    what = models.CharField(_("what"), max_length=10, choices=What)
    waits = models.BooleanField(_("waits afterwards"))
    instead = models.ForeignKey(
        RequestItem, models.PROTECT, null=True, related_name="+", verbose_name=_("who got the place")
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )

    objects = QueueEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of a queue")
        verbose_name_plural = _("events of queues")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="a_skip_has_its_reason_and_whom_it_served",
                condition=~Q(what="skipped") | ~Q(reason="") & Q(instead__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["item", "-id"], name="queue_events_of_a_need"),
            models.Index(fields=["basis", "at", "id"], name="queue_events_of_a_row"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.at:%F} {self.what}"
