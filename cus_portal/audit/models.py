"""What was done and what was read: by whom, in which role, when, why. Rows are only ever added."""

from collections import defaultdict
from functools import reduce
from operator import or_

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _


class AuditEventQuerySet(models.QuerySet):
    def about(self, obj):
        return self.filter(object_type=obj._meta.label_lower, object_id=obj.pk)

    def about_any(self, objects):
        """Return what is about one of these objects, of whatever kinds."""
        kinds = defaultdict(list)
        for obj in objects:
            kinds[obj._meta.label_lower].append(obj.pk)
        conditions = [models.Q(object_type=kind, object_id__in=numbers) for kind, numbers in kinds.items()]
        return self.filter(reduce(or_, conditions)) if conditions else self.none()

    def changes(self):
        return self.exclude(action=AuditEvent.READ)

    def visible_to(self, user):
        return self if user.has_perm("audit.view_auditevent") else self.none()


class AuditEvent(models.Model):
    """One act on one object. Carries states, reasons and coded facts, never what a person said about himself.

    Kept at least two years (KRI, Dz.U. 2024 poz. 773). The application's database role may add and read rows only.
    """

    READ = "read"
    EXPORT = "export"
    append_only = True

    at = models.DateTimeField(_("when"), db_default=Now(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("account")
    )
    actor_label = models.CharField(_("who"), max_length=160)
    role = models.CharField(_("in which role"), max_length=120, blank=True)
    action = models.CharField(_("what"), max_length=80)
    object_type = models.CharField(_("kind of object"), max_length=80)
    object_id = models.BigIntegerField(_("object"))
    from_state = models.CharField(_("from"), max_length=30, blank=True)
    to_state = models.CharField(_("to"), max_length=30, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    facts = models.JSONField(_("facts"), default=dict)
    request_id = models.CharField(_("request"), max_length=64, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"], name="audit_of_an_object"),
            models.Index(fields=["actor", "-id"], name="audit_of_an_actor"),
            models.Index(fields=["object_type", "-id"], name="audit_of_a_kind_of_object"),
            models.Index(fields=["action", "-id"], name="audit_of_an_act"),
            models.Index(fields=["-at", "-id"], name="audit_by_moment"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self):
        return f"{self.local_time}, {self.actor_label}"

    @property
    def local_time(self):
        return date_format(timezone.localtime(self.at), "j E Y, H:i")
