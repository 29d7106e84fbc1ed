"""python -m tests.processes.late_referrals COUNT: write referrals that are due to expire; print the middle one."""

import sys
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402

from coordination.models import Referral, ReminderSent  # noqa: E402
from tests import personas  # noqa: E402
from tests.coordination_world import make_case, make_referral  # noqa: E402

sent = timezone.now() - timedelta(days=120)
case = make_case(personas.person("kasia"), opened_on=timezone.localdate(sent))
receiver, worker = personas.institution(personas.PCPR), personas.person("ewa")
made: list[Referral] = []
for number in range(int(sys.argv[1])):
    referral = make_referral(case, receiver, now=sent, consent=None, statute=f"art. {number}")
    for name, days in (("referral_unanswered", 1), ("referral_unanswered_again", 20)):
        ReminderSent.objects.create(
            key=f"{name}:{referral.pk}:{days}", sent_on=referral.respond_by + timedelta(days=days)
        )
    made.append(referral)
print(made[len(made) // 2].pk)
