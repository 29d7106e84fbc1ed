"""A referral as FHIR R4: a Task asks an institution to carry out a ServiceRequest.

Nothing is told that the institution's people would not read on its page: the chosen data, and those once it is opened.
"""

import base64

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from coordination.disclosure import DISCLOSABLE
from coordination.models import Referral

S = Referral.Status
VERSION = "1.3.0"  # of the lists of codes below: raise it with any change of them
HELD_BACK = (S.DRAFT, S.WITHDRAWN, S.ENTERED_IN_ERROR)
TASK_STATUS = {
    S.SENT: "requested",
    S.INFO_REQUESTED: "requested",
    S.WAITLISTED: "on-hold",
    S.ACCEPTED: "accepted",
    S.IN_PROGRESS: "in-progress",
    S.ON_HOLD: "on-hold",
    S.COMPLETED: "completed",
    S.NOT_FULFILLED: "failed",
    S.REJECTED: "rejected",
    S.REDIRECTED: "cancelled",
    S.EXPIRED: "cancelled",
}
REQUEST_STATUS = {
    "requested": "active",
    "received": "active",
    "accepted": "active",
    "in-progress": "active",
    "on-hold": "on-hold",
    "completed": "completed",
}
UNVERIFIED, CONFIRMED = "unverified-since", "confirmed-in-writing"  # extensions of a Task
CODES = {
    "referral-state": [(state.value, state.label) for state in S if state not in HELD_BACK],
    "accept-reason": Referral.AcceptReason.choices,
    "reject-reason": Referral.RejectReason.choices,
    "fail-reason": Referral.FailReason.choices,
    "hold-cause": Referral.HoldCause.choices,
    "outcome": Referral.Outcome.choices,
    "disclosed-data": [(name, field.label) for name, field in DISCLOSABLE.items()],
    "task-part": [("outcome", _("outcome")), ("ask-instead", _("whom to ask instead")), ("document", _("document"))],
}


def root():
    return f"{settings.PUBLIC_URL}/api/fhir"


def system(name):
    return f"{root()}/CodeSystem/{name}"


def concept(name, code, text=""):
    labels = dict(CODES[name])
    coding = {"system": system(name), "version": VERSION, "code": str(code), "display": str(labels[code])}
    return {"coding": [coding], "text": str(text or labels[code])}


# -- lists of codes -----------------------------------------------------------------------------------------
def code_system(name):
    published = {
        "resourceType": "CodeSystem",
        "id": name,
        "url": system(name),
        "version": VERSION,
        "name": "".join(part.title() for part in name.split("-")),
        "status": "active",
        "experimental": False,
        "language": "en",
        "caseSensitive": True,
        "valueSet": f"{root()}/ValueSet/{name}",
        "content": "complete",
        "count": len(CODES[name]),
    }
    return published | {"concept": [_in_two_languages(code, label) for code, label in CODES[name]]}


def _in_two_languages(code, label):
    with translation.override("pl"):
        polish = str(label)
    with translation.override("en"):
        return {"code": str(code), "display": str(label), "designation": [{"language": "pl", "value": polish}]}


def value_set(name):
    return {
        "resourceType": "ValueSet",
        "id": name,
        "url": f"{root()}/ValueSet/{name}",
        "version": VERSION,
        "name": "".join(part.title() for part in name.split("-")),
        "status": "active",
        "compose": {"include": [{"system": system(name), "version": VERSION}]},
    }


def capability(on):
    """Return what this server does, as each FHIR server says under /metadata."""
    reading = [{"code": "read"}]
    rest = {
        "mode": "server",
        "security": {"description": "Bearer token of the institution"},
        "resource": [
            {
                "type": "Task",
                "interaction": [*reading, {"code": "search-type"}, {"code": "update"}],
                "versioning": "versioned-update",
                "searchParam": [{"name": "status", "type": "token"}],
            },
            {"type": "ServiceRequest", "interaction": reading, "versioning": "versioned"},
            {"type": "DocumentReference", "interaction": reading},
            {"type": "Binary", "interaction": reading},
            {
                "type": "Organization",
                "interaction": [*reading, {"code": "search-type"}],
                "searchParam": [{"name": "name", "type": "string"}],
            },
            {"type": "CodeSystem", "interaction": reading},
            {"type": "ValueSet", "interaction": reading},
        ],
    }
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": on.isoformat(),
        "kind": "instance",
        "software": {"name": "CUS portal"},
        "implementation": {"description": "Referrals", "url": root()},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [rest],
    }


# -- a referral ---------------------------------------------------------------------------------------------
def is_sealed(referral):
    return referral.opened_at is None


def task_status(referral):
    if referral.status == S.SENT and not is_sealed(referral):
        return "received"
    return TASK_STATUS[referral.status]


def in_status(wanted) -> Q:
    """Return the condition of the referrals whose Task has one of these statuses, as task_status tells it."""
    states = [state for state, status in TASK_STATUS.items() if status in wanted and state != S.SENT]
    found = Q(status__in=states)
    if "requested" in wanted:
        found |= Q(status=S.SENT, opened_at=None)
    if "received" in wanted:
        found |= Q(status=S.SENT, opened_at__isnull=False)
    return found


def task(referral):
    """Return the Task; what was disclosed is in it once the system has said that it received the referral."""
    moments = [referral.sent_at, referral.opened_at, referral.decided_at, referral.ended_at]
    last = max(moment for moment in moments if moment).isoformat()
    made = {
        "resourceType": "Task",
        "id": str(referral.pk),
        "meta": {"versionId": str(referral.version), "lastUpdated": last},
        "identifier": [_number(referral)],
        "status": task_status(referral),
        "businessStatus": concept("referral-state", referral.status),
        "intent": "order",
        "priority": referral.priority,
        "code": {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]},
        "focus": {"reference": f"ServiceRequest/{referral.pk}"},
        "for": _person(referral),
        "authoredOn": referral.sent_at.isoformat(),
        "lastModified": last,
        "requester": _institution(referral.sender),
        "owner": _institution(referral.receiver),
    }
    if referral.respond_by and referral.status in Referral.OPEN:
        made["restriction"] = {"period": {"end": referral.respond_by.isoformat()}}
    if referral.unverified_since:
        since = {"url": extension(UNVERIFIED), "valueDate": referral.unverified_since.isoformat()}
        made["extension"] = [since]
    told = {} if is_sealed(referral) else _told(referral)
    returned = told.pop("output", [])
    said = _reason(referral)
    if returned:
        said["output"] = [*said.get("output", []), *returned]
    return made | _period(referral) | said | told


def extension(name):
    return f"{root()}/StructureDefinition/{name}"


def _institution(institution):
    return {"type": "Organization", "reference": f"Organization/{institution.pk}", "display": institution.name}


def _number(referral):
    return {"system": f"{root()}/referral-number", "value": referral.number}


def _person(referral):
    name = "" if is_sealed(referral) else referral.disclosed.get("name", "")
    return {"type": "Patient", "identifier": _number(referral)} | ({"display": name} if name else {})


def _period(referral):
    days = {"start": referral.first_contact_on or referral.planned_start_on, "end": referral.outcome_on}
    known = {name: day.isoformat() for name, day in days.items() if day}
    return {"executionPeriod": known} if known else {}


def status_reason(referral):
    """Return the coded reason of the present state: why it is on hold, not accepted or not done, or how accepted."""
    if referral.status == S.ON_HOLD and referral.hold_cause:
        return concept("hold-cause", referral.hold_cause)
    if referral.fail_reason:
        return concept("fail-reason", referral.fail_reason)
    if referral.reject_reason:
        return concept("reject-reason", referral.reject_reason)
    if referral.status in Referral.ACCEPTED and referral.accept_reason:
        return concept("accept-reason", referral.accept_reason)
    return None


def _reason(referral):
    reason = status_reason(referral)
    found = {"statusReason": reason} if reason else {}
    output = []
    if referral.outcome:
        answer = concept("outcome", referral.outcome)
        output.append({"type": concept("task-part", "outcome"), "valueCodeableConcept": answer})
    if referral.ask_instead:
        output.append({"type": concept("task-part", "ask-instead"), "valueString": referral.ask_instead})
    return found | ({"output": output} if output else {})


def _told(referral):
    """Return what only whoever has opened the referral reads: the chosen data, and what was written meanwhile."""
    found = {}
    disclosed = [
        {"type": concept("disclosed-data", name), "valueString": referral.disclosed[name]}
        for name in DISCLOSABLE
        if referral.disclosed.get(name)
    ]
    disclosed += [_paper(document) for document in referral.attachments.all()]
    returned = [_paper(document) for document in referral.returned.all()]
    notes = [{"time": note.created_at.isoformat(), "text": note.text} for note in referral.notes.all()]
    if disclosed:
        found["input"] = disclosed
    if notes:
        found["note"] = notes
    if returned:
        found["output"] = returned
    return found


def _paper(document):
    named = {"reference": f"DocumentReference/{document.pk}", "display": document.name}
    return {"type": concept("task-part", "document"), "valueReference": named}


def document_reference(document):
    held = {
        "contentType": document.content_type,
        "url": f"{root()}/Binary/{document.pk}",
        "size": document.size,
        "title": document.name,
    }
    return {
        "resourceType": "DocumentReference",
        "id": str(document.pk),
        "status": "current",
        "date": document.uploaded_at.isoformat(),
        "content": [{"attachment": held}],
    }


def binary(document, held):
    data = base64.b64encode(held).decode()
    return {"resourceType": "Binary", "id": str(document.pk), "contentType": document.content_type, "data": data}


def organization(institution):
    names = {"name": institution.name, "alias": [institution.short_name]}
    return {"resourceType": "Organization", "id": str(institution.pk), "active": institution.is_active} | names


def service_request(referral):
    """Return what is asked for; the need in words only to whoever has opened it."""
    made = {
        "resourceType": "ServiceRequest",
        "id": str(referral.pk),
        "meta": {"versionId": str(referral.version)},
        "identifier": [_number(referral)],
        "status": REQUEST_STATUS.get(task_status(referral), "revoked"),
        "intent": "order",
        "priority": referral.priority,
        "category": [{"text": str(referral.get_kind_display())}],
        "subject": _person(referral),
        "authoredOn": referral.sent_at.isoformat(),
        "requester": _institution(referral.sender),
        "performer": [_institution(referral.receiver)],
    }
    if referral.service or referral.area:
        made["code"] = {"text": referral.service.plain_name if referral.service else referral.area.name}
    if not is_sealed(referral) and referral.need:
        made["reasonCode"] = [{"text": referral.need}]
    if not is_sealed(referral) and referral.wanted_outcome:
        made["note"] = [{"text": referral.wanted_outcome}]
    return made


def with_requests(referrals):
    """Return the Tasks found, each with its ServiceRequest, as a Bundle lists them."""
    made = []
    for referral in referrals:
        made += [(task(referral), "match"), (service_request(referral), "include")]
    return made


def bundle(found, links):
    """Return the resources found, each as (resource, mode)."""
    entries = [
        {
            "fullUrl": f"{root()}/{resource['resourceType']}/{resource['id']}",
            "resource": resource,
            "search": {"mode": mode},
        }
        for resource, mode in found
    ]
    return {"resourceType": "Bundle", "type": "searchset", "link": links} | ({"entry": entries} if entries else {})


def outcome(code, text):
    """Return what went wrong, as FHIR says it."""
    issue = {"severity": "error", "code": code, "diagnostics": str(text)}
    return {"resourceType": "OperationOutcome", "issue": [issue]}
