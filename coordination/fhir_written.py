"""A Task as an institution's program has written it: which move it asks for, and what it brings along for it."""

import base64
import binascii

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext as _

from coordination.fhir import CONFIRMED, status_reason, task_status
from coordination.models import Referral

S = Referral.Status
OPEN = "open"  # no move of the table: it is said that the referral was received
# What the status of a Task means in each state of its referral; "" stands for the states not named.
MOVES_TO = {
    "requested": {S.REJECTED: "reopen"},
    "accepted": {S.ON_HOLD: "plan_anew", S.ACCEPTED: "report", "": "accept"},
    "in-progress": {S.ON_HOLD: "resume", S.IN_PROGRESS: "report", "": "start"},
    "on-hold": {S.ACCEPTED: "hold", S.IN_PROGRESS: "hold", "": "waitlist"},
    "completed": {"": "complete"},
    "rejected": {"": "reject"},
    "failed": {"": "fail"},
}
ASK = [(status, S.INFO_REQUESTED) for status in ("requested", "received")]
REDIRECT = ("cancelled", S.REDIRECTED)


def move_in(written, referral):
    """Return the name of the move; "" where the state knows none; None for what no receiver brings about."""
    status, said = _at(written, "status"), _at(written, "businessStatus", "coding", "code")
    if _confirmed(written):
        return "verify" if status == task_status(referral) else None
    asks = (status, said) in ASK
    if asks and (referral.status != S.INFO_REQUESTED or _new_note(written, referral)):
        return "ask"
    if asks or status == "received":
        return OPEN
    if (status, said) == REDIRECT:
        return "redirect"
    moves = MOVES_TO.get(status)
    return moves and moves.get(referral.status, moves.get("", ""))


def answers_in(written, referral):
    """Return what the form of a move asks for; what is not as it should be is left empty."""
    start, end = (_at(written, "executionPeriod", edge)[:10] for edge in ("start", "end"))
    code, why = _new_reason(written, referral)
    note = _new_note(written, referral)
    return {
        "planned_start_on": start,
        "first_contact_on": start,
        "outcome_on": end,
        "review_on": _at(written, "restriction", "period", "end")[:10],
        "accept_reason": code,
        "accept_words": why or note,
        "reject_reason": code,
        "fail_reason": code,
        "cause": code or Referral.HoldCause.OTHER,
        "outcome": _at(_outputs(written, "valueCodeableConcept"), "valueCodeableConcept", "coding", "code"),
        "closing_note": note or why,
        "ask_instead": _at(_outputs(written, "valueString"), "valueString"),
        "text": note,
        "reason": _confirmed(written) or why or note,
        "out_of_order_reason": (why or note)[:240],
        "over_limit_reason": (why or note)[:240],
        "receiver": _at(written, "owner", "reference").removeprefix("Organization/"),
    }


def documents_in(written):
    """Return the files that came along, as uploads that have yet to be looked through."""
    return [_upload(output["valueAttachment"]) for output in _outputs(written, "valueAttachment")]


def _upload(attachment):
    try:
        held = base64.b64decode(_at(attachment, "data"), validate=True)
    except (binascii.Error, ValueError):
        held = b""
    if not held:
        raise ValidationError(_("A document brings what it holds in `data`, in base64."))
    return SimpleUploadedFile(_at(attachment, "title") or "document", held)


def _outputs(written, kind):
    outputs = written.get("output")
    found = outputs if isinstance(outputs, list) else [outputs]
    return [output for output in found if isinstance(output, dict) and kind in output]


def _confirmed(written):
    extensions = written.get("extension")
    named = [
        one
        for one in (extensions if isinstance(extensions, list) else [])
        if isinstance(one, dict) and _at(one, "url").endswith(f"/{CONFIRMED}")
    ]
    return _at(named, "valueString")


def _new_reason(written, referral):
    """Return the code and the words of the reason, unless the program has merely sent back what it had read."""
    known = {"statusReason": status_reason(referral)}
    told = [
        (_at(task, "statusReason", "coding", "code"), _at(task, "statusReason", "text")) for task in (written, known)
    ]
    return ("", "") if told[0] == told[1] else told[0]


def _new_note(written, referral):
    """Return the first note that the program has not merely sent back as it had read it."""
    notes = written.get("note")
    known = {(note.created_at.isoformat(), note.text) for note in referral.notes.all()}
    for note in notes if isinstance(notes, list) else [notes]:
        text = _at(note, "text")
        if text and (_at(note, "time"), text) not in known:
            return text
    return ""


def _at(value, *path):
    """Return the text at the end of a path, the first of what there are several of, or nothing."""
    for step in path:
        if isinstance(value, list):
            value = value[0] if value else None
        value = value.get(step) if isinstance(value, dict) else None
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""
