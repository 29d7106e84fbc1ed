"""The account that a resident may have: a mailbox that was proved, and the requests joined to it.

It is no user: it signs in to nothing but its own pages, holds no role, and is no actor for the staff's permissions.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core import signing
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cus_portal.crypto import EncryptedTextField, blind_index
from residents.models.party import RequestParty
from residents.models.request import ServiceRequest

LINK_SALT = "residents.account_link"


def email_index(email):
    return blind_index(email.strip().lower())


class ResidentAccountQuerySet(models.QuerySet):
    def of_person(self, resident):
        """Return the accounts that are the person's own: of the number a provider vouched for, or of a mailbox proved.

        The mailbox must stand as the person's own on record, or on a request that the person filed alone. Whoever else
        joined the person's requests has an account of his own, and nothing of it is told.
        """
        contacts = resident.contacts.filter(kind="email", whose="own").values_list("value", flat=True)
        own = resident.requests.filter(for_whom=ServiceRequest.ForWhom.SELF, restricted_file=None)
        filed = RequestParty.objects.filter(request__in=own, role=RequestParty.Role.APPLICANT)
        mailboxes = {resident.email, *contacts, *filed.values_list("email", flat=True)} - {""}
        known = Q(email_index__in=[email_index(mailbox) for mailbox in mailboxes])
        if resident.pesel_index:
            known |= Q(pesel_index=resident.pesel_index)
        return self.filter(known)


class ResidentAccount(models.Model):
    """Whoever reads this mailbox sees what he joined to it by number and code, and no more."""

    class Event(models.TextChoices):
        QUESTION = "question", _("we ask you something")
        REMINDER = "reminder", _("a question of ours still waits for your answer")
        NEWS = "news", _("something has changed in a matter")

    # A mailbox, or a person for whom an identity provider vouched, or both.
    email = EncryptedTextField(_("e-mail"), blank=True, editable=False)
    email_index = models.CharField(max_length=64, blank=True, editable=False)
    name = EncryptedTextField(_("name"), blank=True, editable=False)
    pesel = EncryptedTextField(_("PESEL"), blank=True, editable=False)
    pesel_index = models.CharField(max_length=64, blank=True, editable=False)
    verified_at = models.DateTimeField(_("identity confirmed"), null=True, editable=False)
    language = models.CharField(_("language"), max_length=5, default="pl")
    unwanted = ArrayField(
        models.CharField(max_length=10, choices=Event), default=list, blank=True, verbose_name=_("no mail about")
    )
    epoch = models.PositiveIntegerField(default=1, editable=False)  # another number: signed out everywhere
    created_at = models.DateTimeField(_("made"), editable=False)
    entered_at = models.DateTimeField(_("last entered"), editable=False)

    objects = ResidentAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("resident's account")
        verbose_name_plural = _("residents' accounts")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["email_index"], condition=~Q(email_index=""), name="a_mailbox_has_one_account"
            ),
            models.UniqueConstraint(
                fields=["pesel_index"], condition=~Q(pesel_index=""), name="a_confirmed_person_has_one_account"
            ),
            models.CheckConstraint(
                condition=~Q(email_index="") | ~Q(pesel_index=""), name="an_account_has_a_mailbox_or_a_person"
            ),
            models.CheckConstraint(
                condition=Q(pesel_index="", verified_at=None) | (~Q(pesel_index="") & Q(verified_at__isnull=False)),
                name="a_confirmed_person_knows_when",
            ),
        ]
        indexes = [models.Index(fields=["entered_at", "id"], name="accounts_by_last_entry")]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"

    def filed_by_person(self):
        """Return the requests whose applicant has the PESEL that a provider vouched for, and that lie open.

        Only the number counts, never a name. A person whose code was made his own is known by his own number. What is
        discreet or restricted opens by number and code alone, as for everybody else.
        """
        theirs = RequestParty.objects.filter(request=OuterRef("pk"), pesel_index=self.pesel_index)
        applicants = theirs.filter(role=RequestParty.Role.APPLICANT)
        persons = theirs.filter(role=RequestParty.Role.PERSON)
        return ServiceRequest.objects.exclude(joined__account=self).filter(
            Q(Exists(applicants), code_is_the_persons=False) | Q(Exists(persons), code_is_the_persons=True),
            Q(resident=None) | Q(resident__died_on=None),
            safe_contact=False,
            restricted_file=None,
        )

    @property
    def masked_email(self):
        """Enough to know one's own mailbox again, too little to learn another's."""
        name, _at, domain = self.email.partition("@")
        return f"{name[:1]}…@{domain}"

    def last_filing(self):
        """Return the newest request that its holder filed and that is guarded by nothing: whose contact is his own."""
        own = ServiceRequest.objects.filter(pk__in=self.joined.lying_open().values("request"))
        own = own.filter(code_is_the_persons=False).prefetch_related("parties")
        for request in own.order_by("-received_on", "-pk"):
            filer = next(party for party in request.parties.all() if party.role == RequestParty.Role.APPLICANT)
            same_mailbox = self.email_index and email_index(filer.email) == self.email_index
            if request.for_whom == ServiceRequest.ForWhom.SELF or same_mailbox:
                return request
        return None


class AccountLink(models.Model):
    """A way in that was mailed: it opens once, and for an hour."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = EncryptedTextField(editable=False)
    language = models.CharField(_("language"), max_length=5)
    made_at = models.DateTimeField(_("made"))
    used_at = models.DateTimeField(_("used"), null=True)

    class Meta:
        verbose_name = _("link to a resident's account")
        verbose_name_plural = _("links to residents' accounts")
        ordering = ["pk"]
        indexes = [models.Index(fields=["made_at"], name="account_links_by_age")]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def path(self):
        """The address by which it opens. Made for a mail, kept nowhere."""
        return reverse("residents:account_open", args=[signing.dumps(str(self.key), salt=LINK_SALT)])

    @property
    def notification_email(self):
        return self.email

    @property
    def notification_language(self):
        return self.language


class JoinedRequestQuerySet(models.QuerySet):
    def standing(self):
        """Return what the account still opens: each request that is guarded no more than when it was joined.

        Whoever joins a request says that nobody else reads his mailbox. Once contact became discreet, the file
        restricted, or the code the person's own, that word is too old: the mailbox may be shared with the very one who
        must not know. So the request is no longer shown there, without a word why, until somebody proves number and
        code again; the status page by the code stays as it was.
        """
        return self.filter(
            Q(request__safe_contact=False) | Q(was_discreet=True),
            Q(request__restricted_file=None) | Q(request__restricted_file=F("restricted_file")),
            request__code_is_the_persons=F("by_code_of_person"),
        )

    def lying_open(self):
        """Return what is guarded by nothing: only of this do mails tell, only from this a contact is taken over."""
        return self.standing().filter(
            Q(request__resident=None) | Q(request__resident__died_on=None),
            request__safe_contact=False,
            request__restricted_file=None,
        )


class JoinedRequest(models.Model):
    """A request that an account opens without its code, and how it was guarded when number and code were proved."""

    account = models.ForeignKey(ResidentAccount, models.CASCADE, related_name="joined", verbose_name=_("account"))
    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="joined", verbose_name=_("request"))
    joined_at = models.DateTimeField(_("joined"))
    was_discreet = models.BooleanField(default=False, editable=False)
    by_code_of_person = models.BooleanField(default=False, editable=False)
    restricted_file = models.ForeignKey(
        "residents.RestrictedFile", models.SET_NULL, null=True, editable=False, related_name="+"
    )

    objects = JoinedRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request joined to an account")
        verbose_name_plural = _("requests joined to an account")
        ordering = ["-joined_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["account", "request"], name="a_request_is_once_in_an_account")]

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def notification_email(self):
        """The account's address for a mail that names nothing; none once the request is guarded."""
        return self.account.email if type(self).objects.lying_open().filter(pk=self.pk).exists() else ""

    @property
    def notification_language(self):
        return self.account.language
