"""Where help is given, and who pays for somebody who lives in another municipality.

Residence and the place where help is given are two facts, both kept: each programme row says which of them its list of
places is about. Who lives elsewhere is served by an agreement with that municipality, which pays (a joint centre).
"""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Exists, F, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from coordination.models import Contract, Provision, Referral, Settlement, SettlementLine
from residents.models import Case, ResidentAddress
from residents.models.person import Resident
from services.models import Agreement, Locality, ProgrammeService

DAY = timedelta(days=1)


def lives_elsewhere(resident: Resident, *, on: date) -> str:
    """Return where outside the municipality the person lives on the day; nothing for who has a home here."""
    homes = list(resident.addresses.of_residence(on))
    away = [home.elsewhere for home in homes if home.kind == ResidentAddress.Kind.LIVES and not home.locality_id]
    if resident.moved_out_on and resident.moved_out_on <= on:
        away.append(resident.moved_to or _("it is not known where"))
    if any(home.locality_id for home in homes) or not away:
        return ""
    return away[0]


def check_place(basis: ProgrammeService, locality: Locality | None) -> None:
    """Refuse a place where the service is not given, where its list of places is about that."""
    if basis.place_rule != ProgrammeService.PlaceRule.DELIVERY:
        return
    places = list(basis.service.localities.order_by("name_sort", "pk"))
    if not places or locality in places:
        return
    names = ", ".join(str(place) for place in places)
    if locality is None:
        raise ValidationError(
            {"locality": _("Choose the town or village: this service is given only in %(places)s.") % {"places": names}}
        )
    raise ValidationError({"locality": _("This service is given only in %(places)s.") % {"places": names}})


def payers(on: date):
    """Return the agreements by which another municipality may pay."""
    rows = Agreement.objects.in_force(on).filter(kind=Agreement.Kind.AGREEMENT)
    return rows.select_related("institution").order_by("institution__name", "pk")


def check_payer(
    resident: Resident, payer: Agreement | None, contract: Contract, *, starts_on: date, ends_on: date | None
) -> None:
    """Refuse to serve somebody who lives elsewhere without an agreement in force by which that municipality pays."""
    where = lives_elsewhere(resident, on=starts_on)
    if not where:
        if payer is not None:
            raise ValidationError({"payer": _("The person lives here: no other municipality pays.")})
        return
    if payer is None:
        words = _("The person lives elsewhere (%(where)s). Choose the agreement by which that municipality pays.")
        raise ValidationError({"payer": words % {"where": where}})
    if not payers(starts_on).filter(pk=payer.pk).exists():
        raise ValidationError({"payer": _("This agreement of public bodies is not in force on the first day.")})
    if payer.services.exists() and not payer.services.filter(pk=contract.basis.service_id).exists():
        raise ValidationError({"payer": _("This agreement is about other services.")})
    if payer.valid_to and (ends_on is None or ends_on > payer.valid_to):
        raise ValidationError({"ends_on": _("The last day is not later than that of the agreement.")})


def still_pays(provision: Provision) -> bool:
    return provision.payer_id is not None and provision.payer_until is None


def unlike_residence(provision: Provision, where: str) -> list[tuple[str, str]]:
    """Return in words what does not go together: where elsewhere the person lives, if at all, and who pays."""
    if where and not still_pays(provision):
        return [(_("Lives in another municipality"), where)]
    if not where and still_pays(provision):
        return [(_("Lives here again"), _("Write down until when the other municipality pays."))]
    return []


def check_new_payer(provision: Provision, payer: Agreement, *, from_day: date | None, ends_on: date | None) -> None:
    """Refuse another payer of a running service than the municipality where the person lives, from a whole month on."""
    if provision.payer_id:
        raise ValidationError({"payer": _("Another municipality pays already.")})
    if from_day is None or from_day.day != 1 or from_day < provision.starts_on:
        raise ValidationError({"payer_from": _("Write the first day of a month: months are settled whole.")})
    check_payer(provision.case.resident, payer, provision.contract, starts_on=from_day, ends_on=ends_on)


def check_payer_stops(provision: Provision, *, until: date) -> None:
    """Refuse to let the other municipality off before the person lives here, or in what is settled already."""
    if provision.payer_id is None or provision.payer_until:
        raise ValidationError({"payer_until": _("No other municipality pays for this service.")})
    if (until + DAY).day != 1 or until < (provision.payer_from or provision.starts_on):
        raise ValidationError({"payer_until": _("Write the last day of a month: months are settled whole.")})
    if where := lives_elsewhere(provision.case.resident, on=until + DAY):
        words = _("The person lives elsewhere (%(where)s) on the day after.")
        raise ValidationError({"payer_until": words % {"where": where}})
    if SettlementLine.objects.filter(provision=provision, settlement__month__gt=until).exists():
        raise ValidationError({"payer_until": _("A later month is settled already.")})


def paid_by_nobody(on: date):
    """Return the running services of people who live in another municipality and for whom none pays on the day."""
    homes = ResidentAddress.objects.of_residence(on).filter(resident=OuterRef("case__resident")).order_by()
    away = Exists(homes.filter(kind=ResidentAddress.Kind.LIVES, locality=None))
    moved = Q(case__resident__moved_out_on__lte=on)
    agreed = payers(on).filter(pk=OuterRef("payer")).order_by()
    runs = Q(ends_on=None) | Q(ends_on__gte=on)
    rows = Provision.objects.active().filter(runs, starts_on__lte=on, case__resident__died_on=None)
    rows = rows.filter(moved | away).exclude(Exists(homes.filter(locality__isnull=False)))
    return rows.exclude(Exists(agreed), Q(payer_until=None) | Q(payer_until__gte=on))


def paid_by_others(on: date):
    """Return the running services of people who live here (again), for whom another municipality still pays."""
    homes = ResidentAddress.objects.of_residence(on).filter(resident=OuterRef("case__resident"), locality__isnull=False)
    rows = Provision.objects.active().filter(starts_on__lte=on, case__resident__died_on=None)
    rows = rows.filter(Q(ends_on=None) | Q(ends_on__gte=on), payer__isnull=False, payer_until=None)
    return rows.filter(Exists(homes.order_by()))


def handed_to_others(on: date, user=None):
    """Return the open handovers of people who had moved away and have a home here again."""
    homes = ResidentAddress.objects.of_residence(on).filter(resident=OuterRef("case__resident"), locality__isnull=False)
    rows = Referral.objects.open().known_to(user).filter(kind=Referral.Kind.HANDOVER)
    return rows.filter(Exists(homes.order_by()), case__resident__moved_out_on__lte=on, case__resident__died_on=None)


def cases_back_here(on: date):
    """Return the open cases of people for whom another municipality still does something, with the day of return."""
    homes = ResidentAddress.objects.of_residence(on).filter(resident=OuterRef("resident"), locality__isnull=False)
    since = homes.order_by().values("resident").annotate(last=Max("valid_from")).values("last")
    paid, handed = paid_by_others(on).values("case"), handed_to_others(on).values("case")
    rows = Case.objects.open().filter(Q(pk__in=paid) | Q(pk__in=handed))
    return rows.annotate(lives_here_since=Coalesce(Subquery(since), "opened_on")).select_related("coordinator")


def on_the_return_and_each_fortnight(case) -> list[date]:
    return [case.lives_here_since + timedelta(days=14 * number) for number in range(4)]


BACK_HERE = (cases_back_here, on_the_return_and_each_fortnight)


def cases_paid_by_nobody(on: date):
    """Return the open cases with such a service, with the day since when the person lives elsewhere."""
    homes = ResidentAddress.objects.of_residence(on).filter(resident=OuterRef("resident"), locality=None)
    since = homes.order_by().values("resident").annotate(last=Max("valid_from")).values("last")
    rows = Case.objects.open().filter(pk__in=paid_by_nobody(on).values("case"))
    moved = Coalesce(Subquery(since), "resident__moved_out_on", "opened_on")
    return rows.annotate(lives_elsewhere_since=moved).select_related("coordinator")


def on_the_day_and_each_fortnight(case) -> list[date]:
    """Remind four times. Nothing is cut off: the case stays on its list until somebody pays or the service ends."""
    return [case.lives_elsewhere_since + timedelta(days=14 * number) for number in range(4)]


PAID_BY_NOBODY = (cases_paid_by_nobody, on_the_day_and_each_fortnight)


def owed_by_others(settlement: Settlement):
    """Return what other municipalities owe for the month, as (institution, amount): what the person does not pay."""
    paid = Q(provision__payer_from=None) | Q(provision__payer_from__lte=settlement.month)
    still = Q(provision__payer_until=None) | Q(provision__payer_until__gte=settlement.month)
    lines = settlement.lines.exclude(provision__payer=None).filter(paid, still).order_by()
    rows = lines.values_list("provision__payer__institution__name").annotate(due=Sum(F("amount") - F("fee")))
    return rows.order_by("provision__payer__institution__name")
