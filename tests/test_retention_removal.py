"""What is taken out is gone everywhere, and every figure stays as it was."""

import os
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pgtrigger
import psycopg2
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import DatabaseError, connection, models, transaction

from coordination.actions import referrals
from coordination.actions.incoming_course import complete_incoming, hold_incoming
from coordination.actions.retention import place_hold, record_archive_consent, sign_list, take_off_line
from coordination.models import (
    DestructionList,
    IncomingReferral,
    Plan,
    PlanNote,
    PlanVersion,
    Provision,
    Referral,
    ReferralClosing,
    ReferralLink,
    ReferralNote,
    Settlement,
)
from coordination.removal import GONE
from coordination.reports import REPORTS, Period
from coordination.retention import anonymise_expired, draw_up_list
from cus_portal.accounts.actors import PublicActor
from cus_portal.audit.log import record, record_read
from cus_portal.audit.models import AuditEvent
from cus_portal.files import private_storage
from cus_portal.management.commands.setup_database import grant_rights
from cus_portal.notifications.models import Message
from cus_portal.notifications.outbox import notify
from residents.actions import declare_conflict, report_need
from residents.models import (
    Attachment,
    Case,
    ConflictOfInterest,
    Letter,
    NameWord,
    NeedReport,
    QueueEvent,
    RequestItem,
    RequestMessage,
    RequestParty,
    RequestQuestion,
    Resident,
    ServiceRequest,
    UnmetNeed,
)
from services.models import ProgrammeService
from tests import personas
from tests.coordination_world import make_case, make_incoming, make_plan, make_referral
from tests.delivery_world import make_provision, visit
from tests.factories import NOW, TODAY, at, make_locality
from tests.retention_world import carry_out, closed_case, make_hold, make_rule, signed_list

DUE = date(2032, 1, 2)
SECRET = "Zzyzx"  # stands in every word written about the person
PESEL = "48030500029"
NO_WORDS = {"number", "sender_name", "action", "reference", "access_code", "language", "pesel", "pesel_index"}


def files_of(case):
    """Return where the files of the case's requests lie."""
    names = Attachment.objects.filter(request__case=case).values_list("file", flat=True)
    return [Path(private_storage().path(name)) for name in names]


@pytest.fixture
def rules(db):
    for kind in ("case", "request", "report", "data_request", "person"):
        make_rule(kind, years=5)


def full_case(coordinator, *, secret=SECRET):
    """Return a closed case with something written in every place where people write."""
    case = make_case(coordinator)
    request, person = case.requests.get(), case.resident
    Resident.objects.filter(pk=person.pk).update(
        last_name=secret, address=f"{secret} 7", email=f"{secret}@demo.example"
    )
    RequestParty.objects.filter(request=request).update(
        last_name=secret, own_voice=secret, relation=secret, locality=make_locality(), answers={secret: True}
    )
    ServiceRequest.objects.filter(pk=request.pk).update(situation=secret, contact_note=secret)
    RequestItem.objects.filter(request=request).update(
        own_words=secret, answer=secret, decision_number=secret, decision_on=TODAY
    )
    RequestQuestion.objects.create(request=request, text=secret, asked_at=NOW, asked_by=coordinator, answer=secret)
    RequestMessage.objects.create(
        request=request, submit_token=uuid4(), status="sent", text=secret, written_at=NOW, written_by=coordinator
    )
    Letter.objects.create(
        request=request, kind="notice", recipient=secret, address=secret, subject=secret, body=secret,
        drafted_by=coordinator,
    )  # fmt: skip
    facts = {"name": secret, "content_type": "application/pdf", "size": 1, "sha256": "x"}
    Attachment.objects.create(request=request, file=ContentFile(b"x", "x.pdf"), **facts)
    person.addresses.create(kind="lives", address=secret)
    person.contacts.create(kind="email", value=secret)
    person.certificates.create(kind="severe", valid_to=TODAY, end_reason=secret)
    person.identifiers.create(kind="passport", number=secret, number_index=secret)
    person.representations.create(name=secret, basis="parent", phone=secret)
    UnmetNeed.objects.create(case=case, locality=make_locality(), reason="no_partner", opened_on=TODAY)
    record("case.note", case, by=coordinator, reason=secret)
    record_read(case, by=coordinator, screen="admin")
    plan = make_plan(case, status=Plan.Status.COMPLETED)
    plan.items.update(goal=secret, scope=secret, fee=secret, fee_kind="exempt")
    Plan.objects.filter(pk=plan.pk).update(person_duties=secret, centre_duties=secret, monitoring=secret)
    PlanNote.objects.create(plan=plan, on=TODAY, kind="visit", text=secret, author=coordinator, written_at=NOW)
    QueueEvent.objects.create(
        item=request.items.get(), basis=ProgrammeService.objects.first(), what="left", waits=False, reason=secret,
        received_on=TODAY, complete_at=NOW, at=NOW,
    )  # fmt: skip
    referral = make_referral(case, personas.institution(personas.PCPR), status="completed", need=secret)
    referrals.acknowledge_outcome(
        referral, by=coordinator, now=NOW, acknowledgement=secret, person_told=False, person_not_told_reason=secret
    )
    Referral.objects.filter(pk=referral.pk).update(
        person_said="disputed", person_said_at=NOW, person_words=secret, closing_note=secret
    )
    closed = {"closed_at": NOW, "closed_by": coordinator, "person_told": False}
    ReferralClosing.objects.create(referral=referral, acknowledgement=secret, person_not_told_reason=secret, **closed)
    referral.attachments.set(request.attachments.all())
    referral.returned.set(request.attachments.all())
    ReferralLink.objects.update_or_create(referral=referral, defaults={"address": "x@demo.example", "last_day": TODAY})
    ReferralNote.objects.create(referral=referral, kind="news", text=secret, author=coordinator)
    give_something(case, secret)
    came = make_incoming(personas.institution(personas.PCPR), status="in_progress")
    hold_incoming(came, cause="person", reason=secret, review_on=TODAY + timedelta(days=7), by=coordinator, now=NOW)
    complete_incoming(came, outcome="met", outcome_on=TODAY, text=secret, by=coordinator, now=NOW)
    came.notes.create(kind="news", text=secret, author=coordinator, created_at=NOW)
    IncomingReferral.objects.filter(pk=came.pk).update(request=request, person_said="disputed", person_said_at=NOW)
    notify(request, "request_received", dedupe_key=f"x:{request.pk}", about=request, number=request.reference)
    RequestItem.objects.filter(request=request).update(status="qualified", decided_at=NOW)
    ServiceRequest.objects.filter(pk=request.pk).update(status="settled")
    Case.objects.filter(pk=case.pk).update(
        status="closed", closed_on=TODAY, close_reason="other", closing_summary=secret, plan_approved_on=TODAY
    )
    for rows in (
        case.plans.all(),
        plan.items.all(),
        case.requests.all(),
        request.items.all(),
        request.parties.all(),
    ):
        write_everywhere(rows, secret)
    with pgtrigger.ignore("coordination.IncomingReferral:what_came_stays"):  # as it was written when it came
        write_everywhere(IncomingReferral.objects.filter(pk=came.pk), secret)
        IncomingReferral.objects.filter(pk=came.pk).update(birth_date=TODAY)
    case.refresh_from_db()
    return case


def give_something(case, secret):
    """Let a service be given in the case, with words wherever people write of it, in its settled month too."""
    given = make_provision(case=case, crisis_reason=secret, address=secret, task=secret)
    visit(given, date(2026, 10, 5))
    given.records.update(reason=secret, objection=secret, objection_answer=secret)
    told = {"confirmation": "other", "confirmed_by": secret, "surplus_units": 1, "surplus_reason": secret}
    given.records.filter(status="done").update(**told)
    said = {"recorded_by": case.coordinator, "recorded_at": NOW}
    given.suspensions.create(kind="hospital", first_day=TODAY, note=secret, **said)
    given.fee_assessments.create(valid_from=TODAY, relief_percent=5, relief_reason=secret, income=999, **said)
    month = Settlement.objects.create(
        contract=given.contract, month=date(2026, 10, 1), closed_by=case.coordinator, closed_at=NOW
    )
    line = {"settlement": month, "units": 2, "amount": 80, "fee": 0, "written_by": case.coordinator, "written_at": NOW}
    first = given.lines.create(**line)
    given.lines.create(**line, corrects=first, reason=secret)
    Provision.objects.filter(pk=given.pk).update(status="ended", ends_on=TODAY, end_reason="other")


def write_everywhere(rows, secret):
    """Write into every column that takes free words: one added tomorrow must be taken out, too."""
    for field in rows.model._meta.concrete_fields:
        free = isinstance(field, models.CharField | models.TextField) and not (field.choices or field.generated)
        if free and field.name not in NO_WORDS:
            rows.update(**{field.name: secret[: field.max_length or 99]})


def places_that_hold(word):
    """Return every table of the database in which the word stands anywhere."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" AS row WHERE row::text ILIKE %s', [f"%{word}%"])  # noqa: S608
            if rows := cursor.fetchone()[0]:
                found[table] = rows
    return found


def figures(on=TODAY):
    return [report.table(Period.of(TODAY), on) for report in REPORTS.values()]


@pytest.mark.shows_pesel
def test_what_is_taken_out_is_gone_everywhere_and_every_figure_stays(rules, tomek):
    case = full_case(tomek)
    held_before = places_that_hold(SECRET)
    before, on_disk = figures(), files_of(case)
    assert len(held_before) > 20, "the test writes too little to prove anything"
    assert [path.is_file() for path in on_disk] == [True]

    made = signed_list(DUE)
    assert {line.kind for line in made.lines.all()} == {"case", "person"}
    assert places_that_hold(SECRET) == held_before, "nothing goes before the list is carried out"
    carry_out(made)

    assert places_that_hold(SECRET) == {}
    assert places_that_hold("Krystyn") == {}
    assert places_that_hold("krystyna@demo") == {}
    assert places_that_hold(PESEL) == {}
    assert [path.is_file() for path in on_disk] == [False]
    assert figures() == before
    assert Resident.objects.get().get_full_name() == ""
    assert not Message.objects.filter(recipient_type="residents.servicerequest").exists()
    made.refresh_from_db()
    assert made.status == "done"
    assert not made.lines.filter(done_at=None).exists()


def test_the_audit_keeps_that_somebody_acted_and_loses_what_was_written(rules, tomek):
    case = full_case(tomek)
    acts = AuditEvent.objects.about(case).changes().count()
    carry_out(signed_list(DUE))
    assert AuditEvent.objects.about(case).changes().count() == acts
    assert not AuditEvent.objects.about(case).exclude(reason="").exists()


def test_words_of_names_that_others_bear_stay(rules, tomek):
    full_case(tomek)
    Resident.objects.create(first_name="Anna", last_name=SECRET)
    Resident.objects.create(first_name="Ewa", last_name="Nowak")
    Resident.objects.filter(first_name__in=["Anna", "Ewa"]).update(created_at=at(DUE))
    carry_out(signed_list(DUE))
    assert {SECRET.lower(), "nowak"} <= set(NameWord.objects.values_list("word", flat=True))
    assert not NameWord.objects.filter(word="wilga").exists()


@pytest.mark.parametrize("kind", ["case", "request"])
def test_a_person_with_another_living_case_keeps_what_that_needs(rules, tomek, kind):
    case, living = full_case(tomek), full_case(tomek, secret="Żywa")
    Case.objects.filter(pk=living.pk).update(
        resident=case.resident_id, status="open", closed_on=None, close_reason="", closing_summary=""
    )
    if kind == "request":
        ServiceRequest.objects.filter(case=living).update(case=None, resident=case.resident_id, status="in_review")
    carry_out(signed_list(DUE))
    person = Resident.objects.get(pk=case.resident_id)
    assert person.last_name == SECRET
    assert person.addresses.exists()
    assert RequestParty.objects.get(request__case=case).last_name == ""
    assert living.plans.get().goals == "Żywa"
    assert PlanVersion.objects.filter(plan__case=living).exists()


def test_a_case_opened_after_the_signature_keeps_the_person(rules, tomek):
    case = full_case(tomek)
    made = signed_list(DUE)
    Case.objects.filter(pk=make_case(tomek).pk).update(resident=case.resident_id)
    carry_out(made)
    line = made.lines.get(kind="person")
    assert (line.done_at, line.taken_off_reason) == (None, "osoba jest nadal potrzebna w innej sprawie")
    assert Resident.objects.get(pk=case.resident_id).last_name == SECRET


def test_a_hold_placed_after_the_signature_still_holds(rules, tomek):
    case = full_case(tomek)
    made = signed_list(DUE)
    make_hold(case)
    carry_out(made)
    assert made.lines.get(kind="case").done_at is None
    assert Case.objects.get(pk=case.pk).closing_summary == SECRET


def test_reports_of_needs_and_requests_about_data_go_too(rules, tomek):
    report = report_need(what_seen=SECRET, concerns=SECRET, reporter=SECRET, token=uuid4(), by=PublicActor(), now=NOW)
    NeedReport.objects.filter(pk=report.pk).update(status="closed", close_reason="known", note=SECRET, created_at=NOW)
    case = closed_case(tomek)
    case.resident.data_requests.create(
        number="RD-1", kind="objection", said=SECRET, received_on=TODAY, due_on=TODAY, status="refused",
        answer=SECRET, answered_at=NOW,
    )  # fmt: skip
    declare_conflict(case.resident, relation="close", by=personas.person("ola"), now=NOW)
    carry_out(signed_list(DUE))
    assert places_that_hold(SECRET) == {}
    assert not ConflictOfInterest.objects.exists()
    assert NeedReport.objects.get().what_seen == GONE


def test_old_reads_go_a_year_at_a_time_and_acts_stay(db, tomek):
    make_rule("log", years=2, category="Bc", needs_consent=False)
    case = make_case(tomek)
    for year in (2022, 2023):
        AuditEvent.objects.create(
            action="read", object_type="residents.case", object_id=case.pk, actor_label="x", at=at(date(year, 5, 5))
        )
    record_read(case, by=tomek, screen="admin")
    acts = AuditEvent.objects.changes().count()
    made = signed_list(date(2026, 1, 2), archive=False)
    assert [line.number for line in made.lines.all()] == ["2022", "2023"]
    carry_out(made)
    assert AuditEvent.objects.filter(action="read").count() == 1
    assert AuditEvent.objects.changes().count() >= acts


# -- the door -----------------------------------------------------------------------------------------------
def knock(line):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT coordination_take_out(%s)", [line.pk])


@pytest.mark.database
def test_the_door_opens_for_no_list_that_is_not_signed(rules, tomek):
    full_case(tomek)
    made = draw_up_list(on=DUE)
    with pytest.raises(DatabaseError, match="No signed destruction list"):
        knock(made.lines.first())
    DestructionList.objects.filter(pk=made.pk).update(status="signed", signed_at=NOW, signed_by=tomek)
    with pytest.raises(DatabaseError, match="No signed destruction list"):
        knock(made.lines.first())  # signed on paper only: the evidence holds no signature
    assert PlanVersion.objects.exists()


@pytest.mark.database
def test_a_signed_list_takes_no_further_line_and_no_other_record(rules, tomek):
    full_case(tomek)
    made = signed_list(DUE)
    line = made.lines.get(kind="case")
    with pytest.raises(DatabaseError, match="fixed"), transaction.atomic():
        made.lines.filter(pk=line.pk).update(object_id=999)
    line.pk, line.object_id = None, 999
    with pytest.raises(DatabaseError, match="fixed"), transaction.atomic():
        line.save()


@pytest.mark.database
def test_outside_the_door_the_evidence_stays_shut(rules, tomek):
    full_case(tomek)
    carry_out(signed_list(DUE))
    for sql in ("UPDATE audit_auditevent SET reason = ''", "DELETE FROM audit_auditevent"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    with pytest.raises(DatabaseError), transaction.atomic():
        Referral.objects.update(need="x")


@pytest.mark.database
def test_the_applications_own_role_goes_through_the_door_and_no_other_way(rules, tomek):
    case = full_case(tomek)
    made = signed_list(DUE)
    with connection.cursor() as cursor:
        grant_rights("portal_app")
        cursor.execute("SET ROLE portal_app")
        try:
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute("DELETE FROM residents_caseevent")
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute("SET pgtrigger.ignore = '{pgtrigger_append_only_00dfa}'; DELETE FROM audit_auditevent")
            carry_out(made)
        finally:
            cursor.execute("RESET ROLE")
    assert Case.objects.get(pk=case.pk).closing_summary == ""
    assert places_that_hold(SECRET) == {}


# -- killed in the middle -----------------------------------------------------------------------------------
RUN = """
import django; django.setup()
from datetime import datetime, timezone
from coordination.retention import anonymise_expired
now = datetime(2032, 3, 1, 12, tzinfo=timezone.utc)
anonymise_expired(on=now.date(), now=now)
"""


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_nothing_is_half_and_the_next_run_goes_on(tomek):
    for kind in ("case", "person"):
        make_rule(kind, years=5)
    first, second = full_case(tomek), full_case(tomek)
    on_disk = [*files_of(first), *files_of(second)]
    made = signed_list(DUE)
    url = {name: connection.settings_dict[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    other = psycopg2.connect(**{**connection.get_connection_params(), "cursor_factory": None})
    other.cursor().execute("SELECT 1 FROM coordination_referral WHERE case_id = %s FOR UPDATE", [second.pk])
    child = run_beside(url)
    try:
        waits_for_a_lock(child)
        os.kill(child.pid, signal.SIGKILL)
        child.wait(timeout=10)
    finally:
        child.kill()
        other.close()
    is_alone()

    assert made.lines.get(object_id=first.pk, kind="case").done_at
    assert Case.objects.get(pk=first.pk).closing_summary == ""
    assert made.lines.get(object_id=second.pk, kind="case").done_at is None
    whole = Case.objects.get(pk=second.pk)
    assert (whole.closing_summary, whole.requests.get().situation) == (SECRET, SECRET)
    assert Attachment.objects.filter(request__case=second).exists()

    carry_out(made)
    assert places_that_hold(SECRET) == {}
    assert [path.is_file() for path in on_disk] == [False, False]
    assert DestructionList.objects.get().status == "done"


def run_beside(url):
    """Start a process that carries the list out on this test's database and files."""
    code = (
        "from django.conf import settings\n"
        f"settings.DATABASES['default'].update({url!r})\n"
        f"settings.STORAGES['private']['OPTIONS']['location'] = {private_storage().location!r}\n" + RUN
    )
    return subprocess.Popen([sys.executable, "-c", code], cwd=settings.BASE_DIR, env=dict(os.environ))


def waits_for_a_lock(child):
    """Wait until the process stands before the row that we hold."""
    for _tenth in range(300):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        assert child.poll() is None, "the process ended before it came to the row"
        time.sleep(0.1)
    raise AssertionError("the process never came to the row")


def is_alone():
    """Wait until the database has noticed the death: until then the killed transaction holds its locks."""
    for _tenth in range(300):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND xact_start IS NOT NULL AND backend_type = 'client backend'"
            )
            if not cursor.fetchone()[0]:
                return
        time.sleep(0.1)
    raise AssertionError("the killed transaction never ended")


# -- the list -----------------------------------------------------------------------------------------------
def test_a_list_is_drawn_up_once_and_says_how_long_one_may_object(rules, tomek):
    closed_case(tomek)
    made = draw_up_list(on=DUE)
    assert (made.number, made.object_until) == ("BR-2032-0001", DUE + timedelta(days=30))
    closed_case(tomek)
    assert draw_up_list(on=DUE) is None, "while one is being looked through, the rest waits"


def test_a_line_taken_off_stays_and_the_rest_goes(rules, tomek, iwona):
    kept, gone = full_case(tomek), full_case(tomek, secret="Inna")
    made = draw_up_list(on=DUE)
    take_off_line(made, line=made.lines.get(object_id=kept.pk, kind="case"), reason="kontrola NIK", by=iwona, now=NOW)
    later = at(made.object_until + timedelta(days=1))
    danuta = personas.person("danuta")
    record_archive_consent(made, archive_sign="APL.1", archive_consent_on=DUE, by=iwona, now=later)
    sign_list(made, by=danuta, now=later)
    carry_out(made)
    assert Case.objects.get(pk=kept.pk).closing_summary == SECRET
    assert Case.objects.get(pk=gone.pk).closing_summary == ""
    assert Resident.objects.get(pk=kept.resident_id).last_name == SECRET


def test_a_hold_takes_the_line_off_the_open_list(rules, tomek, iwona):
    case = closed_case(tomek)
    made = draw_up_list(on=DUE)
    hold = {"number": case.case_sign, "ground": "court", "reason": "II C 5/26", "review_on": DUE}
    place_hold(**hold, by=iwona, now=NOW)
    assert not made.lines.standing().filter(kind="case").exists()


def test_nothing_is_done_before_the_signature(rules, tomek):
    full_case(tomek)
    draw_up_list(on=DUE)
    assert anonymise_expired(on=DUE, now=at(DUE)) == 0
