"""The demonstration of services given: a contract, three people, two months of visits, a closed month."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db.models import Count
from django.utils import timezone

from coordination.actions.contracts import agree_contract
from coordination.actions.delivery import give_service, set_fee
from coordination.actions.settlements import close_month
from coordination.actions.visits import mark_done, mark_not_done, moment, plan_visits
from coordination.fees import BY_PERSON
from coordination.models import Contract, Provision
from cus_portal.audit.log import told_as_of
from residents.actions.people import add_address
from residents.models import Case, RequestItem
from services.models import Agreement, ProgrammeService

PEOPLE_SERVED = 3
CARERS = "caritas"
TUESDAY = 1


def show_services(world, end: datetime, on: date) -> None:
    """Let the service that most people of open cases got be given by a contract, up to the day."""
    with told_as_of(end):
        items = RequestItem.objects.filter(
            status=RequestItem.Status.QUALIFIED,
            programme_service__in=ProgrammeService.objects.in_force(on).values("pk"),
            request__case__status=Case.Status.OPEN,
            request__case__restricted_file=None,
            request__resident__died_on=None,
            programme_service__capacity_unit=ProgrammeService.CapacityUnit.PERSON,
            programme_service__person_unit="",
            for_applicant=False,
        )
        most = items.order_by().values("programme_service").annotate(n=Count("pk")).order_by("-n", "programme_service")
        if not most:
            return
        items = items.filter(programme_service=most[0]["programme_service"]).order_by("pk")[:PEOPLE_SERVED]
        contract = _contract(world, items[0].programme_service, on)
        first = on.replace(day=1) - relativedelta(months=1)
        for place, item in enumerate(items):
            _serve(world, item, contract, place, first=first, on=on, now=end)
        contract.refresh_from_db()
        close_month(contract, month=first, by=world.people["beata"], now=end)
        _moves_away(world, item, on=on - timedelta(days=5), now=end)


def _moves_away(world, item, *, on, now):
    """The last of them lives in another municipality now, and nobody has said yet who pays."""
    resident, clerk = item.request.resident, world.people["ola"]
    add_address(resident, kind="lives", elsewhere=world.texts["moved_to"], valid_from=on, by=clerk, now=now)


def agree_with_the_county(world, on):
    """The county's family support centre works with the centre by an agreement; its labour office has none yet."""
    Agreement.objects.create(
        code="z-powiatem",
        institution=world.institution("pcpr"),
        kind=Agreement.Kind.AGREEMENT,
        number=f"CUS.031.1.{on.year}",
        subject=world.texts["county_agreement"],
        valid_from=on,
        valid_to=on + relativedelta(years=3),
    )


def _contract(world, basis, on):
    agreement = Agreement.objects.create(
        code="uslugi-u-ludzi",
        institution=world.institution(CARERS),
        kind=Agreement.Kind.GRANT,
        number=f"CUS.526.3.{on.year}",
        subject=world.texts["agreement"],
        valid_from=on - relativedelta(years=1),
        valid_to=on + relativedelta(months=3),
    )
    contract = Contract(
        agreement=agreement,
        basis=basis,
        unit=Contract.Unit.HOUR,
        units=Decimal(120),
        unit_price=Decimal("38.50"),
        valid_from=agreement.valid_from,
        valid_to=agreement.valid_to,
    )
    return agree_contract(contract, by=world.people["beata"])


def _serve(world, item, contract, place, *, first, on, now):
    case = Case.objects.select_related("resident", "coordinator").get(pk=item.request.case_id)
    first = max(first, timezone.localdate(item.decided_at))
    by, marta = case.coordinator, world.people["marta"]
    provision = give_service(
        case,
        item=item,
        contract=contract,
        worker=marta,
        units=Decimal(20),
        period=Provision.Period.MONTH,
        starts_on=first,
        address=f"{case.resident.address}, {case.resident.locality or ''}".strip(", "),
        task=world.one_of("visits"),
        by=by,
        now=now,
    )
    if contract.basis.fee_kind in BY_PERSON:
        set_fee(provision, valid_from=first, rate=Decimal("5.40"), by=by, now=now)
    days = {"weekdays": [TUESDAY, on.weekday()], "first_day": first, "last_day": on + timedelta(days=7)}
    begins = 8 + 2 * place
    visits = plan_visits(provision, **days, begins=time(begins), ends=time(begins + 1, 30), by=by, now=now)
    for number, visit in enumerate(one for one in visits if one.starts_at < moment(on, time.min)):
        key = UUID(int=world.dice.getrandbits(128))
        if number % 7 == 5:
            mark_not_done(visit, key=key, fault="person", by=by, now=now)
        else:
            mark_done(visit, key=key, by=by, now=now)
