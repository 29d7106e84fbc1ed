"""Files of a request, and of what institutions send to the centre, kept outside the web root."""

from collections.abc import Callable

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cus_portal.files import private_path, private_storage
from residents.models.letter import Letter
from residents.models.message import RequestMessage
from residents.models.request import RequestQuestion, ServiceRequest
from residents.models.restricted import without_shut
from residents.models.team import teams_of

_withheld: list[Callable] = []


def withholds_files(function: Callable) -> Callable:
    """Register what knows of files that the person is not told of: function() returns their condition."""
    _withheld.append(function)
    return function


class VirusCheck(models.TextChoices):
    NONE = "", _("no scanner at hand")
    WAITING = "waiting", _("being checked for viruses")
    CLEAN = "clean", _("no virus found")
    INFECTED = "infected", _("a virus was found; the file is gone")


class AttachmentQuerySet(models.QuerySet):
    def openable(self):
        """Return what is out of quarantine."""
        return self.filter(virus_check__in=[VirusCheck.NONE, VirusCheck.CLEAN])

    def told_to_the_person(self):
        """Return what the status page names: not what was kept for the team, or proofs of delivery."""
        told = self.filter(letter=None, by_team=False)
        for function in _withheld:
            told = told.exclude(function())
        return told

    def behind(self, case):
        """Return the files of all requests behind the case, those of the case that it continues too."""
        return self.filter(request__case__in=case.with_earlier())

    def visible_to(self, user):
        if not user.has_perm("residents.view_attachment"):
            return self.none()
        mine = Q(request__case=None, request__assigned_to=user.pk) | Q(request__case__coordinator=user.pk)
        shown = self.filter(Q(is_confidential=False) | mine | Q(request__case__in=list(teams_of(user))))
        return without_shut(shown.exclude(request=None), "request", ServiceRequest, user)


class Attachment(models.Model):
    """A file outside the web root, read through the portal only. One of no request came with a referral to us."""

    request = models.ForeignKey(
        ServiceRequest, models.PROTECT, null=True, related_name="attachments", verbose_name=_("request")
    )
    question = models.ForeignKey(
        RequestQuestion, models.PROTECT, null=True, related_name="attachments", verbose_name=_("question")
    )
    message = models.ForeignKey(
        RequestMessage, models.PROTECT, null=True, related_name="attachments", verbose_name=_("message")
    )
    letter = models.ForeignKey(
        Letter, models.PROTECT, null=True, related_name="attachments", verbose_name=_("proof of delivery of")
    )
    file = models.FileField(_("file"), upload_to=private_path, storage=private_storage, max_length=200)
    name = models.CharField(_("name"), max_length=90)
    content_type = models.CharField(_("kind"), max_length=40)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    is_confidential = models.BooleanField(_("confidential"), default=False)
    by_team = models.BooleanField(_("added by the team of the case"), default=False, db_default=False, editable=False)
    virus_check = models.CharField(_("check for viruses"), max_length=10, choices=VirusCheck, blank=True)
    uploaded_at = models.DateTimeField(_("received"), db_default=Now(), editable=False)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["request", "pk"]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(virus_check="waiting"), name="attachments_to_check"),
        ]

    def __str__(self):
        return self.name

    @property
    def may_be_opened(self):
        """Tell whether it is out of quarantine: found clean, or there is no scanner."""
        return self.virus_check in (VirusCheck.NONE, VirusCheck.CLEAN)
