"""What the desk records of a person. Dated facts are added and ended, never overwritten."""

from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from stdnum.exceptions import InvalidChecksum
from stdnum.pl import pesel as pesel_number

from cus_portal.accounts.models import User
from cus_portal.accounts.permissions import require
from cus_portal.accounts.roles import Role
from cus_portal.audit.log import record
from cus_portal.db import fold
from cus_portal.notifications.outbox import notify
from residents.models import (
    DisabilityCertificate,
    Household,
    HouseholdMember,
    Identifier,
    Representation,
    RequestParty,
    ResidenceTitle,
    ResidentAddress,
    ResidentContact,
)
from residents.models.facts import DatedFact
from residents.models.numbers import document_index, end_indexes, pesel_index
from residents.models.person import Resident, is_valid_pesel, pesel_fields, pesel_problem
from services.models import Locality

DAY = timedelta(days=1)
CHANGE = "residents.change_resident"
Kind = ResidentAddress.Kind


@transaction.atomic
def record_resident(
    *,
    by: User,
    now: datetime,
    first_name: str,
    last_name: str,
    pesel: str = "",
    birth_date: date | None = None,
    **facts,
) -> Resident:
    """Put a person on record. Who looks much like one already there is shown before, and never joined by itself."""
    require(by, "residents.add_resident")
    if pesel and (problem := pesel_problem(pesel)):
        raise ValidationError({"pesel": problem})
    resident = create_resident(
        by=by,
        now=now,
        first_name=tidy_name(first_name),
        last_name=tidy_name(last_name),
        birth_date=birth_date or born_by(pesel),
        **facts,
        **pesel_fields(pesel),
    )
    record("resident.add", resident, by=by)
    return resident


def create_resident(*, by: User, now: datetime, **columns) -> Resident:
    """Write the row, or say that a PESEL is on record already, where `by` may know of that record.

    Where he may not, he gets the answer that he gets about somebody new: the keepers learn that two records have one
    number, and find out whether they are one person.
    """
    try:
        with transaction.atomic():
            return Resident.objects.create(**columns)
    except IntegrityError:
        if _others_with(columns["pesel_index"], by=by).exists():
            raise ValidationError(
                _("A person with this PESEL number is known already. Choose that person from the list.")
            ) from None
    resident = Resident.objects.create(**columns, pesel_to_check=True)
    _tell_keepers(resident, now=now)
    return resident


def _others_with(index, *, by):
    return Resident.objects.visible_to(by).standing().filter(pesel_index=index)


def _tell_keepers(resident, *, now):
    """Tell who oversees restricted files, and the director, who sees also whom a worker knows."""
    on = timezone.localdate(now)
    for keeper in User.objects.holding_one_of([Role.PROTECTION, Role.DIRECTOR], on=on):
        notify(
            keeper,
            "number_to_check",
            dedupe_key=f"number-to-check:{resident.pk}:{on}:{keeper.pk}",
            number=str(resident.pk),
            path=resident.get_absolute_url(),
        )


def tidy_name(name: str) -> str:
    """Return a name typed in capitals as names are written; every other one stays as it was typed."""
    return name.title() if len(name) > 2 and name.isupper() else name


def born_by(pesel: str) -> date | None:
    """Return the date of birth that a right PESEL tells."""
    return pesel_number.get_birth_date(pesel) if pesel and is_valid_pesel(pesel) else None


@transaction.atomic
def correct_person(
    resident: Resident,
    *,
    first_name: str,
    last_name: str,
    birth_date: date | None = None,
    born_about: str = "",
    reason: str,
    by: User,
    now: datetime,
) -> Resident:
    """Correct name or date of birth. What stood there before stays in the history of the database only."""
    require(by, CHANGE, resident)
    if not (first_name or last_name):
        raise ValidationError({"last_name": _("Write a first name or a surname.")})
    if birth_date and birth_date > timezone.localdate(now):
        raise ValidationError({"birth_date": _("This day has not come yet.")})
    return _write(
        resident,
        "correct",
        by=by,
        reason=reason,
        first_name=first_name,
        last_name=last_name,
        birth_date=birth_date,
        born_about="" if birth_date else born_about,
    )


# -- numbers ------------------------------------------------------------------------------------
@transaction.atomic
def change_pesel(
    resident: Resident, *, pesel: str, reason: str = "", doubt: str = "", by: User, now: datetime
) -> Resident:
    """Give the person a PESEL, or another one. The one before finds the person from now on, and is not shown.

    A few old numbers have a wrong check digit: with the reason why it is right all the same, such a one is taken.
    """
    require(by, CHANGE, resident)
    resident.refresh_from_db(from_queryset=Resident.objects.select_for_update(no_key=True))
    number = pesel_number.compact(pesel)
    problem = pesel_problem(number)
    if problem and not (doubt.strip() and _only_check_digit_is_wrong(number)):
        raise ValidationError({"pesel": problem})
    if number == resident.pesel:
        raise ValidationError({"pesel": _("This is the number on record.")})
    if resident.pesel:
        if not reason.strip():
            raise ValidationError({"reason": _("Write why the number changes.")})
        _keep_former_pesel(resident, on=timezone.localdate(now), by=by)
    birth_date = resident.birth_date or (None if problem else born_by(number))
    columns = {
        "birth_date": birth_date,
        "born_about": "" if birth_date else resident.born_about,
        "pesel_doubt": doubt.strip() if problem else "",
        **pesel_fields(number),
    }
    try:
        with transaction.atomic():
            return _write(resident, "change_pesel", by=by, reason=reason, pesel_to_check=False, **columns)
    except IntegrityError:
        if _others_with(columns["pesel_index"], by=by).exclude(pk=resident.pk).exists():
            words = _("Another person on record has this number. If it is the same person, join the two records.")
            raise ValidationError({"pesel": words}) from None
    _write(resident, "change_pesel", by=by, reason=reason, pesel_to_check=True, **columns)
    _tell_keepers(resident, now=now)
    return resident


def _only_check_digit_is_wrong(number):
    try:
        pesel_number.validate(number)
    except InvalidChecksum:
        return True
    except ValueError:
        return False
    return False


def _keep_former_pesel(resident, *, on, by):
    Identifier.objects.create(
        resident=resident,
        kind=Identifier.Kind.PESEL,
        number=resident.pesel,
        number_index=pesel_index(resident.pesel),
        number_ends=end_indexes(resident.pesel),
        valid_to=on,
        recorded_by=by,
    )


@transaction.atomic
def add_document(
    resident: Resident,
    *,
    kind: str,
    number: str,
    country: str = "",
    valid_from: date | None = None,
    valid_to: date | None = None,
    by: User,
    now: datetime,
) -> Identifier:
    """Record a foreign document. Its number is kept encrypted and finds the person."""
    require(by, CHANGE, resident)
    if kind == Identifier.Kind.PESEL:
        raise ValidationError({"kind": _("A PESEL is recorded under “Change the PESEL”.")})
    return _add(
        Identifier,
        resident,
        by=by,
        kind=kind,
        country=country.upper(),
        number=number.strip(),
        number_index=document_index(number),
        valid_from=valid_from,
        valid_to=valid_to,
    )


@transaction.atomic
def add_title(
    resident: Resident, *, kind: str, valid_from: date | None = None, valid_to: date | None = None, by, now: datetime
) -> ResidenceTitle:
    """Record on what title a foreigner stays. Lost or ended, it warns and cuts nothing off."""
    require(by, CHANGE, resident)
    return _add(ResidenceTitle, resident, by=by, kind=kind, valid_from=valid_from, valid_to=valid_to)


@transaction.atomic
def add_certificate(
    resident: Resident, *, kind: str, valid_from: date | None = None, valid_to: date | None = None, by, now: datetime
) -> DisabilityCertificate:
    """Record a disability certificate. Its end warns and cuts nothing off."""
    require(by, CHANGE, resident)
    return _add(DisabilityCertificate, resident, by=by, kind=kind, valid_from=valid_from, valid_to=valid_to)


@transaction.atomic
def apply_for_certificate(
    resident: Resident, *, certificate: DisabilityCertificate, applied_on: date, by: User, now: datetime
) -> DisabilityCertificate:
    """Record that the person has applied for a new one: until it is decided, help does not end for want of it."""
    require(by, CHANGE, resident)
    if applied_on > timezone.localdate(now):
        raise ValidationError({"applied_on": _("This day is still to come.")})
    if not DisabilityCertificate.objects.filter(pk=certificate.pk, resident=resident).update(applied_on=applied_on):
        raise ValidationError(_("This certificate is not one of this person."))
    certificate.applied_on = applied_on
    record("resident.apply_for_certificate", resident, by=by)
    return certificate


# -- addresses and contacts -----------------------------------------------------------------------
@transaction.atomic
def add_address(
    resident: Resident,
    *,
    kind: str,
    address: str = "",
    postal_code: str = "",
    locality: Locality | None = None,
    elsewhere: str = "",
    valid_from: date,
    beside: bool = False,
    by: User,
    now: datetime,
) -> ResidentAddress:
    """Record an address from a day on. It ends the one of its kind before, unless both hold `beside` each other."""
    require(by, CHANGE, resident)
    if not (address or locality or elsewhere):
        raise ValidationError({"address": _("Write where it is: a street, a town or an institution.")})
    replaced = _same_way(resident, kind)
    if not replaced and kind in RESIDENCE:
        replaced = _date_first_address(resident, by=by)
    if not beside:
        _end_before(replaced, valid_from)
    row = _add(
        ResidentAddress,
        resident,
        by=by,
        kind=kind,
        address=address,
        postal_code=postal_code,
        locality=locality,
        elsewhere=elsewhere,
        valid_from=valid_from,
    )
    if kind in RESIDENCE and valid_from <= timezone.localdate(now) and not beside:
        Resident.objects.filter(pk=resident.pk).update(address=address, postal_code=postal_code, locality=locality)
    return row


RESIDENCE = (Kind.LIVES, Kind.NO_FIXED)


def _same_way(resident, kind):
    kinds = RESIDENCE if kind in RESIDENCE else (kind,)
    return list(resident.addresses.standing().filter(kind__in=kinds))


def _date_first_address(resident, *, by):
    """Return the address that the record began with as a dated row, so that it is not lost under the new one."""
    if not (resident.address or resident.locality_id):
        return []
    return [
        ResidentAddress.objects.create(
            resident=resident,
            kind=Kind.LIVES,
            address=resident.address,
            postal_code=resident.postal_code,
            locality_id=resident.locality_id,
            recorded_by=by,
        )
    ]


def _end_before(rows, day):
    for row in rows:
        if row.valid_from and row.valid_from >= day:
            raise ValidationError({"valid_from": _("An address on record begins later. Correct that one first.")})
        type(row).objects.filter(pk=row.pk).update(valid_to=day - DAY)


@transaction.atomic
def add_contact(
    resident: Resident,
    *,
    kind: str,
    value: str,
    whose: str = ResidentContact.Whose.OWN,
    is_verified: bool = False,
    is_main: bool = True,
    by: User,
    now: datetime,
) -> ResidentContact:
    """Record a phone or an e-mail address, verified only if somebody has called, written or seen it."""
    require(by, CHANGE, resident)
    today = timezone.localdate(now)
    row = _add(
        ResidentContact,
        resident,
        by=by,
        kind=kind,
        value=value,
        whose=whose,
        valid_from=today,
        verified_on=today if is_verified else None,
    )
    if is_main:
        Resident.objects.filter(pk=resident.pk).update(**{kind: value})
    return row


@transaction.atomic
def verify_contact(resident: Resident, *, contact: ResidentContact, by: User, now: datetime) -> ResidentContact:
    """Note that the person was reached there."""
    require(by, CHANGE, resident)
    ResidentContact.objects.filter(pk=contact.pk, resident=resident).update(verified_on=timezone.localdate(now))
    record("resident.verify_contact", resident, by=by)
    return contact


# -- other people ---------------------------------------------------------------------------------
@transaction.atomic
def join_household(
    resident: Resident, *, other: Resident, role: str = "", other_role: str = "", valid_from: date, by, now: datetime
) -> Household:
    """Note that two people keep house together from a day on; who is in a household already brings the other in."""
    require(by, CHANGE, resident)
    require(by, "residents.view_resident", other)
    if other.pk == resident.pk:
        raise ValidationError({"other": _("Choose another person.")})
    of = {
        row.resident_id: row.household
        for row in HouseholdMember.objects.standing().filter(resident__in=[resident, other]).select_related("household")
    }
    if len(of) == 2 and of[resident.pk] != of[other.pk]:
        raise ValidationError(_("Both belong to other households now. End one of these memberships first."))
    if len(of) == 2:
        raise ValidationError(_("They belong to one household already."))
    household = next(iter(of.values()), None) or Household.objects.create()
    for person, called in ((resident, role), (other, other_role)):
        if person.pk not in of:
            HouseholdMember.objects.create(
                household=household, resident=person, role=called, valid_from=valid_from, recorded_by=by
            )
            record("resident.join_household", person, by=by)
    return household


@transaction.atomic
def add_representation(
    resident: Resident,
    *,
    basis: str,
    representative: Resident | None = None,
    name: str = "",
    phone: str = "",
    scope: str = "",
    limits: str = "",
    court_sign: str = "",
    gets_letters: bool = True,
    address_is_hidden: bool = False,
    valid_from: date,
    valid_to: date | None = None,
    by: User,
    now: datetime,
) -> Representation:
    """Record who speaks for the person, on what basis. Several may; a court's limits stand beside each of them."""
    require(by, CHANGE, resident)
    if representative is None and not name.strip():
        raise ValidationError({"name": _("Write who it is.")})
    if basis in Representation.BY_COURT and not court_sign.strip():
        raise ValidationError({"court_sign": _("Write the sign of the court's file: it stands on the decision.")})
    of_age = resident.of_age_on
    if basis in Representation.ENDS_WITH_MINORITY and of_age:
        if of_age <= valid_from:
            raise ValidationError({"basis": _("This person is of age: parents do not represent adults.")})
        valid_to = min(valid_to or date.max, of_age - DAY)
    return _add(
        Representation,
        resident,
        by=by,
        basis=basis,
        representative=representative,
        name=name,
        phone=phone,
        scope=scope,
        limits=limits,
        court_sign=court_sign,
        gets_letters=gets_letters,
        address_is_hidden=address_is_hidden,
        valid_from=valid_from,
        valid_to=valid_to,
    )


@transaction.atomic
def end_fact(
    resident: Resident, *, fact: DatedFact, ended_on: date, reason: str = "", by: User, now: datetime
) -> Resident:
    """End something that holds no more, on its last day."""
    require(by, CHANGE, resident)
    if not reason.strip():
        raise ValidationError({"reason": _("Write why it has ended.")})
    if fact.valid_from and ended_on < fact.valid_from:
        raise ValidationError({"ended_on": _("It cannot end before it began.")})
    rows = type(fact).objects.filter(pk=fact.pk, resident=resident)
    rows.update(valid_to=ended_on, end_reason=reason)
    if isinstance(fact, Representation):
        _end_power(resident, fact, ended_on)
    record("resident.end_fact", resident, by=by, fact=fact._meta.model_name)
    return resident


def _end_power(resident, representation, ended_on):
    """End the power of the same proxy on the person's requests too: it was taken back, or given up."""
    if representation.basis != Representation.Basis.PROXY:
        return
    words = fold(representation.who).split()
    filed = RequestParty.objects.filter(
        Q(acts_until=None) | Q(acts_until__gt=ended_on),
        request__resident=resident,
        role=RequestParty.Role.APPLICANT,
        basis=RequestParty.Basis.PROXY,
        search_name__in=[" ".join(words[turn:] + words[:turn]) for turn in range(len(words))],
    )
    filed.update(acts_until=ended_on)


def _add(model, resident, *, by, **columns):
    row = model(resident=resident, recorded_by=by, **columns)
    if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
        raise ValidationError({"valid_to": _("It cannot end before it began.")})
    row.save()
    record(f"resident.add_{model._meta.model_name}", resident, by=by, kind=columns.get("kind") or columns.get("basis"))
    return row


def _write(resident, act, *, by, reason="", **columns):
    for name, value in columns.items():
        setattr(resident, name, value)
    resident.save(update_fields=list(columns))
    record(f"resident.{act}", resident, by=by, reason=reason)
    return resident
