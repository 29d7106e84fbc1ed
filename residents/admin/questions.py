"""The question to the resident: the moves of a request that ask and answer it, and the days its clocks stood."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cus_portal.admin import Move
from residents.actions import answer_question, ask_resident
from residents.desk_forms import AnswerForm, AskForm
from residents.models import ClockPause


def _pauses(request):
    """Return the pauses of the request's clocks; looked for once for each page."""
    if not hasattr(request, "clock_pauses"):
        rows = ClockPause.objects.filter(item__request=request).select_related("item__service")
        request.clock_pauses = list(rows.order_by("began_on", "question", "item__position"))
    return request.clock_pauses


def question_waits(request):
    """Tell whether a question waits for its answer: the clock of some need stands."""
    return any(pause.ended_on is None for pause in _pauses(request))


ASK = Move(
    "ask",
    ask_resident,
    form=AskForm,
    when=lambda request: not question_waits(request),
    done=gettext_lazy("The question is on its way. The clock stands."),
)
ANSWER = Move("answer", answer_question, form=AnswerForm, when=question_waits)


def pauses_of(request):
    """Return when clocks of the request stood, and of which needs where it was not all of them."""
    found = {}
    for pause in _pauses(request):
        found.setdefault((pause.question_id, pause.began_on, pause.ended_on), []).append(pause.item)
    everything = len(request.items.all())
    return [
        {"began_on": began, "ended_on": ended, "needs": "; ".join(map(str, items)) if len(items) < everything else ""}
        for (_question, began, ended), items in found.items()
    ]


def pauses_in_words(item):
    """Return when the clock of one need stood."""
    return [
        f"{date_format(pause.began_on)} – {date_format(pause.ended_on) if pause.ended_on else _('until the answer')}"
        for pause in item.pauses.order_by("began_on", "pk")
    ]
