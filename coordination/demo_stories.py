"""The stories of the demonstration: how a request, a case and a referral go, step by step, each at its time.

`ending` and the like name a step at which a story stops for good, so that every state has something to show.
"""

from contextlib import suppress
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone

from coordination.actions import consents, in_hand, plans, referrals
from coordination.actions.chains import redirect_referral
from coordination.clocks import answer_due
from coordination.demo_letters import a_decision
from coordination.jobs import report_past_months
from coordination.models import Plan, PlanItem, Referral
from coordination.waiting import keeps_list, waits_before
from cus_portal.accounts.actors import LinkHolder, PublicActor, SystemActor
from cus_portal.workdays import add_workdays
from cus_portal.workflow import TransitionNotAllowed
from residents import actions
from residents.actions import life, people
from residents.models import Case, Consent, Letter, Representation, RequestItem, Resident, ServiceRequest, UnmetNeed
from residents.terms import plan_terms
from services.models import ProgrammeService, PublicBasis

REQUEST_ENDS = ("submitted", "in_review", "waiting", "withdrawn", "unexamined", "died")
NEED_ENDS = ("waitlist", "by_phone", "offer", "forward", "inform", "propose", "refuse", "return", "withdraw")
PLAN_ENDS = ("none", "draft", "agreed", "submitted", "approved", "completed", "ended_early", "closed")
SATURDAY = 5
WHOLE_PLANS = ("completed", "closed")  # these have run their time, so they begin earlier
REFERRAL_ENDS = (
    "draft",
    "unopened",
    "late",
    "sent",
    "info_requested",
    "waitlisted",
    "accepted",
    "in_progress",
    "on_hold",
    "completed",
    "not_fulfilled",
    "rejected",
    "redirected",
    "expired",
    "withdrawn",
    "entered_in_error",
)
CHANNELS = {"portal": 45, "phone": 25, "counter": 18, "paper": 8, "email": 4}
NEEDS = {"qualify": 44, "waitlist": 11, "forward": 12, "inform": 22, "refuse": 6, "propose": 1, "withdraw": 4}
Reasons = Case.CloseReason


def monthly_reports(world, moment):
    """On the first of each month the calendar counts the month before."""
    while True:
        now = yield moment
        report_past_months(now=now)
        day = (timezone.localdate(now) + timedelta(days=32)).replace(day=1)
        moment = now.replace(year=day.year, month=day.month, day=1)


def a_family(world, moment):
    """A mother and her child on record: one household, and she speaks for the child until it is of age."""
    now = yield moment
    clerk, mother = world.people["ola"], world.somebody()
    home = {name: mother[name] for name in ("address", "postal_code", "locality", "phone")}
    mother |= {"first_name": "Hanna", "pesel": "", "birth_date": date(1988, 4, 11)}
    parent = people.record_resident(by=clerk, now=now, **mother)
    facts = {"first_name": "Zosia", "last_name": mother["last_name"], "birth_date": date(2017, 9, 3)}
    child = people.record_resident(by=clerk, now=now, **facts, **home)
    since = timezone.localdate(now)
    roles = {"role": world.texts["child"], "other_role": world.texts["mother"]}
    people.join_household(child, other=parent, **roles, valid_from=since, by=clerk, now=now)
    basis = Representation.Basis.PARENT
    people.add_representation(child, basis=basis, representative=parent, valid_from=since, by=clerk, now=now)


# -- the request --------------------------------------------------------------------------------
def a_request(world, moment, *, ending="", needs=None, plan="", referral=""):
    now = yield moment
    request, resident = file_request(world, now, needs)
    clerk, coordinator = world.people["ola"], world.people[world.dice.choice(["tomek", "kasia"])]
    if ending == "submitted":
        return
    now = yield world.office(now, 1, 12 if world.happens(0.1) else 4)
    if request.restricted_file_id:
        for worker in (clerk, coordinator):
            facts = {"reason": world.texts["let_in"], "by": world.people["danuta"], "now": now}
            actions.let_in(request.restricted_file, user=worker, **facts)
    actions.take_up(request, by=clerk, now=now)
    if ending == "in_review":
        return
    if ending == "one_waits":
        last = request.items.order_by("position").last()
        actions.ask_resident(request, text=world.one_of("questions"), needs=[last], by=clerk, now=now)
        return
    if ending == "unexamined":
        yield from a_call_without_answer(world, request, clerk, coordinator, now)
        return
    if ending == "waiting" or (not ending and not needs and world.happens(0.15)):
        actions.ask_resident(request, text=world.one_of("questions"), by=clerk, now=now)
        if ending == "waiting" or (not world.is_long_ago(now) and world.happens(0.2)):
            return
        now = yield world.office(now, 2, 12)
        actions.answer_question(request, answer=world.one_of("answers"), by=LinkHolder(request.pk), now=now)
    if ending == "withdrawn" or (not needs and world.happens(0.04)):
        actions.withdraw_request(request, reason=world.texts["resignation"], by=LinkHolder(request.pk), now=now)
        return
    actions.identify_person(request, resident=resident, by=clerk, now=now)
    if ending == "died":
        source = world.texts["death"]
        facts = {"died_on": timezone.localdate(now), "source": source, "by": clerk, "now": now}
        life.record_death(request.resident, **facts)
        return
    if resident is None and not request.restricted_file_id:
        world.residents.append(request.resident_id)
    now = yield world.office(now, 1, 6)
    for place, item in enumerate(request.items.order_by("position")):
        fate = needs[place] if needs else world.weighted(NEEDS)
        if not needs and fate == "propose" and world.is_long_ago(now):
            fate = "refuse"
        now = yield from a_need(world, item, fate, coordinator, now)
    if request.items.filter(status="qualified").exists():
        now = yield world.office(now, 0, 3)
        request = ServiceRequest.objects.get(pk=request.pk)
        case = actions.open_case(request, coordinator=coordinator, by=coordinator, now=now)
        dated(case, now)
        world.begin(a_case(world, case, now, ending=plan, referral=referral))


def a_call_without_answer(world, request, clerk, coordinator, now):
    """What was asked for is asked for once more by a letter, handed over, and nothing comes within its term."""
    actions.ask_resident(request, text=world.one_of("questions"), by=clerk, now=now)
    letter = actions.draft_letter(request, kind=Letter.Kind.CALL, by=clerk, now=now)
    channel = Letter.Channel.IN_PERSON
    actions.send_letter(letter, channel=channel, sent_on=timezone.localdate(now), by=clerk, now=now)
    now = yield world.office(now, 12, 14)
    actions.leave_unexamined(letter, by=coordinator, now=now)


def file_request(world, now, needs):
    """File as the channel has it: the person on the portal, else the clerk; sometimes for somebody known."""
    on = timezone.localdate(now)
    has_no_mail = "by_phone" in (needs or ())
    channel = "phone" if has_no_mail else world.weighted(CHANNELS)
    known = None
    person = world.somebody()
    if world.residents and not needs and world.happens(0.12):
        known = Resident.objects.select_related("locality").get(pk=world.dice.choice(world.residents))
        person = {name: getattr(known, name) for name in person}
    for_other = world.happens(0.3)
    helper = world.somebody() | {
        "relation": world.one_of("relations"),
        "basis": "carer",
        "pesel": "",
        "birth_date": None,
    }
    applicant = helper if for_other else person
    if channel in ("portal", "email") or (not has_no_mail and world.happens(0.2)):
        applicant = applicant | {"email": f"osoba{world.dice.randint(1000, 9999)}@demo.example"}
    filing = actions.Filing(
        channel=channel,
        received_on=on,
        needs=[wish(world, on) for _need in needs or range(world.weighted({1: 6, 2: 3, 3: 1}))],
        applicant=applicant,
        person=person if for_other else None,
        situation=world.one_of("situations"),
        contact_by=by_what_is_known(applicant, world.weighted({"phone": 7, "email": 2, "in_person": 1})),
        contact_note=world.one_of("contact_notes"),
        safe_contact=world.happens(0.04),
        is_urgent=world.happens(0.07),
        language="uk" if world.happens(0.04) else "pl",
        privacy_notice=world.notice,
    )
    by = PublicActor() if channel == "portal" else world.people["ola"]
    request = actions.submit_request(filing, by=by, now=now)
    dated(request, now)
    return request, known


def by_what_is_known(applicant, wanted):
    return "phone" if wanted == "email" and not applicant.get("email") else wanted


def wish(world, on):
    """Return a need: most often a service of the catalogue, else own words."""
    if world.happens(0.12):
        return None, world.one_of("own_words")
    return world.dice.choice(world.services(on)), ""


def a_need(world, item, fate, coordinator, now):
    told = world.texts["told"]
    item.refresh_from_db()
    if fate == "qualify":
        words = {"answer": told["qualify"], "skip_reason": told["skip"]}
        if item.is_granted_by_decision:
            words |= {"decision_number": f"CUS.4110.{item.pk}.{now:%Y}", "decision_on": timezone.localdate(now)}
        try:
            actions.qualify_item(item, by=coordinator, now=now, **words)
        except ValidationError:  # the programme has ended, or no place is free
            actions.waitlist_item(item, answer=told["waitlist"], by=coordinator, now=now)
    elif fate in ("waitlist", "by_phone"):
        if fate == "by_phone" and (item.service_id is None or item.is_granted_by_decision):
            into_a_programme(world, item, coordinator, now)
        actions.waitlist_item(item, answer=told["waitlist"], by=coordinator, now=now)
    elif fate == "offer":
        if item.service_id is None or item.is_granted_by_decision:
            into_a_programme(world, item, coordinator, now)
        actions.waitlist_item(item, answer=told["waitlist"], by=coordinator, now=now)
        now = yield world.office(max(now, world.until - timedelta(days=4)))  # it can be answered still
        with suppress(ValidationError):  # each place is taken
            actions.offer_place(item, skip_reason=told["skip"], by=coordinator, now=now)
    elif fate == "inform":
        lacking = "" if item.service_id else UnmetNeed.Reason.NO_SERVICE
        actions.inform_item(item, answer=told["inform"], lacking=lacking, by=coordinator, now=now)
    elif fate == "withdraw":
        actions.withdraw_item(item, by=LinkHolder(item.request_id), now=now)
    elif fate == "forward":
        actions.forward_item(
            item,
            receiver=world.partners[world.dice.choice(sorted(world.partners))],
            data_scope=world.texts["consent"]["scope"],
            purpose_note=world.texts["consent"]["purpose"],
            form=Consent.Form.WRITTEN,
            given_on=timezone.localdate(now),
            answer=told["forward"],
            by=coordinator,
            now=now,
        )
    else:
        now = yield from a_refusal(world, item, fate, coordinator, now)
    return now


def a_refusal(world, item, fate, coordinator, now):
    """Proposed by one, signed by another; or sent back and answered otherwise."""
    if item.has_no_decision:
        into_a_programme(world, item, coordinator, now)
    actions.propose_refusal(
        item,
        **world.texts["refusal"]["grounds"][int(item.request.reference[-4:]) % 2],
        legal_grounds=world.texts["refusal"]["law"],
        appeal_instruction=actions.appeal_instruction(),
        by=coordinator,
        now=now,
    )
    if fate == "propose":
        return now
    now = yield world.office(now, 1, 4)
    item.refresh_from_db()
    if fate == "return":
        actions.return_refusal(item, reason=world.texts["refusal"]["returned"], by=world.people["danuta"], now=now)
        return now
    actions.sign_refusal(item, by=world.people["danuta"], now=now)
    world.begin(a_decision(world, item, coordinator, now))
    return now


def into_a_programme(world, item, coordinator, now):
    """Move the need to a service that is granted, or refused, by the rules of a programme."""
    services = world.services(item.request.received_on)
    rows = PublicBasis.objects.of_services(services, on=item.request.received_on)
    by_programme = ProgrammeService.objects.filter(pk__in=dict(rows).values(), regime="programme").order_by("pk")
    service = by_programme.exclude(service=item.service_id).first().service
    actions.change_service(item, service=service, reason=world.texts["told"]["meant"], by=coordinator, now=now)


# -- the case and its plan ------------------------------------------------------------------------
def a_case(world, case, moment, *, ending="", referral=""):
    now = yield world.office(moment, 1, 6) if ending else world.office(moment, 3, 14)
    if ending == "none" or (not ending and not world.is_long_ago(now) and world.happens(0.05)):
        return
    director, coordinator = world.people["danuta"], case.coordinator
    plan = write_plan(world, case, now, short=ending in WHOLE_PLANS)
    if ending == "draft":
        return
    now = yield world.office(now, 1, 4)
    agree(plan, now)
    if ending == "agreed":
        return
    if not ending and world.happens(0.1):
        plans.rework_plan(plan, by=coordinator, now=now)
        now = yield world.office(now, 1, 3)
        plans.agree_plan(
            plan, agreed_on=timezone.localdate(now), agreement=Plan.Agreement.SPOKEN, by=coordinator, now=now
        )
    now = yield world.office(now, 0, 2)
    plans.submit_plan(plan, by=coordinator, now=now)
    if ending == "submitted":
        return
    now = yield world.office(now, 1, 5)
    if not ending and world.happens(0.1):
        plans.send_back_plan(plan, reason=world.texts["sent_back"], by=director, now=now)
        now = yield world.office(now, 1, 3)
        plans.agree_plan(
            plan, agreed_on=timezone.localdate(now), agreement=Plan.Agreement.SIGNED, by=coordinator, now=now
        )
        plans.submit_plan(plan, by=coordinator, now=now)
        now = yield world.office(now, 1, 3)
    plans.approve_plan(plan, by=director, now=now)
    for item in plan.items.exclude(service=None).order_by("position"):
        if item.provider_id != world.centre.pk:
            world.begin(a_referral(world, case, item, now, ending=referral))
            referral = ""
    if ending == "approved":
        return
    yield from the_end(world, case, plan, now, ending)


def write_plan(world, case, now, *, short):
    """Draft a plan of one to three items, the first of them carried out by a partner who has an account."""
    start = add_workdays(timezone.localdate(now), 5)
    days = 0 if short else world.dice.choice([0, 5, 10, 30, 90, 210])
    end = plan_terms(start).earliest_end(start) + timedelta(days=days)
    by = case.coordinator
    plan = plans.draft_plan(
        case,
        starts_on=start,
        ends_on=end,
        needs=world.one_of("plan_needs"),
        goals=world.one_of("plan_goals"),
        by=by,
        now=now,
    )
    dated(plan, now)
    services = world.dice.sample(world.services(timezone.localdate(now)), 2)
    partner = world.partners[world.dice.choice(sorted(world.partners))]
    needs = RequestItem.objects.filter(request__case=case, status=RequestItem.Status.QUALIFIED, service__isnull=False)
    granted = needs.select_related("service").order_by("pk").first()  # a plan is about what was granted
    services = [granted.service, *(one for one in services if one != granted.service)] if granted else services
    contents = [{"service": services[0], "provider": partner}]
    if world.happens(0.6):
        contents.append({"service": services[1], "provider": world.centre})
    if world.happens(0.4):
        contents.append({"action": world.one_of("item_actions"), "provider": world.centre})
    for content in contents:
        plans.add_plan_item(
            plan,
            goal=world.one_of("item_goals"),
            fee_kind=PlanItem.Fee.RULE if "service" in content else "",
            **world.one_of("item_amounts"),
            starts_on=start,
            ends_on=end,
            by=by,
            now=now,
            **content,
        )
    return plan


def agree(plan, now):
    signed, by = Plan.Agreement.SIGNED, plan.case.coordinator
    plans.agree_plan(plan, agreed_on=timezone.localdate(now), agreement=signed, by=by, now=now)


def the_end(world, case, plan, now, ending):
    """The plan runs its time or ends early; the case is closed once no referral is open."""
    coordinator = case.coordinator
    early = ending == "ended_early" or (not ending and world.happens(0.1))
    if early:
        now = yield world.office(now, 8, 20)
        plans.end_plan_early(
            plan, end_reason=Plan.EndReason.MOVED, results=world.texts["results"], by=coordinator, now=now
        )
    else:
        wait = (plan.ends_on - timezone.localdate(now)).days
        now = yield world.office(now + timedelta(days=max(wait, 1)), 0, 2 if ending else 15)
        plans.complete_plan(
            plan,
            closing_talk_on=timezone.localdate(now),
            results=world.texts["results"],
            items=dict.fromkeys(plan.items.values_list("pk", flat=True), "done"),
            by=coordinator,
            now=now,
        )
    if ending in ("completed", "ended_early"):
        return
    now = yield world.office(now, 1, 10)
    while case.referrals.live().exists():
        now = yield world.office(now, 5, 15)
    reason = Reasons.MOVED if early else Reasons.GOAL_REACHED
    try:
        plans.finish_case(
            Case.objects.get(pk=case.pk), reason=reason, summary=world.texts["closing_summary"], by=coordinator, now=now
        )
    except TransitionNotAllowed:  # another need of the case still waits, so the case stays open
        return


# -- the referral -------------------------------------------------------------------------------
FATES = {
    "closed": 52,
    "completed": 6,
    "not_fulfilled": 9,
    "rejected": 9,
    "in_progress": 8,
    "accepted": 3,
    "waitlisted": 4,
    "info_requested": 2,
    "sent": 4,
    "unopened": 3,
    "expired": 3,
    "withdrawn": 3,
    "entered_in_error": 1,
}
LEFT_LYING = ("completed", "in_progress", "accepted", "waitlisted", "info_requested", "sent", "unopened")


def a_referral(world, case, item, moment, *, ending=""):
    now = yield moment + timedelta(minutes=20)
    sender, worker = case.coordinator, world.workers[item.provider.code]
    fate = ending or world.weighted(FATES)
    if not ending and fate in LEFT_LYING and world.is_long_ago(now):
        fate = "closed"
    referral = write_referral(world, case, item, now)
    if fate == "draft":
        return
    if fate == "entered_in_error":
        referrals.discard_referral(referral, reason=world.texts["entered_in_error"], by=sender, now=now)
        return
    now = yield max(now, late_in_the_end(world, referral)) if fate == "late" else world.office(now, 0, 2)
    referrals.send_referral(referral, by=sender, now=now)
    if fate in ("unopened", "late"):
        return
    if fate == "expired":
        now = yield world.office(now, 30)
        referrals.expire_referral(referral, by=SystemActor(), now=now)
        yield from the_loop(world, referral, now, told=not ending and world.happens(0.5))
        return
    now = yield world.office(now, 0, 5)
    referrals.mark_opened(referral, by=worker, now=now)
    if fate == "sent":
        return
    in_hand.claim_referral(referral, by=worker, now=now)
    if fate == "info_requested" or (not ending and world.happens(0.15)):
        now = yield world.office(now, 0, 2)
        referrals.ask_sender(referral, text=world.one_of("referral_questions"), by=worker, now=now)
        dated(referral.notes.last(), now)
        if fate == "info_requested":
            return
        now = yield world.office(now, 1, 8)
        referrals.reply_to_receiver(referral, text=world.one_of("referral_replies"), by=sender, now=now)
        dated(referral.notes.last(), now)
    now = yield world.office(now, 1, 9)
    if fate == "redirected":
        other = next(one for code, one in world.partners.items() if code != item.provider.code)
        write_consent(world, case, other, now)
        said = {"reason": world.texts["redirected"], "statute": referral.statute}
        redirect_referral(referral, receiver=other, by=worker, now=now, **said)
        return
    if fate == "rejected":
        referrals.reject_referral(
            referral,
            **world.texts["rejected"][int(referral.number[-4:]) % 3],
            ask_instead=world.texts["ask_instead"],
            by=worker,
            now=now,
        )
        yield from the_loop(world, referral, now, told=not ending and world.happens(0.8))
        return
    waits = fate == "waitlisted" or (not ending and world.happens(0.1))
    if waits and keeps_list(referral, on=timezone.localdate(now)):
        referrals.waitlist(referral, by=worker, now=now)
        if fate == "waitlisted":
            return
        now = yield world.office(now, 10, 30)
    elif fate == "waitlisted":
        return  # nobody has decided yet
    yield from the_help(world, referral, now, fate, shown=bool(ending))


def late_in_the_end(world, referral):
    """Return when to send it, so that on the last day its answer is some days late, a week at most."""
    today = timezone.localdate(world.until)
    days = (world.office(world.until - timedelta(days=number)) for number in range(2, 60))
    first, last = today - timedelta(days=7), today - timedelta(days=2)
    fitting = (
        day
        for day in days
        if day.weekday() < SATURDAY and first <= answer_due(referral, on=timezone.localdate(day)) <= last
    )
    return next(fitting, world.until)


def write_referral(world, case, item, now):
    """Write the consent and the draft."""
    consent = write_consent(world, case, item.provider, now)
    referral = referrals.draft_referral(
        case,
        receiver=item.provider,
        need=world.one_of("referral_needs"),
        priority=Referral.Priority.URGENT if world.happens(0.1) else Referral.Priority.ROUTINE,
        plan_item=item,
        service=item.service,
        area=item.service.areas.order_by("number").first(),
        wanted_outcome=world.texts["referral_outcome"],
        disclosed_fields=["name", "phone", "contact"],
        consent=consent,
        by=case.coordinator,
        now=now,
    )
    dated(referral, now)
    return referral


def write_consent(world, case, receiver, now):
    return consents.record_consent(
        case,
        receiver=receiver,
        form=Consent.Form.WRITTEN,
        given_on=timezone.localdate(now),
        data_fields=["name", "phone", "contact"],
        purpose=Consent.Purpose.HELP,
        purpose_note=world.texts["consent"]["purpose"],
        by=case.coordinator,
        now=now,
    )


def the_help(world, referral, now, fate, *, shown):
    """Accepted, begun, done or not; the sender closes the loop."""
    worker, sender = world.workers[referral.receiver.code], referral.case.coordinator
    otherwise = world.texts["accepted"][int(referral.number[-4:]) % 7 :][:1]
    referrals.accept_referral(
        referral,
        **dict(*otherwise),
        planned_start_on=add_workdays(timezone.localdate(now), 5),
        out_of_order_reason=world.texts["out_of_order"] if waits_before(referral).exists() else "",
        over_limit_reason=world.texts["over_limit"],
        by=worker,
        now=now,
    )
    if otherwise:
        dated(referral.notes.last(), now)
    if fate == "accepted":
        return
    now = yield world.office(now, 2, 9)
    if fate == "withdrawn":
        referrals.withdraw_referral(referral, reason=world.texts["withdrawn"], by=sender, now=now)
        return
    referrals.start_referral(referral, first_contact_on=timezone.localdate(now), by=worker, now=now)
    if fate == "in_progress":
        return
    if fate == "on_hold":
        review_on = timezone.localdate(now) + timedelta(days=30)
        said = {"reason": world.texts["on_hold"], "cause": Referral.HoldCause.PERSON}
        referrals.hold_referral(referral, **said, review_on=review_on, by=worker, now=now)
        return
    if world.happens(0.4):
        now = yield world.office(now, 5, 25)
        referrals.report_progress(referral, text=world.one_of("referral_news"), by=worker, now=now)
        dated(referral.notes.last(), now)
    now = yield world.office(now, 5, 10 if shown else 40)
    if shown and fate == "completed":  # lately, so that there is an outcome to acknowledge that is not late yet
        now = yield world.office(max(now, world.until - timedelta(days=2)))
    if fate == "not_fulfilled":
        referrals.fail_referral(
            referral,
            fail_reason=world.dice.choice(["no_show", "lost_contact", "resigned", "moved"]),
            closing_note=world.texts["referral_closing"]["not_fulfilled"],
            by=worker,
            now=now,
        )
    else:
        referrals.complete_referral(
            referral,
            outcome=world.weighted({"met": 6, "partly_met": 3, "not_met": 1}),
            outcome_on=timezone.localdate(now),
            closing_note=world.texts["referral_closing"]["completed"],
            by=worker,
            now=now,
        )
    yield from the_loop(world, referral, now, told=not shown and fate != "completed" and world.happens(0.9))


def the_loop(world, referral, now, *, told):
    """The sender acknowledges, or has not got round to it."""
    if not told and not world.is_long_ago(now):
        return
    now = yield world.office(now, 1, 14)
    reached = world.happens(0.9)
    referrals.acknowledge_outcome(
        referral,
        acknowledgement=world.texts["acknowledgement"],
        person_told=reached,
        person_not_told_reason="" if reached else world.texts["not_told"],
        by=referral.case.coordinator,
        now=now,
    )


def dated(row, now):
    """Let a row say that it was written when the story says so; the database would say today."""
    type(row)._base_manager.filter(pk=row.pk).update(created_at=now)
