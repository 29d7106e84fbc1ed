"""Races of real processes and threads: the last place, the case sign, the signature, the last hour are given once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connections, transaction

from coordination.actions import plans, referrals
from coordination.actions.incoming import file_incoming, filed_once
from coordination.actions.papers import with_papers_to_us
from coordination.actions.visits import mark_done
from coordination.links import holder_of, new_link
from coordination.models import Contract, IncomingReferral, Plan, PlanVersion, Referral
from cus_portal.accounts.models import Membership
from cus_portal.accounts.roles import Role
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.workflow import TransitionNotAllowed
from residents.actions import (
    accept_offer,
    identify_person,
    lapse_offers,
    offer_place,
    open_case,
    pass_offer,
    qualify_item,
    waitlist_item,
)
from residents.models import Case, GivenPlace, QueueEvent, RequestItem
from services.models import ProgrammeService
from tests import coordination_world, personas
from tests.at_once import at_once, in_threads
from tests.delivery_world import make_contract, make_provision
from tests.delivery_world import plan as plan_visits
from tests.factories import NOW, TODAY, make_request, make_service
from tests.factories import holder_of as holder_of_request

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


both_ways = pytest.mark.parametrize("at_once", [at_once, in_threads])


@both_ways
@pytest.mark.parametrize("act", [qualify_item, offer_place])
def test_case_30_of_those_who_give_the_last_place_at_once_one_succeeds(act, at_once, tomek, kasia):
    row = make_service().programme_services.get()
    ProgrammeService.objects.filter(pk=row.pk).update(capacity=1, capacity_period="year")
    needs = [make_request(needs=[(row.service, "")]).items.get() for _one in range(4)]
    if act is offer_place:
        needs = [waitlist_item(need, by=tomek, now=NOW) for need in needs]
    workers = (tomek, kasia, tomek, kasia)
    give = [partial(act, need, skip_reason="Pilne.", by=by, now=NOW) for need, by in zip(needs, workers, strict=True)]
    answers = at_once(*(lambda one=one: one().status for one in give))
    assert answers == ["ValidationError"] * 3 + ["offered" if act is offer_place else "qualified"]
    assert GivenPlace.objects.held(row, "2026").count() == 1
    assert not QueueEvent.objects.exclude(what__in=["joined", "skipped"]).exclude(item=GivenPlace.objects.get().item)


@both_ways
def test_case_29_of_those_who_answer_an_offer_at_once_one_is_heard(at_once, tomek):
    """The person at the portal and the desk on the phone; and the job that ends what nobody answered."""
    row = make_service().programme_services.get()
    ProgrammeService.objects.filter(pk=row.pk).update(capacity=1, capacity_period="year")
    item = make_request(needs=[(row.service, "")]).items.get()
    offer_place(waitlist_item(item, by=tomek, now=NOW), by=tomek, now=NOW)
    mine, theirs = (RequestItem.objects.select_related("request").get(pk=item.pk) for _twice in range(2))
    answers = at_once(
        lambda: accept_offer(mine, by=holder_of_request(mine.request), now=NOW).status,
        lambda: pass_offer(theirs, by=tomek, now=NOW).status,
    )
    item.refresh_from_db()
    assert answers == ["TransitionNotAllowed", item.status]
    assert GivenPlace.objects.held(row, "2026").count() == (item.status == RequestItem.Status.QUALIFIED)
    heard = QueueEvent.objects.filter(what__in=["accepted", "passed"]).values_list("what", flat=True)
    assert list(heard) == ["accepted" if item.status == RequestItem.Status.QUALIFIED else "passed"]


def test_case_29_the_job_that_ends_offers_lets_whoever_answers_now_finish(tomek):
    """Both would hold a row that the other needs: the job passes over what somebody else holds."""
    item = make_request(needs=[(make_service(), "")]).items.get()
    offer_place(waitlist_item(item, by=tomek, now=NOW), by=tomek, now=NOW)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            RequestItem.objects.select_for_update(no_key=True).get(pk=item.pk)
            job = pool.submit(_ended_at, NOW + timedelta(days=90))
            assert job.result(20) == 0
        assert pool.submit(_ended_at, NOW + timedelta(days=90)).result(20) == 1


def _ended_at(moment):
    try:
        return lapse_offers(now=moment)
    finally:
        connections.close_all()


@pytest.mark.parametrize(("at_once", "filing_class"), [(at_once, ""), (at_once, "4012"), (in_threads, "4012")])
def test_cases_begun_at_once_are_numbered_without_a_gap_though_one_gives_up(at_once, tomek, filing_class):
    """Those of another class are begun among them, and each class has numbers of its own."""
    own, usual = make_service(), make_service("Inna usługa")
    own.programme_services.update(filing_class=filing_class)
    requests = []
    for service in (own, own, own, own, usual):
        request = make_request(needs=[(service, "")])
        qualify_item(request.items.get(), by=tomek, now=NOW)
        request.refresh_from_db()
        requests.append(identify_person(request, resident=None, by=tomek, now=NOW))

    def begin(request):
        return open_case(request, coordinator=tomek, by=tomek, now=NOW).case_sign

    def give_up(request):
        with transaction.atomic():
            begin(request)
            raise LookupError

    answers = at_once(partial(give_up, requests[0]), *(partial(begin, one) for one in requests[1:]))
    unit, class_of_centre = settings.CENTRE["case_sign_unit"], settings.CENTRE["case_filing_class"]
    numbers = {filing_class: (1, 2, 3), class_of_centre: (1,)} if filing_class else {class_of_centre: (1, 2, 3, 4)}
    signs = [f"{unit}.{named}.{number}.2026" for named, given in numbers.items() for number in given]
    assert answers == [*sorted(signs), "LookupError"]
    assert Case.objects.count() == 4


@both_ways
def test_two_who_approve_one_plan_at_once_make_one_version(at_once, tomek, danuta, beata):
    Membership.objects.create(
        user=beata,
        institution=personas.institution(personas.CENTRE),
        role=Role.PLAN_APPROVER,
        valid_from=date(2020, 1, 1),
    )
    plan = coordination_world.make_plan(coordination_world.make_case(tomek), status=Plan.Status.SUBMITTED)
    seen = [Plan.objects.select_related("case", "author").get(pk=plan.pk) for _twice in range(2)]

    def approve(mine, by):
        return plans.approve_plan(mine, by=by, now=NOW).status

    answers = at_once(partial(approve, seen[0], danuta), partial(approve, seen[1], beata))
    assert answers == ["TransitionNotAllowed", "approved"]
    assert [version.number for version in PlanVersion.objects.all()] == [1]
    assert AuditEvent.objects.filter(action="plan.approve").count() == 1


@both_ways
def test_of_an_account_and_a_link_that_answer_at_once_one_is_taken_and_the_other_is_told_who(at_once, tomek, ewa, pcpr):
    referral = coordination_world.make_referral(coordination_world.make_case(tomek), pcpr, opened=True)
    holder = holder_of(new_link(referral, on=TODAY))
    rows = Referral.objects.select_related("case__coordinator", "receiver", "consent", "sender", "service")
    by_account, by_link, late = (rows.get(pk=referral.pk) for _thrice in range(3))

    def accept():
        return referrals.accept_referral(by_account, by=ewa, now=NOW, planned_start_on=TODAY).status

    def reject():
        said = {"reject_reason": "no_place", "closing_note": "Brak miejsc."}
        return referrals.reject_referral(by_link, by=holder, now=NOW, **said).status

    answers = at_once(accept, reject)
    referral.refresh_from_db()
    assert answers == ["TransitionNotAllowed", referral.status]
    taken = AuditEvent.objects.get(action__in=["referral.accept", "referral.reject"])
    assert Message.objects.filter(template="referral_answered").count() == 1
    with pytest.raises(TransitionNotAllowed, match=re.escape(taken.actor_label)):
        referrals.waitlist(late, by=ewa, now=NOW)


def test_of_those_who_write_down_the_last_hours_of_a_contract_at_once_one_gets_them(marta):
    contract = make_contract(units=2)
    visits = [plan_visits(make_provision(contract), weekdays=[3])[0] for _one in range(3)]
    marks = [partial(mark_done, visit, key=uuid4(), by=marta, now=NOW) for visit in visits]
    assert at_once(*(lambda one=one: one().status for one in marks)) == ["ValidationError"] * 2 + ["done"]
    assert Contract.objects.with_use().get().left == 0


def test_a_form_that_arrives_twice_at_once_marks_a_visit_once(marta):
    (visit,), key = plan_visits(make_provision(), weekdays=[3]), uuid4()
    twice = [type(visit).objects.select_related("contract").get(pk=visit.pk) for _twice in range(2)]
    at_once(*(partial(lambda one: mark_done(one, key=key, by=marta, now=NOW).status, one) for one in twice))
    assert AuditEvent.objects.filter(action="servicerecord.done").count() == 1
    assert Contract.objects.with_use().get().used == 2


@both_ways
def test_one_form_that_is_pressed_several_times_at_once_files_one_referral_to_the_centre(at_once, bartek, clinic):
    said = {"sender": clinic, "kind": "service_referral", "last_name": "Żuk", "need": "Zakupy.", "consent_for": "help"}
    file_it = filed_once(with_papers_to_us(file_incoming))
    press = partial(file_it, submit_token=uuid4(), by=bartek, now=NOW, **said)
    answers = at_once(*[lambda: press().number] * 3)
    assert answers == [IncomingReferral.objects.get().number] * 3
