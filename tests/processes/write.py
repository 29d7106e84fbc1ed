"""python -m tests.processes.write COUNT: write messages to one person, each in a transaction, as an action does.

Prints the seconds it took.
"""

import sys
import time
import uuid

import django
from django.db import transaction

django.setup()

from cus_portal.accounts.models import User  # noqa: E402
from cus_portal.notifications.outbox import notify  # noqa: E402

user, _created = User.objects.get_or_create(email="tomek@demo.example")
began = time.monotonic()
for _number in range(int(sys.argv[1])):
    with transaction.atomic():
        notify(user, "plan_approved", dedupe_key=str(uuid.uuid4()), number="CUS.1.2026", path="/praca/")
print(time.monotonic() - began)
