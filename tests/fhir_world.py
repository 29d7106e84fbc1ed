"""An institution's program that speaks FHIR, and what R4 demands of what it gets."""

import json

from django.test import Client

from tests.partner_world import make_partner_token

REQUIRED = {  # what R4 demands of each resource (cardinality 1..), with its closed lists of values
    "Task": {"status", "intent"},
    "ServiceRequest": {"status", "intent", "subject"},
    "Bundle": {"type"},
    "CodeSystem": {"status", "content"},
    "ValueSet": {"status"},
    "CapabilityStatement": {"status", "date", "kind", "fhirVersion", "format"},
    "OperationOutcome": {"issue"},
    "DocumentReference": {"status", "content"},
    "Binary": {"contentType"},
    "Organization": {"name"},
}
VALUES = {
    (
        "Task",
        "status",
    ): "draft requested received accepted rejected ready cancelled in-progress on-hold failed completed"
    " entered-in-error",
    ("Task", "intent"): "unknown proposal plan order original-order reflex-order filler-order instance-order option",
    ("Task", "priority"): "routine urgent asap stat",
    ("ServiceRequest", "status"): "draft active on-hold revoked completed entered-in-error unknown",
    ("ServiceRequest", "intent"): "proposal plan directive order original-order reflex-order filler-order option",
    ("DocumentReference", "status"): "current superseded entered-in-error",
    ("CodeSystem", "content"): "not-present example fragment complete supplement",
}


class System:
    """An institution's program: it sends its token and says which version it has seen."""

    def __init__(self, institution):
        self.token, self.secret = make_partner_token(institution)
        self.client = Client(headers={"Authorization": f"Bearer {self.secret}"})

    def get(self, path):
        return self.client.get(f"/api/fhir/{path}")

    def put(self, referral, version=None, **said):
        body = {"resourceType": "Task", "id": str(referral.pk)} | said
        seen = {"If-Match": f'W/"{referral.version if version is None else version}"'}
        return self.client.put(f"/api/fhir/Task/{referral.pk}", json.dumps(body), "application/fhir+json", headers=seen)


def problem(response, status):
    assert response.status_code == status, response.content
    return conforming(response)["issue"][0]["code"]


def conforming(response):
    """Return the resource, after a look at what R4 demands of its form."""
    assert response["Content-Type"] == "application/fhir+json; charset=utf-8"
    return check(response.json())


def check(resource):
    kind = resource["resourceType"]
    assert REQUIRED[kind] <= resource.keys(), kind
    for (of, name), values in VALUES.items():
        if of == kind and name in resource:
            assert resource[name] in values.split()
    assert all(value not in ("", [], {}, None) for value in resource.values())  # FHIR knows no empty element
    for entry in resource.get("entry", []):
        check(entry["resource"])
    return resource
