"""The resident's side of the thread: what we wrote to each other, and a place to write."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cus_portal.audit.log import record_read
from cus_portal.forms import posted
from cus_portal.throttle import hit
from residents.actions import may_be_written_to, write_message
from residents.forms import MessageForm
from residents.models import RequestParty
from residents.thread import last_read, thread_of_holder
from residents.views.base import quick_exit
from residents.views.following import of_holder, reach

Sight = RequestParty.Sight
MESSAGES_AN_HOUR = 20


@of_holder
@require_http_methods(["GET", "HEAD", "POST"])
def request_messages(request, tracked, holder):
    reach(tracked, Sight.ALL, Sight.FILING)
    form = MessageForm(**posted(request))
    if request.method == "POST" and form.is_valid() and _written(form, tracked, holder):
        messages.success(request, _("Your message is with us."))
        return redirect("residents:request_messages")
    entries = thread_of_holder(tracked)
    read_at = last_read(tracked)
    if request.method == "GET":
        record_read(tracked, by=holder, screen="messages")
    context = {
        "entries": entries,
        "read_at": read_at,
        "question": next((entry for entry in entries if entry.is_question and entry.waits), None),
        "in_danger": any(entry.is_urgent and entry.waits for entry in entries),
        "open": may_be_written_to(tracked),
        "form": form,
        "tracked": tracked,
        "quick_exit": quick_exit(tracked.needs_way_out),
    }
    return render(request, "residents/messages.html", context)


def _written(form, tracked, holder):
    """Write what the form says, or say in the form why not; the words stay in it."""
    now = timezone.now()
    if not hit("messages", tracked.pk, limit=MESSAGES_AN_HOUR, minutes=60, now=now):
        form.add_error(None, _("You have written many messages within an hour. Wait a little, or call us."))
        return False
    try:
        write_message(tracked, **form.cleaned_data, by=holder, now=now)
    except ValidationError as problem:
        form.add_error(None, problem)
        return False
    return True
