"""Every address of the portal with an object of each kind behind it: one's own, a colleague's, a restricted one."""

from datetime import date
from uuid import uuid4

from django.contrib import admin
from django.core.files.base import ContentFile
from django.urls import URLPattern, get_resolver, reverse

from coordination.actions.rights import pass_copy, prepare_copy, record_data_request
from coordination.actions.webhooks import try_webhook
from coordination.models import Plan, Settlement, SurveyAnswer, SurveyInvitation, WebhookCall
from coordination.models.survey import FEWEST
from coordination.reports import Period, make_monthly_report
from coordination.worklists import WORKLISTS
from cus_portal.accounts.actors import PublicActor, SystemActor
from cus_portal.accounts.models import Absence
from cus_portal.audit.models import AuditEvent
from cus_portal.notifications.models import Message
from residents.actions import (
    Words,
    declare_conflict,
    draft_letter,
    file_complaint,
    keep_unmet,
    report_need,
    restrict_file,
    write_message,
)
from residents.actions.assessments import write_assessment
from residents.actions.notes import write_note
from residents.models import Attachment, RestrictedFile, UnmetNeed
from services.models import (
    Agreement,
    Alert,
    EntryTemplate,
    FormTemplate,
    GuideQuestion,
    Locality,
    Location,
    Programme,
    ProgrammeService,
    Rating,
    ServiceArea,
    Synonym,
    TargetGroup,
    Topic,
    UnmetSearch,
)
from tests import personas
from tests.community_world import make_action, make_open_event, make_volunteer
from tests.coordination_world import (
    make_case,
    make_clock,
    make_consent,
    make_incoming,
    make_plan,
    make_referral,
    make_template,
)
from tests.delivery_world import make_contract, make_provision
from tests.exchange_world import make_exchange_event, make_practice, sign_up
from tests.factories import NOW, TODAY, holder_of, make_request
from tests.open_data_world import make_full_service
from tests.partner_world import make_partner_token, make_webhook
from tests.retention_world import make_hold, make_list, make_rule

OF_A_ROOM = ("changelist", "add")
OF_A_ROW = ("change",)
ALIKE_EVERYWHERE = ("find", "history", "delete", "bulk", "save_filter", "drop_filter")  # held by tests of their own


def ask_for_copy(case):
    """Return a request for a copy of one's data that the officer has let leave."""
    ola, iwona = personas.person("ola"), personas.person("iwona")
    asked = record_data_request(case.resident, kind="copy", received_on=TODAY, by=ola, now=NOW)
    prepare_copy(asked, by=ola, now=NOW)
    return pass_copy(asked, left_out=[], by=iwona, now=NOW)


def invite(item):
    return SurveyInvitation.objects.create(item=item, service=item.service, code=f"K{item.pk}", asked_on=TODAY)


def answers(service):
    """Return one of as many answers as are shown."""
    said = {"service": service, "month": TODAY.replace(day=1), "helped": 3}
    return [SurveyAnswer.objects.create(**said) for _one in range(FEWEST)][0]


def make_world():
    """Return the objects by the name of their model's address: (what it is to Tomek, object)."""
    tomek, kasia = personas.person("tomek"), personas.person("kasia")
    pcpr, clinic = personas.institution(personas.PCPR), personas.institution(personas.CLINIC)
    service, action = make_full_service(), make_action()
    visit = make_exchange_event()
    FormTemplate.objects.get().file.save("x.pdf", ContentFile(b"x"))
    cases = {"mine": make_case(tomek), "another's": make_case(kasia), "restricted": make_case(kasia)}
    for case in cases.values():
        said = {"seen": 0, "token": uuid4(), "place": "stays", "situation": "…", "needs": "…"}
        write_assessment(case, **said, held_on=TODAY, valid_until=date(2027, 11, 12), by=case.coordinator, now=NOW)
        write_note(case, text="…", sight="team", token=uuid4(), by=case.coordinator, now=NOW)
    plans = {whose: make_plan(case, status=Plan.Status.APPROVED) for whose, case in cases.items()}
    referrals = {whose: make_referral(case, pcpr if whose == "mine" else clinic) for whose, case in cases.items()}
    requests = {whose: case.requests.get() for whose, case in cases.items()}
    facts = {"name": "x.pdf", "content_type": "application/pdf", "size": 1, "sha256": "x"}
    came = make_incoming(pcpr)
    came.papers.add(Attachment.objects.create(file=ContentFile(b"x", "x.pdf"), **facts))
    for request in requests.values():
        Attachment.objects.create(request=request, file=ContentFile(b"x", "x.pdf"), **facts)
    for referral in referrals.values():
        referral.attachments.set(Attachment.objects.behind(referral.case))
    messages = {
        whose: write_message(request, text="…", token=uuid4(), by=holder_of(request), now=NOW)
        for whose, request in requests.items()
    }
    letters = {whose: draft_letter(request, kind="notice", by=kasia, now=NOW) for whose, request in requests.items()}
    for request in requests.values():
        keep_unmet(request.items.get(), lacking=UnmetNeed.Reason.NO_SERVICE, now=NOW)
    contract = make_contract(service)
    given = {whose: make_provision(contract, case=case, crisis_reason="…") for whose, case in cases.items()}
    asked = {whose: ask_for_copy(case) for whose, case in cases.items()}
    restrict_file(cases["restricted"].resident, kind=RestrictedFile.Kind.VIOLENCE, by=kasia, now=NOW)
    webhook = make_webhook(pcpr)[0]
    try_webhook(webhook, by=personas.person("beata"), now=NOW)
    known = declare_conflict(make_case(tomek).resident, relation="close", by=personas.person("ola"), now=NOW)
    make_request(applicant={"first_name": "Jan", "email": "jan@demo.example"})
    rooms = {
        "residents_case": cases,
        "residents_resident": {whose: case.resident for whose, case in cases.items()},
        "residents_servicerequest": requests,
        "residents_requestitem": {whose: request.items.get() for whose, request in requests.items()},
        "residents_unmetneed": {whose: request.items.get().unmet for whose, request in requests.items()},
        "residents_requestmessage": messages,
        "residents_letter": letters,
        "residents_complaint": {
            whose: file_complaint(
                Words(kind="complaint", text="…", about=about),
                received_on=TODAY,
                token=uuid4(),
                by=PublicActor(),
                now=NOW,
            )
            for whose, about in (("any", "service"), ("about the director", "director"))
        },
        "residents_consent": {
            whose: case.requests.get().consents.first() or make_consent(case, pcpr) for whose, case in cases.items()
        },
        "coordination_partnertoken": {"any": make_partner_token(pcpr)[0]},
        "coordination_webhook": {"any": webhook},
        "coordination_webhookcall": {"any": WebhookCall.objects.get()},
        "residents_needreport": {"any": report_need(what_seen="…", token=uuid4(), by=PublicActor(), now=NOW)},
        "residents_restrictedfile": {"restricted": RestrictedFile.objects.get()},
        "residents_conflictofinterest": {"another's": known},
        "coordination_plan": plans,
        "coordination_communityplan": {"any": action.plan},
        "coordination_supportingaction": {"any": action},
        "coordination_communityevent": {"any": make_open_event()},
        "coordination_volunteer": {"any": make_volunteer()},
        "coordination_exchangeevent": {"any": visit},
        "coordination_goodpractice": {"any": make_practice()},
        "coordination_exchangesignup": {"any": sign_up(visit)},
        "coordination_surveyinvitation": {whose: invite(plan.items.get()) for whose, plan in plans.items()},
        "coordination_surveyanswer": {"any": answers(service)},
        "coordination_referral": referrals,
        "coordination_incomingreferral": {"any": came},
        "coordination_contract": {"any": contract},
        "coordination_provision": given,
        "coordination_settlement": {
            "any": Settlement.objects.create(
                contract=contract, month=date(2026, 10, 1), closed_by=personas.person("beata"), closed_at=NOW
            )
        },
        "coordination_datarequest": asked,
        "coordination_retentionrule": {"any": make_rule()},
        "coordination_plantemplate": {"any": make_template()},
        "coordination_referralclock": {"any": make_clock()},
        "coordination_retentionhold": {"any": make_hold(cases["mine"])},
        "coordination_destructionlist": {"any": make_list()},
        "accounts_user": {"mine": tomek},
        "accounts_membership": {"mine": tomek.memberships.get()},
        "accounts_authorisation": {"mine": tomek.authorisations.get()},
        "accounts_absence": {
            whose: Absence.objects.create(user=user, first_day=TODAY, last_day=TODAY)
            for whose, user in (("mine", tomek), ("another's", personas.person("kasia")))
        },
        "accounts_institution": {"any": pcpr},
        "audit_auditevent": {"any": AuditEvent.objects.first()},
        "notifications_message": {"any": Message.objects.first()},
        "services_service": {"any": service},
        "services_guidequestion": {
            "any": GuideQuestion.objects.create(code="co", text="Co się dzieje?", is_start=True)
        },
        "services_agreement": {
            "any": Agreement.objects.create(
                code="a", institution=pcpr, kind="contract", subject="opieka", valid_from=TODAY
            )
        },
        "services_synonym": {"any": Synonym.objects.create(words="opiekunka", terms="usługi opiekuńcze")},
        "services_entrytemplate": {
            "any": EntryTemplate.objects.create(code="opieka", name="Opieka", sample=service, position=1)
        },
        "services_unmetsearch": {"any": UnmetSearch.objects.create(text="nic", number=1, last_month=TODAY)},
        "services_rating": {"any": Rating.objects.create(service=service, month=TODAY.replace(day=1))},
    }
    lists = (Alert, FormTemplate, Locality, Location, Programme, ProgrammeService, ServiceArea, TargetGroup, Topic)
    rooms |= {f"services_{model._meta.model_name}": {"any": model.objects.first()} for model in lists}
    return {"rooms": rooms, "report": make_monthly_report(Period(date(2026, 10, 1)), by=SystemActor(), now=NOW)}


def names():
    """Return the name of each address that the portal answers, without those of Django that have none."""

    def walk(resolver, namespace=""):
        for pattern in resolver.url_patterns:
            if not isinstance(pattern, URLPattern):
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                yield from walk(pattern, inner)
            elif pattern.name:
                yield namespace + pattern.name

    return list(dict.fromkeys(walk(get_resolver())))


def addresses(world):
    """Yield (name, object, address) for everything in the world. Raises KeyError for an address nobody thought of."""
    special = {**_of_one_kind(world), **_of_the_office(world)}
    by_room = _rooms(world)
    for name in names():
        if name in by_room:
            yield from by_room[name]
        elif name in special:
            for whose, kwargs in special[name].items():
                yield name, whose, reverse(name, kwargs=kwargs)
        else:
            yield name, "", reverse(name)  # NoReverseMatch names the address that is missing in this file


def _rooms(world):
    found = {}
    for model, room in admin.site._registry.items():
        base = f"{model._meta.app_label}_{model._meta.model_name}"
        found |= {f"admin:{base}_{act}": [] for act in ALIKE_EVERYWHERE}
        for act in OF_A_ROOM:
            found[f"admin:{base}_{act}"] = [(f"admin:{base}_{act}", "", reverse(f"admin:{base}_{act}"))]
        if getattr(room, "bulk_moves", ()):
            name = f"admin:{base}_bulk_done"
            found[name] = [(name, "", reverse(name))]
        rows = world["rooms"][base]
        for act in OF_A_ROW:
            name = f"admin:{base}_{act}"
            found[name] = [(name, whose, reverse(name, args=[row.pk])) for whose, row in rows.items()]
        name = f"admin:{base}_move"
        found[name] = [
            (f"{name} {move.name}", whose, reverse(name, args=[row.pk, move.name]))
            for move in room.moves
            for whose, row in rows.items()
        ]
    return found


def _of_one_kind(world):
    service = world["rooms"]["services_service"]["any"]
    slug, pk = {"": {"slug": service.slug}}, {"": {"object_id": service.pk}}
    party = {"pk": world["rooms"]["coordination_communityevent"]["any"].pk}
    visit = {"pk": world["rooms"]["coordination_exchangeevent"]["any"].pk}
    return {
        "services:detail": slug,
        "services:check": slug,
        "services:sheet": slug,
        "services:rate_service": slug,
        "services:sitemap_part": {"": {"section": "uslugi"}},
        "services:guide_question": {"": {"code": "co"}},
        "services:guide_end": {"": {"code": "co", "position": 1}},
        "services:form": {"": {"code": FormTemplate.objects.get().code}},
        "hsds:record": {"": {"rest": "services"}},
        "fhir:code_system": {"": {"name": "outcome"}},
        "fhir:value_set": {"": {"name": "outcome"}},
        "fhir:task": {"": {"pk": 1}},
        "fhir:service_request": {"": {"pk": 1}},
        "fhir:document_reference": {"": {"pk": 1}},
        "fhir:binary": {"": {"pk": 1}},
        "fhir:organization": {"": {"pk": 1}},
        "fhir:nothing": {"": {"rest": "x"}},
        "residents:draft_open": {"": {"link": "x"}},
        "survey:answer": {"": {"code": "x"}},
        "residents:account_open": {"": {"link": "x"}},
        "residents:service_keep": slug,
        "residents:service_let_go": {"": {"pk": 1}},
        "residents:watched_search": {"": {"link": "x"}},
        "residents:search_unwatch": {"": {"link": "x"}},
        "residents:matter_open": {"": {"pk": 1}},
        "residents:matter_take_out": {"": {"pk": 1}},
        "residents:matter_open_filed": {"": {"pk": 1}},
        "residents:request_step": {"": {"step": "potrzeby"}},
        "residents:item_withdraw": {"": {"position": 1}},
        "delivery:objection": {"": {"pk": 1}},
        "delivery:give_place_up": {"": {"position": 1}},
        "delivery:outcome": {"": {"pk": 1}},
        "delivery:answer": {"": {"pk": 1}},
        "delivery:give_up": {"": {"pk": 1}},
        "delivery:wait": {"": {"pk": 1}},
        "calendar:feed": {"": {"feed": "x"}},
        **{f"events:{name}": {"": party} for name in ("event", "calendar")},
        "exchange:practice": {"": {"code": "okienko"}},
        "practice_data:card": {"": {"code": "okienko"}},
        "exchange:place": {"": {"link": "x"}},
        "exchange:people": {"": {"link": "x"}},
        "exchange:give_up": {"": {"link": "x"}},
        **{f"exchange:{name}": {"": visit} for name in ("event", "event_calendar", "sign_up")},
        "referral_link:open": {"": {"link": "x"}},
        "referral_link:ask": {"": {"which": "x"}},
        "referral_link:referral": {"": {"pk": 1}},
        "referral_link:leave": {"": {"pk": 1}},
        "referral_link:move": {"": {"pk": 1, "name": "accept"}},
        "referral_link:sheet": {"": {"pk": 1}},
        "referral_link:document": {"": {"pk": 1, "document": 1}},
        "residents:consent_withdraw": {"": {"pk": 1}},
        "residents:place_answer": {"": {"position": 1}},
        "password_by_link": {"": {"uidb64": "x", "token": "x"}},
        "mfa_remove_webauthn": {"": {"pk": 1}},
        "session_end": {"": {"handle": "x"}},
        "admin:app_list": {"": {"app_label": "residents"}},
        "admin:services_service_versions": pk,
        "admin:services_service_version": {"": {"object_id": service.pk, "number": 1}},
        "admin:services_service_compare": pk,
        "admin:services_service_export": {"": {"form": "csv"}},
    }


def _of_the_office(world):
    rooms, report = world["rooms"], {"": {"pk": world["report"].pk}}
    referrals = {whose: {"pk": row.pk} for whose, row in rooms["coordination_referral"].items()}
    requests = rooms["residents_servicerequest"].items()
    came = rooms["coordination_incomingreferral"]["any"]
    incoming = {"pk": came.pk}
    basis = {"": {"basis": rooms["services_programmeservice"]["any"].pk}}
    return {
        "admin:residents_requestitem_queue": basis,
        "admin:residents_requestitem_queue_pdf": basis,
        "coordination:worklist": {name: {"name": name} for name in list(WORKLISTS)[:2]},
        "coordination:smup_year": {"": {"year": TODAY.year}},
        "coordination:smup_year_xlsx": {"": {"year": TODAY.year}},
        "coordination:unmet_year": {"": {"year": TODAY.year}},
        "coordination:unmet_year_xlsx": {"": {"year": TODAY.year}},
        "coordination:diagnosis_year": {"": {"year": TODAY.year}},
        "coordination:diagnosis_year_xlsx": {"": {"year": TODAY.year}},
        "coordination:quarter_xlsx": {"": {"year": 2026, "number": 4}},
        "coordination:quarter_pdf": {"": {"year": 2026, "number": 4}},
        "coordination:report_detail": report,
        "coordination:report_xlsx": report,
        "coordination:report_pdf": report,
        "coordination:survey_pdf": {
            whose: {"pk": row.pk} for whose, row in rooms["coordination_surveyinvitation"].items()
        },
        "coordination:plan_pdf": {
            whose: {"pk": row.pk, "number": 1} for whose, row in rooms["coordination_plan"].items()
        },
        # An approved plan is no draft to anybody; who reads a draft, test_coordination_plans says.
        "coordination:plan_draft_pdf": {whose: {"pk": row.pk} for whose, row in rooms["coordination_plan"].items()},
        **{
            f"coordination:{name}": {
                whose: {"pk": row.items.get().pk} for whose, row in rooms["coordination_plan"].items()
            }
            for name in ("plan_item", "plan_item_state")
        },
        **{
            f"coordination:{name}": {whose: {"case_pk": row.pk} for whose, row in rooms["residents_case"].items()}
            for name in ("referral_new", "referrals_new", "referral_drafts", "no_partner")
        },
        "coordination:visit_mark": {"": {"pk": 1, "name": "zrobione"}},
        "coordination:referral_detail": referrals,
        "coordination:keep_list": {"": {"name": "live"}},
        "coordination:drop_view": {"": {"pk": 1}},
        "coordination:absence_end": {"": {"pk": 1}},
        "coordination:sent_to_centre_one": {"": incoming},
        "coordination:sent_to_centre_document": {"": incoming | {"document": came.papers.get().pk}},
        "coordination:sent_to_centre_move": {"": incoming | {"name": "withdraw"}},
        "coordination:referral_document": {
            whose: {"pk": row.pk, "document": row.attachments.get().pk}
            for whose, row in rooms["coordination_referral"].items()
        },
        "coordination:referral_sheet": referrals,
        "coordination:referral_open": referrals,
        "coordination:referral_edit": referrals,
        "coordination:referral_taken_down": {whose: one | {"name": "accept"} for whose, one in referrals.items()},
        "coordination:referral_move": {whose: one | {"name": "accept"} for whose, one in referrals.items()},
        "admin:coordination_datarequest_copy": {
            whose: {"pk": row.pk, "form": "json"} for whose, row in rooms["coordination_datarequest"].items()
        },
        "admin:coordination_exchangeevent_pdf": {"any": {"pk": rooms["coordination_exchangeevent"]["any"].pk}},
        "admin:coordination_destructionlist_pdf": {"any": {"pk": rooms["coordination_destructionlist"]["any"].pk}},
        "admin:coordination_incomingreferral_file": {
            "any": {"object_id": came.pk, "file_id": came.papers.get().pk},
        },
        "admin:residents_servicerequest_file": {
            whose: {"object_id": row.pk, "file_id": row.attachments.get().pk} for whose, row in requests
        },
        "admin:residents_complaint_pdf": {whose: {"pk": row.pk} for whose, row in rooms["residents_complaint"].items()},
        "admin:residents_letter_pdf": {
            whose: {"object_id": row.pk} for whose, row in rooms["residents_letter"].items()
        },
        "admin:residents_resident_pesel": {
            whose: {"object_id": row.pk} for whose, row in rooms["residents_resident"].items()
        },
        **{
            f"admin:residents_case_{act}": {
                whose: {"object_id": row.pk} for whose, row in rooms["residents_case"].items()
            }
            for act in ("assess", "assess_draft")
        },
        "admin:residents_case_note_new": {
            whose: {"object_id": row.pk} for whose, row in rooms["residents_case"].items()
        },
        **{
            f"admin:residents_case_{act}": {
                whose: {"object_id": row.pk, "note_id": row.notes.get().pk}
                for whose, row in rooms["residents_case"].items()
            }
            for act in ("note", "note_draft")
        },
        "admin:residents_case_assessment": {
            whose: {"object_id": row.pk, "number": 1} for whose, row in rooms["residents_case"].items()
        },
        "admin:residents_servicerequest_pesel": {whose: {"object_id": row.pk} for whose, row in requests},
        **{
            f"admin:residents_servicerequest_{act}": {whose: {"object_id": row.pk} for whose, row in requests}
            for act in ("receipt", "paper", "send")
        },
    }
