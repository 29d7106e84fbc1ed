"""The queue of a programme row: order, limits, offers, skips, and a log by which each past day can be told again."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, InternalError, transaction

from coordination.columns import TABLES, waiting_cells
from coordination.worklists import WORKLISTS
from cus_portal.notifications.models import Message
from residents.actions import (
    accept_offer,
    answer_question,
    ask_resident,
    ask_still_interested,
    carry_queue,
    change_service,
    close_case,
    confirm_interest,
    lapse_offers,
    offer_place,
    pass_offer,
    propose_refusal,
    qualify_item,
    return_to_queue,
    sign_refusal,
    waitlist_item,
    withdraw_item,
)
from residents.actions.duplicates import join_filing
from residents.models import GivenPlace, QueueEvent, QueuePlace, RequestItem
from residents.models.queue import ORDER
from residents.tracking import public_steps
from services.models import BasisLoad, ProgrammeService
from tests import personas
from tests.factories import (
    NOW,
    TODAY,
    at,
    holder_of,
    make_case,
    make_programme,
    make_request,
    make_resident,
    make_service,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
GROUNDS = {"factual_grounds": "…", "legal_grounds": "…", "appeal_instruction": "…"}


@pytest.fixture
def row():
    return with_row(capacity=1, capacity_period="year")


def with_row(**fields):
    basis = make_service().programme_services.get()
    ProgrammeService.objects.filter(pk=basis.pk).update(**fields)
    basis.refresh_from_db()
    return basis


def asked(row, *, days=0, now=NOW):
    """Return a need of a request received so many days before."""
    return make_request(needs=[(row.service, "")], now=now - days * DAY).items.get()


def waiting(row, *days, by):
    """Return needs that wait, of requests received so many days before."""
    return [waitlist_item(asked(row, days=one), by=by, now=NOW) for one in days]


def queue(row):
    return [place.item for place in QueuePlace.objects.waiting().of_row(row).select_related("item")]


def told_by_log(row, moment):
    return [event.item for event in QueueEvent.objects.queue(row, moment).select_related("item")]


def events(item):
    return list(item.queue_events.values_list("what", flat=True))


# -- the order ------------------------------------------------------------------------------------
def test_domain_1_7_needs_stand_in_the_order_of_requests_however_they_were_put_on_the_list(row, tomek):
    second, third, first = waiting(row, 5, 1, 9, by=tomek)
    assert queue(row) == [first, second, third]


def test_case_29_of_one_day_the_earlier_complete_request_comes_first_then_the_lower_number(row, tomek, ola):
    first, second = asked(row), asked(row)
    ask_resident(first.request, text="Adres?", by=ola, now=NOW)
    answer_question(first.request, answer="Rynek 1", by=holder_of(first.request), now=at(date(2099, 1, 1)))
    third = asked(row)
    for item in (third, first, second):
        item.refresh_from_db()
        waitlist_item(item, by=tomek, now=NOW)
    assert queue(row) == [second, third, first]


def test_case_46_a_paper_that_lay_about_stands_by_the_day_it_was_received(row, tomek, ola):
    entered_first = asked(row)
    paper = make_request(needs=[(row.service, "")], by=ola, channel="paper", received_on=date(2026, 11, 2)).items.get()
    for item in (entered_first, paper):
        waitlist_item(item, by=tomek, now=NOW)
    assert queue(row) == [paper, entered_first]


def test_case_29_nobody_is_passed_over_without_a_reason_and_each_skip_stands_in_the_log(row, tomek):
    first, second = waiting(row, 3, 2, by=tomek)
    late = asked(row)
    for act in (qualify_item, lambda item, **given: offer_place(second, **given)):
        with pytest.raises(ValidationError) as refused:
            act(late, by=tomek, now=NOW)
        assert "skip_reason" in refused.value.message_dict
    assert not GivenPlace.objects.exists()
    qualify_item(late, skip_reason="Interwencja po pożarze.", by=tomek, now=NOW)
    skips = QueueEvent.objects.filter(what="skipped")
    assert [(one.item, one.instead, one.reason, one.actor) for one in skips] == [
        (item, late, "Interwencja po pożarze.", tomek) for item in (first, second)
    ]
    assert queue(row) == told_by_log(row, NOW) == [first, second]


def test_case_29_who_came_earlier_and_has_no_answer_yet_is_not_passed_over_without_a_reason(row, tomek, ola):
    early, owing, late = asked(row, days=9), asked(row, days=8), asked(row)
    ask_resident(owing.request, text="Orzeczenie?", by=ola, now=NOW)
    propose_refusal(refused := asked(row, days=7), **GROUNDS, by=tomek, now=NOW)
    with pytest.raises(ValidationError) as asks:
        qualify_item(late, by=tomek, now=NOW)
    assert "skip_reason" in asks.value.message_dict
    assert not GivenPlace.objects.exists()
    assert not QueueEvent.objects.exists()
    qualify_item(late, skip_reason="Pożar domu.", by=tomek, now=NOW)
    skips = QueueEvent.objects.filter(what="skipped", instead=late, reason="Pożar domu.", waits=False)
    assert [skip.item for skip in skips] == [early, refused]
    assert queue(row) == told_by_log(row, NOW) == []


def test_case_29_where_nothing_runs_out_nobody_is_passed_over(tomek):
    for row in (with_row(), with_row(capacity=1, capacity_period="start", capacity_unit="hour")):
        asked(row, days=9)
        late = asked(row)
        late.request.resident = make_resident()
        qualify_item(late, by=tomek, now=NOW)
    assert not QueueEvent.objects.filter(what="skipped").exists()


def test_case_29_a_preference_counts_only_where_the_programme_gives_it(row, tomek):
    early, other = waiting(row, 9, 8, by=tomek)
    late = asked(row)
    with pytest.raises(ValidationError):
        waitlist_item(late, is_preferred=True, by=tomek, now=NOW)
    ProgrammeService.objects.filter(pk=row.pk).update(preference="Osoby samotne po 80. roku życia (§ 5).")
    late = RequestItem.objects.select_related("programme_service").get(pk=late.pk)
    waitlist_item(late, is_preferred=True, by=tomek, now=NOW)
    assert queue(row) == [late, early, other]
    assert late.queue_events.get().reason == "Osoby samotne po 80. roku życia (§ 5)."


def test_who_owes_an_answer_keeps_his_place_and_holds_up_nobody(row, tomek, ola):
    two_needs = make_request(needs=[(row.service, ""), (None, "dowóz")], now=NOW - 5 * DAY)
    incomplete = two_needs.items.first()
    ask_resident(incomplete.request, text="Orzeczenie?", by=ola, now=NOW)
    second = asked(row)
    for item in (incomplete, second):
        waitlist_item(item, by=tomek, now=NOW)
    assert queue(row) == [incomplete, second]
    offer_place(second, by=tomek, now=NOW)
    assert not QueueEvent.objects.filter(what="skipped").exists()


def test_case_47_a_request_filed_twice_stands_by_the_earlier_day_and_by_the_older_place(row, tomek, ola):
    between = waiting(row, 5, by=tomek)[0]
    twice = waiting(row, 1, by=tomek)[0]
    paper = asked(row, days=9)
    join_filing(paper.request, other=twice.request, by=ola, now=NOW + DAY)
    assert queue(row) == told_by_log(row, NOW + DAY) == [twice, between]
    assert told_by_log(row, NOW) == [between, twice]
    assert events(twice) == ["joined", "earlier"]
    assert twice.queue_events.last().reason.endswith(paper.request.reference)
    two_needs = make_request(needs=[(row.service, ""), (None, "dowóz")], now=NOW - 7 * DAY)
    later, old = asked(row), waitlist_item(two_needs.items.first(), by=tomek, now=NOW)
    join_filing(old.request, other=later.request, by=ola, now=NOW + DAY)
    waitlist_item(later, by=tomek, now=NOW + DAY)
    assert queue(row) == told_by_log(row, NOW + DAY) == [twice, later, between]
    assert events(old) == ["joined", "left"]


def test_case_47_who_went_to_the_end_does_not_come_forward_by_filing_once_more(row, tomek, ola):
    first, second = waiting(row, 5, 4, by=tomek)
    offer_place(first, by=tomek, now=NOW)
    pass_offer(first, by=holder_of(first.request), now=NOW)
    join_filing(asked(row, days=9).request, other=first.request, by=ola, now=NOW)
    assert queue(row) == [second, first]


def test_case_66_who_waits_for_the_wrong_service_goes_into_the_right_queue_by_the_day_of_the_request(row, tomek):
    meant = with_row(preference="Samotni.")
    before, after = waiting(meant, 9, 1, by=tomek)
    item, stays = waiting(row, 5, 3, by=tomek)
    QueuePlace.objects.filter(item=item).update(moved_at=NOW)
    with pytest.raises(ValidationError):
        change_service(item, service=row.service, reason="x", by=tomek, now=NOW)
    change_service(item, service=meant.service, reason="Chodziło o asystenta.", by=tomek, now=NOW + DAY)
    assert (queue(row), queue(meant)) == ([stays], [before, item, after])
    assert (told_by_log(row, NOW), told_by_log(meant, NOW)) == ([item, stays], [before, after])
    assert told_by_log(meant, NOW + DAY) == queue(meant)
    assert events(item) == ["joined", "left", "joined"]
    assert list(item.queue_events.values_list("basis", flat=True)) == [row.pk, row.pk, meant.pk]
    assert item.own_words == row.service.plain_name
    assert {load.basis_id: load.waiting for load in BasisLoad.objects.all()} == {row.pk: 1, meant.pk: 3}
    assert Message.objects.filter(template="request_news").count() == 1


# -- the limit ------------------------------------------------------------------------------------
def test_case_30_a_full_row_gives_no_place_and_writes_nothing(row, tomek):
    qualify_item(asked(row), by=tomek, now=NOW)
    item = asked(row)
    with pytest.raises(ValidationError):
        qualify_item(item, by=tomek, now=NOW)
    item.refresh_from_db()
    assert (item.status, events(item)) == ("submitted", [])


@pytest.mark.parametrize(
    ("period", "is_free"), [("month", True), ("year", False), ("edition", False), ("at_once", False)]
)
def test_case_31_places_are_counted_in_their_month_year_or_edition(tomek, period, is_free):
    row = with_row(capacity=1, capacity_period=period)
    qualify_item(asked(row), by=tomek, now=NOW)
    item, next_month = asked(row), at(date(2026, 12, 1))
    if is_free:
        qualify_item(item, by=tomek, now=next_month)
    else:
        with pytest.raises(ValidationError):
            qualify_item(item, by=tomek, now=next_month)
    assert GivenPlace.objects.count() == 1 + is_free


def test_a_place_counted_at_once_is_free_when_the_case_is_closed(tomek):
    row = with_row(capacity=1, capacity_period="at_once")
    case = make_case(coordinator=tomek, request=make_request(needs=[(row.service, "")]))
    item = asked(row)
    with pytest.raises(ValidationError):
        qualify_item(item, by=tomek, now=NOW)
    close_case(case, reason="goal_reached", summary="Udało się.", by=tomek, now=NOW)
    qualify_item(item, by=tomek, now=NOW)
    assert item.status == "qualified"


def test_case_31_hours_are_given_in_halves_up_to_the_limit_of_the_year(tomek):
    row = with_row(capacity=240, capacity_period="year", capacity_unit="hour")
    qualify_item(asked(row), units=Decimal("200.5"), by=tomek, now=NOW)
    item = asked(row)
    with pytest.raises(ValidationError):
        qualify_item(item, units=Decimal(40), by=tomek, now=NOW)
    qualify_item(item, units=Decimal("39.5"), by=tomek, now=NOW)
    assert BasisLoad.objects.get(basis=row).taken == 240
    with pytest.raises(IntegrityError, match="a_place_is_counted_in_halves"), transaction.atomic():
        GivenPlace.objects.filter(item=item).update(units=Decimal("39.3"))


def test_case_31_hours_of_a_person_are_counted_from_the_persons_own_start(tomek):
    row = with_row(capacity=20, capacity_period="start", capacity_unit="hour")
    krystyna, jan = make_resident(), make_resident("Jan")

    def of(person):
        item = asked(row)
        item.request.resident = person
        item.request.save(update_fields=["resident"])
        return item

    def give(person, hours, day):
        qualify_item(of(person), units=Decimal(hours), by=tomek, now=at(day))

    with pytest.raises(ValidationError, match="kim jest"):
        qualify_item(asked(row), by=tomek, now=NOW)
    give(krystyna, "12.5", date(2026, 3, 15))
    give(jan, 20, date(2026, 11, 1))
    give(krystyna, "7.5", date(2027, 3, 14))
    with pytest.raises(ValidationError, match="miejsca"):
        give(krystyna, "0.5", date(2027, 3, 14))
    give(krystyna, 20, date(2027, 3, 15))
    with pytest.raises(IntegrityError, match="no place is free"), transaction.atomic():
        GivenPlace.objects.create(item=of(krystyna), basis=row, period="2027-03-15", units=1, given_at=NOW)
    mine = GivenPlace.objects.filter(item__request__resident=krystyna)
    assert list(mine.values_list("period", flat=True).order_by("given_at")) == ["2026-03-15"] * 2 + ["2027-03-15"]
    assert BasisLoad.objects.get(basis=row).taken == 0


def test_case_31_of_many_hours_one_person_is_given_no_more_than_the_programme_gives_one(tomek):
    each = {"person_units": 20, "person_period": "year", "person_unit": "hour"}
    row = with_row(capacity=100, capacity_period="month", capacity_unit="hour", **each)
    krystyna, jan = make_resident(), make_resident("Jan")

    def give(person, hours, day):
        item = asked(row)
        item.request.resident = person
        item.request.save(update_fields=["resident"])
        return qualify_item(item, units=Decimal(hours), by=tomek, now=at(day))

    give(krystyna, "12.5", date(2026, 10, 30))
    taken = give(krystyna, "7.5", date(2026, 11, 2))
    give(jan, 20, date(2026, 11, 2))
    give(krystyna, 20, date(2027, 1, 2))
    with pytest.raises(IntegrityError, match="one person has no more"), transaction.atomic():
        GivenPlace.objects.filter(item=taken).update(units=8)
    with pytest.raises(ValidationError, match="najwyżej 20 godzin w roku"):
        give(krystyna, "0.5", date(2027, 3, 1))
    with pytest.raises(ValidationError, match="kim jest"):
        qualify_item(asked(row), skip_reason="pilne", by=tomek, now=NOW)


def test_the_database_itself_holds_the_limit(row, tomek):
    qualify_item(asked(row), by=tomek, now=NOW)
    item = asked(row)
    with pytest.raises(IntegrityError, match="no place is free"), transaction.atomic():
        GivenPlace.objects.create(item=item, basis=row, period="2026", given_at=NOW)


def test_case_26_who_has_a_place_keeps_it_when_the_limit_is_cut(tomek):
    row = with_row(capacity=2, capacity_period="year")
    for item in (asked(row), asked(row)):
        qualify_item(item, by=tomek, now=NOW)
    ProgrammeService.objects.filter(pk=row.pk).update(capacity=1)
    assert GivenPlace.objects.held(row, "2026").count() == 2
    with pytest.raises(ValidationError):
        qualify_item(asked(row), by=tomek, now=NOW)


# -- an offer -------------------------------------------------------------------------------------
def test_an_offer_holds_the_place_until_the_person_takes_it(row, tomek):
    first, second = waiting(row, 3, 2, by=tomek)
    offer_place(first, by=tomek, now=NOW)
    assert QueuePlace.objects.get(item=first).offered_until == date(2026, 11, 19)
    with pytest.raises(ValidationError):
        offer_place(second, by=tomek, now=NOW)
    accept_offer(first, by=holder_of(first.request), now=NOW + DAY)
    assert (first.status, events(first)) == ("qualified", ["joined", "offered", "accepted"])
    message = Message.objects.get(template="place_offered")
    assert message.context == {"number": first.request.reference, "day": "19 listopada 2026"}


@pytest.mark.parametrize(("rule", "order"), [("end", [1, 0]), ("keep", [0, 1])])
def test_case_29_an_offer_without_an_answer_goes_on_by_the_rule_of_the_programme(tomek, rule, order):
    row = with_row(capacity=1, capacity_period="year", unanswered=rule, offer_days=3)
    needs = waiting(row, 3, 2, by=tomek)
    offer_place(needs[0], by=tomek, now=NOW)
    assert lapse_offers(now=NOW + 3 * DAY) == 0
    assert [lapse_offers(now=NOW + 4 * DAY) for _twice in range(2)] == [1, 0]
    assert queue(row) == [needs[place] for place in order]
    assert events(needs[0]) == ["joined", "offered", "lapsed"]
    needs[0].refresh_from_db()
    offer_place(needs[order[0]], by=tomek, now=NOW + 4 * DAY)


def test_who_says_not_now_waits_on_and_the_next_is_asked(row, tomek):
    first, second = waiting(row, 3, 2, by=tomek)
    offer_place(first, by=tomek, now=NOW)
    pass_offer(first, by=holder_of(first.request), now=NOW)
    assert queue(row) == [second, first]
    offer_place(second, by=tomek, now=NOW)


def test_nobody_answers_an_offer_for_another(row, tomek):
    first, second = waiting(row, 3, 2, by=tomek)
    offer_place(first, by=tomek, now=NOW)
    with pytest.raises(PermissionDenied):
        accept_offer(first, by=holder_of(second.request), now=NOW)
    with pytest.raises(PermissionDenied):
        offer_place(second, by=personas.person("ola"), now=NOW)


# -- waiting on -----------------------------------------------------------------------------------
def test_every_thirty_days_who_waits_is_asked_once_whether_he_still_wants_it(row, tomek):
    (item,) = waiting(row, 3, by=tomek)
    days = [29, 30, 30, 59, 61]
    assert [ask_still_interested(now=NOW + day * DAY) for day in days] == [0, 1, 0, 0, 1]
    assert Message.objects.filter(template="still_interested").count() == 2
    confirm_interest(item, by=holder_of(item.request), now=NOW + 61 * DAY)
    assert QueuePlace.objects.get(item=item).confirmed_on == date(2027, 1, 12)
    assert queue(row) == [item]


def test_who_gets_no_mail_is_on_the_list_of_those_to_ask_by_phone(row, tomek, ola):
    mailed, silent, discreet, filed = (asked(row, days=9) for _one in range(4))
    for item, facts in ((mailed, {}), (discreet, {}), (filed, {"basis": "institution"})):
        item.request.parties.update(email="krystyna@demo.example", **facts)
    type(discreet.request).objects.filter(pk=discreet.request_id).update(safe_contact=True)
    for item in (mailed, silent, discreet, filed):
        waitlist_item(item, by=tomek, now=NOW)
    listed = [set(WORKLISTS["to-ask-by-phone"].rows(tomek, TODAY + day * DAY)) for day in (20, 21)]
    assert listed == [set(), {silent, discreet, filed}]
    silent.refresh_from_db()
    confirm_interest(silent, by=ola, now=NOW + 22 * DAY)
    listed = [set(WORKLISTS["to-ask-by-phone"].rows(tomek, TODAY + day * DAY)) for day in (22, 51, 52)]
    assert listed == [{discreet, filed}, {discreet, filed}, {silent, discreet, filed}]


def test_case_28_nobody_is_asked_between_two_editions_and_the_page_says_what_it_is(row, tomek):
    needs = waiting(row, 3, 2, by=tomek)
    type(row.programme).objects.filter(pk=row.programme_id).update(valid_to=date(2026, 11, 30))
    request = needs[1].request
    shown = [public_steps(request, day).needs[0] for day in (date(2026, 11, 30), date(2027, 1, 20))]
    assert [need.word for need in shown] == ["w kolejce: miejsce 2", "przerwa między edycjami: miejsce 2"]
    assert "Zachowujesz swoje miejsce" in shown[1].next_step
    assert shown[1].question == ""
    assert ask_still_interested(now=at(date(2027, 1, 20))) == 0
    type(row.programme).objects.filter(pk=row.programme_id).update(valid_to=None)
    assert public_steps(request, date(2027, 1, 20)).needs[0].question == "still"
    assert ask_still_interested(now=at(date(2027, 1, 20))) == 2


def test_case_33_an_upheld_appeal_leads_back_to_the_old_place(row, tomek, danuta):
    before, refused, after = asked(row, days=9), asked(row, days=8), asked(row, days=7)
    propose_refusal(refused, **GROUNDS, by=tomek, now=NOW)
    sign_refusal(refused, by=danuta, now=NOW)
    for item in (before, after):
        waitlist_item(item, by=tomek, now=NOW)
    with pytest.raises(ValidationError):
        return_to_queue(refused, reason=" ", by=tomek, now=NOW)
    return_to_queue(refused, reason="SKO.41.7.2026", by=tomek, now=NOW + 40 * DAY)
    assert queue(row) == [before, refused, after]
    assert events(refused) == ["returned"]


def test_case_25_and_28_a_break_between_editions_takes_no_place_and_the_queue_goes_on_in_order(tomek, beata):
    row = with_row(valid_to=date(2026, 11, 30))
    needs = waiting(row, 3, 2, by=tomek)
    pass_over = at(date(2026, 12, 5))
    with pytest.raises(ValidationError, match="nie obowiązuje"):
        offer_place(needs[0], by=tomek, now=pass_over)
    assert queue(row) == needs
    edition = ProgrammeService.objects.create(
        service=row.service,
        programme=make_programme(code="edition-2027"),
        valid_from=date(2027, 1, 1),
        regime="programme",
        fee_kind="free",
    )
    assert carry_queue(row, into=edition, reason="Edycja 2027", by=beata, now=at(date(2027, 1, 2))) == 2
    assert (queue(row), queue(edition)) == ([], needs)
    for need in TABLES["queue"].joined(WORKLISTS["queues"].rows(tomek, date(2027, 1, 2))):
        assert waiting_cells(need, TODAY)[1].url.endswith(f"/queues/{edition.pk}/")
    told = Message.objects.filter(template="request_news", dedupe_key__startswith="carried:")
    assert {message.context["number"] for message in told} == {item.request.reference for item in needs}
    assert told_by_log(row, pass_over) == told_by_log(edition, at(date(2027, 1, 3))) == needs
    offer_place(needs[0], by=tomek, now=at(date(2027, 1, 3)))
    with pytest.raises(PermissionDenied):
        carry_queue(edition, into=row, reason="x", by=tomek, now=NOW)
    with pytest.raises(ValidationError):
        carry_queue(edition, into=with_row(), reason="x", by=beata, now=NOW)


# -- the log --------------------------------------------------------------------------------------
def test_the_queue_of_any_past_day_is_told_by_the_log_alone(row, tomek):
    first, second = waiting(row, 3, 2, by=tomek)
    offer_place(first, by=tomek, now=NOW + DAY)
    withdraw_item(second, by=holder_of(second.request), now=NOW + 2 * DAY)
    lapse_offers(now=NOW + 20 * DAY)
    told = [told_by_log(row, NOW + day * DAY) for day in (-1, 0, 1, 2, 20)]
    assert told == [[], [first, second], [second], [], [first]]
    assert queue(row) == told[-1]


@pytest.mark.parametrize("change", [{"reason": "inny"}, {"at": NOW - DAY}])
def test_nobody_rewrites_the_log(row, tomek, change):
    waiting(row, 3, by=tomek)
    with pytest.raises(InternalError), transaction.atomic():
        QueueEvent.objects.update(**change)
    with pytest.raises(InternalError), transaction.atomic():
        QueueEvent.objects.all().delete()
    event = QueueEvent.objects.get()
    event.pk, event.what = None, "skipped"
    with pytest.raises(IntegrityError, match="a_skip_has_its_reason"), transaction.atomic():
        event.save()


def test_what_sorts_in_python_sorts_alike_in_the_database(row, tomek):
    ProgrammeService.objects.filter(pk=row.pk).update(preference="Samotni.", capacity=9)
    needs = waiting(row, 3, 2, 1, 1, by=tomek)
    for minutes, item in enumerate(needs[:2]):
        offer_place(item, by=tomek, now=NOW)
        pass_offer(item, by=tomek, now=NOW + timedelta(minutes=minutes))
    QueuePlace.objects.filter(item=needs[3]).update(is_preferred=True)
    places = list(QueuePlace.objects.order_by(*ORDER))
    for place in places:
        ahead = QueuePlace.objects.before(place)
        assert {one.item_id for one in ahead} == {one.item_id for one in places[: places.index(place)]}
