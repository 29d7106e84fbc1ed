"""People who sign in, the institutions they work for, and their dated roles there."""

from datetime import timedelta
from functools import lru_cache

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.functional import cached_property
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _

from cus_portal.accounts.directory import Contact, FormerName, Unit, ade_validator  # noqa: F401 (models, as below)
from cus_portal.accounts.permissions import allows
from cus_portal.accounts.roles import ROLE_PERMISSIONS, ROLES_ELSEWHERE, SUPERUSER_PERMISSIONS, Role
from cus_portal.accounts.saved_filters import SavedFilter  # noqa: F401 (a model, which Django looks for here)
from cus_portal.accounts.sessions import Session  # noqa: F401 (a model, which Django looks for here)
from cus_portal.crypto import EncryptedTextField
from cus_portal.db import polish_sort


class InstitutionQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def partners(self):
        return self.active().filter(is_centre=False)

    def visible_to(self, user):
        return self if user.has_perm("accounts.view_institution") else self.none()


class Institution(models.Model):
    """The centre itself, or a body it works with (HSDS: organization)."""

    class Kind(models.TextChoices):
        CUS = "cus", _("social services centre")
        PCPR = "pcpr", _("county family support centre")
        ROPS = "rops", _("regional social policy centre")
        COUNTY = "county", _("county office")
        JOB_OFFICE = "job_office", _("job office")
        CLINIC = "clinic", _("health care unit")
        COUNSELLING = "counselling", _("psychological and educational counselling centre")
        SCHOOL = "school", _("school or kindergarten")
        CULTURE = "culture", _("culture, library or sport")
        CARE_HOME = "care_home", _("care home or support centre")
        NGO = "ngo", _("non-governmental organisation")
        SOCIAL_ECONOMY = "social_economy", _("social economy entity")
        POLICE_COURT = "police_court", _("police, court or prosecutor")
        MUNICIPAL = "municipal", _("municipal unit")
        STATE = "state", _("state institution")
        FIRM = "firm", _("firm")
        CHURCH = "church", _("parish or religious organisation")
        OTHER = "other", _("other")

    # Their tasks reach a centre by an agreement of the municipality with the county alone.
    COUNTY_BODIES = (Kind.PCPR, Kind.COUNTY, Kind.JOB_OFFICE, Kind.COUNSELLING)

    class Way(models.TextChoices):
        """How it wants to be reached."""

        PORTAL = "portal", _("in this portal")
        E_DELIVERY = "e_delivery", _("by e-delivery")
        EMAIL = "email", _("by e-mail")
        PHONE = "phone", _("by phone")
        POST = "post", _("by post")

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    nip = models.CharField(_("NIP"), max_length=10, blank=True)
    regon = models.CharField(_("REGON"), max_length=14, blank=True)
    krs = models.CharField(_("KRS"), max_length=10, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    confirmed_email = models.EmailField(_("e-mail confirmed by phone"), blank=True, editable=False)
    website = models.URLField(_("website"), blank=True)
    ade = models.CharField(
        _("e-delivery address"),
        max_length=40,
        blank=True,
        validators=[ade_validator],
        help_text=_("As it stands in the base of e-delivery addresses: AE:PL-12345-67890-ABCDE-12."),
    )
    opening = models.CharField(_("working hours"), max_length=200, blank=True)
    preferred_way = models.CharField(_("wants to be reached"), max_length=10, choices=Way, default=Way.PORTAL)
    note = models.TextField(_("what it does"), blank=True)
    is_centre = models.BooleanField(_("is the centre itself"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    closed_on = models.DateField(_("closed on"), null=True, editable=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="predecessors", verbose_name=_("taken over by")
    )
    name_sort = polish_sort("name")

    objects = InstitutionQuerySet.as_manager()

    class Meta:
        verbose_name = _("institution")
        verbose_name_plural = _("institutions")
        ordering = ["name_sort", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_centre"],
                condition=Q(is_centre=True),
                name="there_is_one_centre_in_a_portal",
                violation_error_code="is_centre",
                violation_error_message=_("Another institution is the centre already."),
            ),
            models.CheckConstraint(
                name="a_closed_institution_is_not_active",
                condition=Q(closed_on=None) | Q(is_active=False),
                violation_error_code="is_active",
                violation_error_message=_("A closed institution is not active."),
            ),
            models.CheckConstraint(
                name="what_was_taken_over_is_closed",
                condition=Q(merged_into=None) | Q(closed_on__isnull=False),
                violation_error_code="closed_on",
                violation_error_message=_("Write on what day the institution closed."),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def notification_email(self):
        return self.email

    notification_language = "pl"

    def addressees(self, role, *, on) -> list:
        """Return each worker in the role and the institution itself, once for each address."""
        workers = list(User.objects.holding(role, on=on, institution=self))
        addresses = {worker.email for worker in workers}
        return workers if self.email.lower() in addresses else [*workers, self]


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username):
        return self.get(email=username.lower())


class UserQuerySet(models.QuerySet):
    def holding(self, role, *, on, institution=None):
        """Return the active users who hold the role on the day, at one institution or anywhere."""
        memberships = Membership.objects.in_force(on).filter(role=role)
        if institution is not None:
            memberships = memberships.filter(institution=institution)
        return self.filter(is_active=True, pk__in=memberships.values("user"))

    def holding_one_of(self, roles, *, on):
        """Return the active users who hold any of the roles on the day."""
        return self.filter(is_active=True, pk__in=Membership.objects.in_force(on).filter(role__in=roles).values("user"))

    def at_centre(self, *, on):
        """Return the active users who work at the centre on the day, in whatever role."""
        memberships = Membership.objects.in_force(on).filter(institution__is_centre=True)
        return self.filter(is_active=True, pk__in=memberships.values("user"))

    def named(self, text):
        """Find by the beginning of first name and surname, or of the surname alone."""
        whole = Concat("first_name", Value(" "), "last_name")
        return self.annotate(whole_name=whole).filter(
            Q(whole_name__istartswith=text.strip()) | Q(last_name__istartswith=text.strip())
        )

    def visible_to(self, user):
        return self if user.has_perm("accounts.view_user") else self.none()


class User(AbstractBaseUser):
    """A person who signs in with an e-mail address. What he may do comes from his memberships, never from here."""

    email = models.EmailField(_("e-mail"), unique=True)
    first_name = models.CharField(_("first name"), max_length=60)
    last_name = models.CharField(_("last name"), max_length=80)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    is_superuser = models.BooleanField(
        _("keeps the machine running"), default=False, help_text=_("Manages accounts. Does not read cases.")
    )
    name_sort = polish_sort("last_name", "first_name")

    objects = UserManager.from_queryset(UserQuerySet)()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["name_sort", "pk"]
        indexes = [models.Index(fields=["name_sort", "id"], name="accounts_in_polish_order")]

    def __str__(self):
        return self.get_full_name()

    @classmethod
    def normalize_username(cls, username):
        """Keep the address as get_by_natural_key() looks for it."""
        return super().normalize_username(username).lower()

    def get_full_name(self):
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self):
        return self.first_name

    # -- what the permission system asks ----------------------------------------------------------
    @cached_property
    def dated_memberships(self):
        """The memberships of today, each with `holds`; read once for each user object."""
        if self.pk is None:
            return []
        return list(memberships_dated(timezone.localdate()).filter(user=self))

    @property
    def current_memberships(self):
        """The memberships in force today: at the centre they need an authorisation to process data."""
        return [membership for membership in self.dated_memberships if membership.holds]

    @property
    def lacks_authorisation(self):
        """Somebody works at the centre by his role, but nobody lets him process data today: his account is closed."""
        return not self.is_superuser and any(not membership.holds for membership in self.dated_memberships)

    @cached_property
    def permissions(self):
        held = SUPERUSER_PERMISSIONS if self.is_superuser else frozenset()
        return held.union(*(ROLE_PERMISSIONS[membership.role] for membership in self.current_memberships))

    @cached_property
    def colleagues_permissions(self):
        """Return for each other person who works at the centre today what the roles there let him do."""
        held = {}
        others = Membership.objects.in_force(timezone.localdate()).filter(institution__is_centre=True)
        for user, role in others.filter(user__is_active=True).exclude(user=self).values_list("user", "role"):
            held[user] = held.get(user, frozenset()) | ROLE_PERMISSIONS[role]
        return list(held.values())

    def granted(self, permission):
        return permission in self.permissions

    def has_perm(self, permission, obj=None):
        """A superuser has no short cut here: who keeps the machine running does not read cases."""
        return self.is_active and allows(self, permission, obj)

    def has_perms(self, permissions, obj=None):
        return all(self.has_perm(permission, obj) for permission in permissions)

    def has_module_perms(self, app_label):
        return self.is_active and any(name.startswith(f"{app_label}.") for name in self.permissions)

    def institutions_granting(self, permission):
        """Return the ids of the institutions at which one of this user's roles grants the permission."""
        return {
            membership.institution_id
            for membership in self.current_memberships
            if permission in ROLE_PERMISSIONS[membership.role]
        }

    def reach_of(self, permission):
        """Return the institutions whose things the permission opens: None for all, by a role at the centre."""
        granting = self.institutions_granting(permission)
        at_centre = {one.institution_id for one in self.current_memberships if one.institution.is_centre}
        return None if granting & at_centre else granting

    def works_at_centre(self):
        return any(membership.institution.is_centre for membership in self.current_memberships)

    def has_role(self, role):
        return any(membership.role == role for membership in self.current_memberships)

    @property
    def role(self):
        """The roles in force today, for the audit."""
        return ",".join(sorted({membership.role for membership in self.current_memberships}))

    @property
    def audit_label(self):
        return self.get_full_name()

    @property
    def is_staff(self):
        """Django's admin opens for the centre's people, partners' editors and whoever keeps the machine running."""
        return self.is_superuser or self.works_at_centre() or self.has_role(Role.CATALOGUE_EDITOR)

    @property
    def needs_second_factor(self):
        """Whoever works at the centre, or keeps the machine running, signs in by two steps; others may."""
        return self.is_superuser or self.works_at_centre()

    @property
    def password_path(self):
        """Return the way to set a password: good once, for PASSWORD_RESET_TIMEOUT. Made for a mail, kept nowhere."""
        number = urlsafe_base64_encode(force_bytes(self.pk))
        return reverse("password_by_link", args=[number, default_token_generator.make_token(self)])

    @property
    def notification_email(self):
        """None once the account is closed: whoever has left is not written to."""
        return self.email if self.is_active else ""

    notification_language = "pl"


class AuthorisationQuerySet(models.QuerySet):
    def in_force(self, on):
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)

    def ending(self, on, *, within):
        """Return those that end within the days, and after which none follows for the same person."""
        later = Authorisation.objects.filter(user=OuterRef("user")).filter(
            Q(valid_to=None) | Q(valid_to__gt=OuterRef("valid_to"))
        )
        return self.filter(~Exists(later), valid_to__range=(on, on + timedelta(days=within)), user__is_active=True)

    def visible_to(self, user):
        return self if user.has_perm("accounts.view_authorisation") else self.none()


class Authorisation(models.Model):
    """A dated authorisation to process personal data (RODO art. 29): without one nobody works at the centre."""

    user = models.ForeignKey(User, models.PROTECT, related_name="authorisations", verbose_name=_("user"))
    number = models.CharField(_("number"), max_length=40, unique=True)
    scope = models.TextField(_("scope"), help_text=_("Which data, for what tasks."))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(
        _("valid to"), null=True, blank=True, help_text=_("The last day. After it the account opens nothing.")
    )
    issued_by = models.CharField(_("issued by"), max_length=120, help_text=_("Who signed it, and in what office."))

    objects = AuthorisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("authorisation to process data")
        verbose_name_plural = _("authorisations to process data")
        ordering = ["-valid_from", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="an_authorisation_ends_after_it_begins",
                violation_error_code="valid_to",
                violation_error_message=_("The last day must not be earlier than the first day."),
            )
        ]

    def __str__(self):
        return self.number

    def get_absolute_url(self):
        return reverse("admin:accounts_authorisation_change", args=[self.pk])


class AbsenceQuerySet(models.QuerySet):
    def on(self, day):
        return self.filter(first_day__lte=day, last_day__gte=day)

    def visible_to(self, user):
        """Return those of the people of one's own institution, the centre or another."""
        there = user.institutions_granting("accounts.view_absence")
        return self.filter(Exists(Membership.objects.filter(institution__in=there, user=OuterRef("user"))))


class Absence(models.Model):
    """Days on which somebody is not at work, whatever the reason, and who stands in. Nothing new is handed to him."""

    user = models.ForeignKey(User, models.PROTECT, related_name="absences", verbose_name=_("who is away"))
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    stands_in = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who stands in")
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ["-last_day", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="an_absence_ends_after_it_begins",
                violation_error_code="last_day",
                violation_error_message=_("The last day comes before the first."),
            ),
            models.CheckConstraint(
                condition=Q(stands_in=None) | ~Q(stands_in=F("user")),
                name="nobody_stands_in_for_himself",
                violation_error_code="stands_in",
                violation_error_message=_("Choose somebody else to stand in."),
            ),
        ]
        indexes = [models.Index(fields=["user", "last_day"], name="absences_of_a_worker")]

    def __str__(self):
        return f"{self.user}, {self.first_day:%d.%m.%Y} – {self.last_day:%d.%m.%Y}"


class MembershipQuerySet(models.QuerySet):
    def dated(self, on):
        """Return what is written down for the day. The director of a school is no director of the centre."""
        here = Q(institution__is_centre=True) | Q(role__in=ROLES_ELSEWHERE)
        open_on = Q(valid_to=None) | Q(valid_to__gte=on)
        return self.filter(here, open_on, valid_from__lte=on, institution__closed_on=None)

    def telling_whether_they_hold(self, on):
        authorised = Exists(Authorisation.objects.in_force(on).filter(user=OuterRef("user")))
        return self.annotate(
            holds=ExpressionWrapper(Q(institution__is_centre=False) | authorised, output_field=models.BooleanField())
        )

    def in_force(self, on):
        """Return what holds on the day: a role at the centre only while its holder may process data."""
        return self.dated(on).telling_whether_they_hold(on).filter(holds=True)

    def visible_to(self, user):
        return self if user.has_perm("accounts.view_membership") else self.none()


class Membership(models.Model):
    """A person's dated role at an institution."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name=_("user"))
    institution = models.ForeignKey(
        Institution, models.PROTECT, related_name="memberships", verbose_name=_("institution")
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["institution", "user", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="a_membership_ends_after_it_begins",
                violation_error_code="valid_to",
                violation_error_message=_("The last day must not be earlier than the first day."),
            ),
            models.UniqueConstraint(
                fields=["user", "institution", "role", "valid_from"],
                name="a_role_begins_once_on_a_day",
                violation_error_code="valid_from",
                violation_error_message=_("This person has this role there from that day already. Change that row."),
            ),
        ]

    def __str__(self):
        return f"{self.user}: {self.get_role_display()}, {self.institution.short_name}"

    def clean(self):
        if self.institution_id and not self.institution.is_centre and self.role not in {"", *ROLES_ELSEWHERE}:
            raise ValidationError({"role": _("This role is held at the centre only. Choose another role.")})


@lru_cache(maxsize=1)
def memberships_dated(on):
    """Return what each request asks of its one person. Built once a day, for that is a third of what it costs."""
    held = Membership.objects.dated(on).telling_whether_they_hold(on).select_related("institution")
    return held.order_by("institution", "pk")  # all of one person: his name orders nothing


class KeptForm(models.Model):
    """What somebody sent a moment after his session had ended: sealed, for him alone, for a day."""

    user = models.OneToOneField(User, models.CASCADE, related_name="kept_form", verbose_name=_("user"))
    path = models.TextField(_("page"))
    fields = EncryptedTextField(_("fields"))
    had_files = models.BooleanField(_("had files"), default=False)
    kept_at = models.DateTimeField(_("kept at"))

    class Meta:
        verbose_name = _("kept form")
        verbose_name_plural = _("kept forms")

    def __str__(self):
        return f"{self._meta.verbose_name} {self.pk}"
