"""Files that only people named for it open, and people who must not deal with somebody they know.

A restricted file holds what nobody else of the centre may learn of: violence, a child's safety, a worker or councillor
as client. Requests, cases and residents point to it; whoever has not been let in does not find them anywhere.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

OVERSEE = "residents.oversee_restricted_files"


class RestrictedFileQuerySet(models.QuerySet):
    def in_force(self):
        return self.filter(ended_at=None)

    def open_to(self, user):
        """Return the files into which the user has been let, whatever his role."""
        return self.filter(pk__in=FileAccess.objects.in_force().filter(user=user.pk).values("file"))

    def visible_to(self, user):
        """Who oversees the files sees all but those about people he knows; others those they have been let into."""
        if not user.has_perm("residents.view_restrictedfile"):
            return self.none()
        rows = self if user.granted(OVERSEE) else self.open_to(user)
        for path in ("requests__resident", "cases__resident", "residents"):
            rows = rows.exclude(**{f"{path}__in": ConflictOfInterest.objects.of(user).values("resident")})
        return rows


class RestrictedFile(models.Model):
    """One file that is closed to the centre at large, why, and until when."""

    class Kind(models.TextChoices):
        VIOLENCE = "violence", _("violence")
        CHILD = "child", _("a child's safety")
        COLLEAGUE = "colleague", _("a worker or councillor is the client")
        OTHER = "other", _("another reason")

    kind = models.CharField(_("why restricted"), max_length=12, choices=Kind)
    opened_at = models.DateTimeField(_("restricted since"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("restricted by")
    )
    ended_at = models.DateTimeField(_("restriction lifted"), null=True, editable=False)

    objects = RestrictedFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("restricted file")
        verbose_name_plural = _("restricted files")
        ordering = ["-pk"]

    def __str__(self):
        return f"TZ-{self.pk}"

    def get_absolute_url(self):
        return reverse("admin:residents_restrictedfile_change", args=[self.pk])


class FileAccessQuerySet(models.QuerySet):
    def in_force(self):
        return self.filter(Q(until=None) | Q(until__gt=Now()), ended_at=None)


class FileAccess(models.Model):
    """Somebody let into one restricted file: by another, or by himself in an emergency and for a short time."""

    file = models.ForeignKey(RestrictedFile, models.PROTECT, related_name="accesses", verbose_name=_("restricted file"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("worker"))
    reason = models.CharField(_("reason"), max_length=300)
    is_emergency = models.BooleanField(_("in an emergency"), default=False)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("let in by")
    )
    given_at = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)

    objects = FileAccessQuerySet.as_manager()

    class Meta:
        verbose_name = _("access to a restricted file")
        verbose_name_plural = _("accesses to restricted files")
        ordering = ["file", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_emergency=False) | Q(until__isnull=False), name="an_emergency_access_ends_by_itself"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("given_at")), name="an_access_ends_after_it_begins"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "file"], condition=Q(ended_at=None), name="accesses_of_a_worker"),
        ]

    def __str__(self):
        return f"{self.file}: {self.user}"


class ConflictOfInterestQuerySet(models.QuerySet):
    def in_force(self):
        return self.filter(ended_at=None)

    def of(self, user):
        return self.in_force().filter(user=user.pk)

    def visible_to(self, user):
        return self if user.has_perm("residents.view_conflictofinterest") else self.none()


class ConflictOfInterest(models.Model):
    """A worker who must not deal with a resident: of his family, a friend, a neighbour, himself (KPA art. 24)."""

    class Relation(models.TextChoices):
        SELF = "self", _("it is myself")
        FAMILY = "family", _("family")
        CLOSE = "close", _("friend, neighbour or somebody close")
        DISPUTE = "dispute", _("dispute or other dependence")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("worker"))
    resident = models.ForeignKey("residents.Resident", models.PROTECT, related_name="+", verbose_name=_("resident"))
    relation = models.CharField(_("relation"), max_length=8, choices=Relation)
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("declared by")
    )
    declared_at = models.DateTimeField(_("declared"))
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)

    objects = ConflictOfInterestQuerySet.as_manager()

    class Meta:
        verbose_name = _("conflict of interest")
        verbose_name_plural = _("conflicts of interest")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "resident"], condition=Q(ended_at=None), name="a_conflict_is_declared_once"
            )
        ]

    def __str__(self):
        return f"{self.user}, {self.get_relation_display()}"


def in_reach_of(user, path="", person="resident") -> Q:
    """Return the condition of GuardedQuerySet.within_reach, for what hangs by `path` on a guarded row."""
    within = ~Q(**{f"{path}{person}__in": ConflictOfInterest.objects.of(user).values("resident")})
    if user.granted(OVERSEE):
        return within
    open_files = FileAccess.objects.in_force().filter(user=user.pk).values("file")
    return within & (Q(**{f"{path}restricted_file": None}) | Q(**{f"{path}restricted_file__in": open_files}))


class GuardedQuerySet(models.QuerySet):
    """Rows with a column `restricted_file`. `person` is the path to the resident they are about."""

    person = "resident"

    def within_reach(self, user):
        """Leave out what is in a restricted file closed to the user, and people with whom he is in conflict."""
        return self.filter(in_reach_of(user, person=self.person))

    def shut_to(self, user):
        """Return what within_reach leaves out, as two lists that are short whatever the size of the table."""
        shut = self.filter(restricted_file__isnull=False)
        if user.granted(OVERSEE):
            shut = shut.none()
        else:
            shut = shut.exclude(restricted_file__in=FileAccess.objects.in_force().filter(user=user.pk).values("file"))
        known = ConflictOfInterest.objects.of(user).values("resident")
        return shut, self.filter(**{f"{self.person}__in": known})


def reaches(user, row):
    """Tell whether a worker may know of a guarded row: the object form of GuardedQuerySet.within_reach."""
    resident_id = row.resident_id if hasattr(row, "resident_id") else row.pk
    if resident_id is not None and resident_id in _conflicts_of(user):
        return False
    if row.restricted_file_id is None or user.granted(OVERSEE):
        return True
    return FileAccess.objects.in_force().filter(user=user.pk, file=row.restricted_file_id).exists()


def _conflicts_of(user):
    """Return the residents whom the worker knows, read once for each user object, as his memberships are."""
    if "_conflicts" not in user.__dict__:
        user._conflicts = set(ConflictOfInterest.objects.of(user).values_list("resident", flat=True))
    return user._conflicts


def without_shut(rows, path, model, user):
    """Leave out of `rows` what hangs by `path` on a guarded row of the model that is closed to the user.

    Asked of each row (NOT EXISTS), so that a page of few rows does not read every restricted file of the centre.
    """
    for shut in model.objects.shut_to(user):
        rows = rows.filter(~models.Exists(shut.filter(pk=models.OuterRef(path))))
    return rows
