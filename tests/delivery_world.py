"""Contracts, services given to people and visits of the tests, made by the acts that make them."""

from datetime import date, time, timedelta
from decimal import Decimal
from itertools import count
from uuid import uuid4

from coordination.actions.contracts import agree_contract
from coordination.actions.delivery import give_service
from coordination.actions.visits import mark_done, plan_visits, write_visit
from coordination.models import Contract
from services.models import Agreement, ProgrammeService
from tests import personas
from tests.coordination_world import make_case
from tests.factories import NOW, TODAY, at, make_service

_numbers = count(1)
MONDAY = TODAY - timedelta(days=TODAY.weekday())  # 9 November 2026
YEAR = {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31)}


def make_agreement(*, kind="contract", provider=personas.CARERS, **fields):
    number = next(_numbers)
    facts = {"code": f"umowa-{number}", "number": f"CUS.272.{number}.2026", "subject": "usługi opiekuńcze", **YEAR}
    return Agreement.objects.create(institution=personas.institution(provider), kind=kind, **facts | fields)


def make_contract(
    service=None, *, units=100, unit="hour", unit_price="40.00", fee=None, agreement=None, by=None, **fields
):
    """Return a contract of a service; `fee` are the columns of its programme row's fee rule."""
    basis = (service or make_service("Usługi opiekuńcze", public=False)).programme_services.first()
    if fee:
        ProgrammeService.objects.filter(pk=basis.pk).update(**fee)
        basis.refresh_from_db()
    contract = Contract(
        agreement=agreement or make_agreement(),
        basis=basis,
        unit=unit,
        units=Decimal(units),
        unit_price=Decimal(unit_price),
        **YEAR | fields,
    )
    return agree_contract(contract, by=by or personas.person("beata"))


def make_need(case, service):
    """Return a need of the case that has a place in the service."""
    item = case.requests.first().items.create(
        position=next(_numbers) + 10,
        service=service,
        programme_service=service.programme_services.first(),
        due_on=TODAY,
    )
    type(item).objects.filter(pk=item.pk).update(status="qualified", decided_at=at(date(2026, 1, 2)))
    item.refresh_from_db()
    return item


def make_provision(contract=None, *, case=None, units=20, period="month", worker="marta", **fields):
    """Return a service given to somebody by his coordinator."""
    contract = contract or make_contract()
    case = case or make_case(personas.person("tomek"))
    return give_service(
        case,
        contract=contract,
        item=None if "crisis_reason" in fields else make_need(case, contract.basis.service),
        units=Decimal(units),
        period=period,
        worker=personas.person(worker) if worker else None,
        by=case.coordinator,
        now=NOW,
        **{"starts_on": date(2026, 10, 1), "address": "Lipowa 7", "task": "Zakupy, obiad."} | fields,
    )


def plan(provision, *, weekdays=(0, 1, 2, 3, 4), first=MONDAY, last=MONDAY + timedelta(6), begins=8, ends=10, **fields):
    facts = {"weekdays": list(weekdays), "first_day": first, "last_day": last, "by": provision.case.coordinator}
    provision.refresh_from_db()
    return plan_visits(provision, begins=time(begins), ends=time(ends), now=NOW, **facts | fields)


def done(record, *, by=None, now=NOW, key=None, **fields):
    return mark_done(record, key=key or uuid4(), by=by or personas.person("marta"), now=now, **fields)


def visit(provision, day, begins=8, ends=10, *, by=None, now=NOW):
    """Write down a visit that took place, as the office does from a card."""
    provision.refresh_from_db()
    facts = {"key": uuid4(), "by": by or provision.case.coordinator, "now": now}
    return write_visit(provision, day=day, begins=clock(begins), ends=clock(ends), **facts)


def clock(hours):
    """Return 9.5 as 9:30."""
    return time(int(hours), int(hours % 1 * 60))
