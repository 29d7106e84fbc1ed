"""SQL queries of each page, counted in a portal that runs: python -m benchmarks.pages, with its PORTAL_STATE_DIR.

Prints JSON: [[whose sign-in, address, queries the first time, queries the second time], ...] and each one's session.
"""

import json
import logging
import os

import django
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, setup_test_environment
from django.urls import reverse

PUBLIC = ["/", "/uslugi/", "/kontakt/", "/dostepnosc/", "/ochrona-danych/", "/zgloszenie/", "/oddzwonimy/"]
PUBLIC += ["/moja-sprawa/", "/logowanie/"]
STAFF = ["danuta", "tomek", "ola", "iwona", "admin"]


def addresses():
    """Return {whose sign-in: addresses}; the public's are under the empty name."""
    from django.contrib import admin  # Django has to be set up first

    from coordination.worklists import WORKLISTS
    from services.models import Service

    service = Service.objects.order_by("pk").first()
    lists = [reverse("coordination:worklist", args=[name]) for name in WORKLISTS]
    models = sorted(model._meta.label_lower for model in admin.site._registry)
    return {
        "": [*PUBLIC, reverse("services:detail", args=[service.slug])],
        "kasia": ["/praca/", *lists, "/praca/raporty/"],
        "ewa": ["/praca/skierowania/"],
        # The admin's lists are those of the first who may see them.
        **dict.fromkeys(
            STAFF, ["/admin/", *(reverse(f"admin:{label.replace('.', '_')}_changelist") for label in models)]
        ),
    }


def count(client, address):
    with CaptureQueriesContext(connection) as captured:
        status = client.get(address).status_code
    return len(captured) if status == 200 else None


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cus_portal.settings.development")
    django.setup()
    logging.disable()
    setup_test_environment(debug=False)
    from cus_portal.accounts.models import User
    from tests.signing import sign_in_as

    rows, sessions = [], {}
    for name, pages in addresses().items():
        client = Client(headers={"host": "127.0.0.1"})
        if name:
            user = User.objects.get(email=f"{name}@demo.example")
            sign_in_as(client, user)
            sessions[name] = client.cookies["sessionid"].value
        for address in pages:
            cache.clear()
            queries = count(client, address), count(client, address)
            if None not in queries and address not in {row[1] for row in rows}:
                rows.append([name, address, *queries])
    print(json.dumps({"rows": rows, "sessions": sessions}))  # noqa: T201


if __name__ == "__main__":
    main()
