"""What the people of the demonstration say of the centre: complaints and thanks, and how a service was."""

from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from django.utils import timezone

from coordination.actions.surveys import ask_how_it_was, take_answer
from coordination.models import SurveyAnswer, SurveyInvitation
from cus_portal.accounts.actors import PublicActor
from cus_portal.audit.log import told_as_of
from residents import actions
from residents.models import Complaint

ANSWERED = 0.7  # the share of those asked who answer
MONTH = timedelta(days=30)


def complain(world, end):
    """One complaint in each state, and one about the director, which she does not see."""
    director, organiser = world.people["danuta"], world.people["beata"]
    voices = enumerate(world.texts["voices"])
    filed = [_file(world, end - timedelta(days=35 - 5 * place), **said) for place, said in voices]
    answered, delayed, about_her, *_waiting = filed
    with told_as_of(end - timedelta(days=20)):
        now = end - timedelta(days=20)
        for complaint in (answered, delayed):
            actions.examine_complaint(complaint, by=director, now=now)
        actions.answer_complaint(
            answered, answer=world.texts["complaint_answer"], result=Complaint.Result.FOUNDED, by=director, now=now
        )
        until = delayed.due_on + MONTH
        actions.extend_complaint(delayed, until=until, reason=world.texts["complaint_delay"], by=director, now=now)
        actions.pass_complaint_on(about_her, passed_to=world.texts["council"], by=organiser, now=now)


def _file(world, now, **said):
    person = world.somebody()
    name = f"{person['first_name']} {person['last_name']}"
    words = actions.Words(name=name, address=f"{person['address']}, {person['postal_code']}", **said)
    with told_as_of(now):
        return actions.file_complaint(
            words, received_on=timezone.localdate(now), token=uuid5(NAMESPACE_URL, name), by=PublicActor(), now=now
        )


def say_how_it_was(world, end):
    """Ask at the end of each month about what had ended; most answer, one in ten with words."""
    for months in range(11, -1, -1):
        now = end - months * MONTH
        with told_as_of(now):
            ask_how_it_was(on=timezone.localdate(now))
            for invitation in SurveyInvitation.objects.filter(used=False).order_by("pk"):
                if world.happens(ANSWERED):
                    _answer(world, invitation, now)


def _answer(world, invitation, now):
    said = {name: world.weighted({3: 7, 2: 2, 1: 1}) for name in SurveyAnswer.QUESTIONS}
    words = world.one_of("survey_words") if world.happens(0.1) else ""
    take_answer(invitation, words=words, by=PublicActor(), now=now, **said)
