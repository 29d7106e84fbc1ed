"""What the desk's tests share: addresses of pages and moves, the words of a page, a search."""

import re

from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_request

PESEL = "48111200009"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
QUEUE = reverse("admin:residents_servicerequest_changelist")
NEEDS = reverse("admin:residents_requestitem_changelist")
ADD = reverse("admin:residents_servicerequest_add")
INDEX = reverse("admin:index")
GROUNDS = {
    "ground": "elsewhere",
    "factual_grounds": "Poza gminą.",
    "legal_grounds": "§ 4 uchwały.",
    "appeal_instruction": "14 dni.",
}


def now():
    return timezone.now()


def page(obj):
    return reverse(f"admin:residents_{obj._meta.model_name}_change", args=[obj.pk])


def move(obj, name):
    return reverse(f"admin:residents_{obj._meta.model_name}_move", args=[obj.pk, name])


def words(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def told(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def file_today(**fields):
    return make_request(now=now(), **fields)


def pages_of(filed):
    """Every page of the desk about one request."""
    item = filed.items.get()
    return [
        QUEUE,
        ADD,
        page(filed),
        page(item),
        NEEDS,
        reverse("admin:residents_resident_changelist"),
        reverse("admin:residents_case_changelist"),
        reverse("admin:residents_servicerequest_receipt", args=[filed.pk]),
        move(filed, "take_up"),
        move(item, "qualify"),
    ]


def search(client, text, where=QUEUE):
    response = client.post(where + "find/", {"q": text})
    assert response.status_code == 302
    return response.url
