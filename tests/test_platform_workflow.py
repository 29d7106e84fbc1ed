"""The single writer of status: rights, states, races, and no trace after a refusal."""

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from cus_portal.workflow import TransitionNotAllowed
from residents.models import ServiceRequest
from residents.workflow import REQUEST
from tests.factories import make_request

S = ServiceRequest.Status


@pytest.fixture
def request_filed(db):
    return make_request()


def test_a_move_writes_state_version_and_one_audit_row(request_filed, ola):
    before = AuditEvent.objects.count()
    REQUEST.move(request_filed, "take_up", by=ola, reason="z kolejki")
    request_filed.refresh_from_db()
    assert (request_filed.status, request_filed.version) == (S.IN_REVIEW, 2)
    event = AuditEvent.objects.first()
    assert AuditEvent.objects.count() == before + 1
    assert (event.action, event.actor, event.role) == ("servicerequest.take_up", ola, "clerk")
    assert (event.from_state, event.to_state, event.reason) == ("submitted", "in_review", "z kolejki")


def test_a_move_without_the_right_leaves_no_trace(request_filed, ewa):
    events, messages = AuditEvent.objects.count(), Message.objects.count()
    with pytest.raises(PermissionDenied):
        REQUEST.move(request_filed, "take_up", by=ewa)
    request_filed.refresh_from_db()
    assert (request_filed.status, request_filed.version) == (S.SUBMITTED, 1)
    assert (AuditEvent.objects.count(), Message.objects.count()) == (events, messages)


def test_a_move_from_another_state_is_refused_and_says_who_was_faster(request_filed, ola, tomek):
    stale = ServiceRequest.objects.get(pk=request_filed.pk)
    REQUEST.move(request_filed, "take_up", by=ola)
    with pytest.raises(TransitionNotAllowed, match="Ola Wrona"):
        REQUEST.move(stale, "take_up", by=tomek)


def test_a_row_changed_since_it_was_read_is_not_moved(request_filed, ola, tomek):
    stale = ServiceRequest.objects.get(pk=request_filed.pk)
    REQUEST.move(request_filed, "take_up", by=ola)
    stale.status = S.IN_REVIEW
    with pytest.raises(TransitionNotAllowed):
        REQUEST.move(stale, "ask", by=tomek)
    request_filed.refresh_from_db()
    assert request_filed.status == S.IN_REVIEW


def test_a_table_moves_only_its_own_model(request_filed, ola):
    with pytest.raises(TypeError):
        REQUEST.move(request_filed.items.first(), "take_up", by=ola)


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_of_two_who_press_at_once_exactly_one_wins():
    from tests import personas

    request = make_request()
    people = [personas.person("ola"), personas.person("tomek")]
    start = threading.Barrier(2)
    results = []

    def press(user):
        mine = ServiceRequest.objects.get(pk=request.pk)
        start.wait()
        try:
            REQUEST.move(mine, "take_up", by=user)
            results.append("won")
        except TransitionNotAllowed as refusal:
            results.append(str(refusal))
        connection.close()

    threads = [threading.Thread(target=press, args=(user,)) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results.count("won") == 1
    told = next(result for result in results if result != "won")
    assert "Ola Wrona" in told or "Tomek Lis" in told
    request.refresh_from_db()
    assert request.version == 2
    assert AuditEvent.objects.filter(action="servicerequest.take_up").count() == 1
