"""Why institutions did not accept in the last year: first in the whole municipality, then by institution.

Whoever sees the board need not see the referrals behind it: small numbers are hidden, and all from which one follows.
What is hidden does not depend on what the board is narrowed to, so two views of it give no more than one.
"""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.models import Referral
from coordination.suppression import COUNT, HIDDEN, SMALL, says_itself, suppress

REASONS = tuple(Referral.RejectReason)


def tables(found, shown):
    """Return the tables, or [] where nobody refused.

    `found` has the refusals of every institution that answered: {institution: {reason: number}}. `shown` names those
    that the board shows, as (institution, name).
    """
    whole = {one: sum(reasons.get(one, 0) for reasons in found.values()) for one in REASONS}
    if not any(whole.values()):
        return []
    told = _suppressed([[whole[one]] for one in REASONS])
    kept = [one for one, (number,) in zip(REASONS, told, strict=True) if whole[one] and number != HIDDEN]
    hidden = [str(one.label) for one, (number,) in zip(REASONS, told, strict=True) if number == HIDDEN]
    rest = sum(whole.values()) - sum(whole[one] for one in kept)
    rows = sorted(([one.label, whole[one]] for one in kept), key=lambda row: -row[1])
    if rest >= SMALL:
        rows.append([_("%(reasons)s: together") % {"reasons": ", ".join(hidden)}, rest])
    return [
        {
            "name": "reasons-of-year",
            "title": _("Why institutions did not accept: the whole municipality, the last twelve months"),
            "note": _("Counted this morning."),
            "head": [_("Reason"), _("referrals")],
            "rows": rows,
            "folded": _("A number under five is not shown, nor one that would give it away.") if hidden else "",
        },
        *_by_institution(found, shown, kept),
    ]


def _by_institution(found, shown, kept):
    """Leave out a reason whose sum is hidden, and one that each institution gave once: the sum would say so."""
    kept = [one for one in kept if not says_itself([reasons.get(one, 0) for reasons in found.values()])]
    if not kept:
        return []
    cells = _suppressed([[reasons.get(one, 0) for one in kept] for reasons in found.values()])
    by_institution = dict(zip(found, cells, strict=True))
    mine = [(name, by_institution[key]) for key, name in shown if key in by_institution]
    rows = [[name, *numbers] for name, numbers in mine if any(one and one != HIDDEN for one in numbers)]
    folded = sum(HIDDEN in numbers for _name, numbers in mine) - sum(HIDDEN in row for row in rows)
    if not rows and not folded:
        return []
    return [
        {
            "name": "reasons-by-institution",
            "title": _("Institutions by why they did not accept, of the last twelve months"),
            "note": _("# hides a number from one to four, and one from which it could be reckoned.") if rows else "",
            "head": [_("Institution"), *(one.label for one in kept)],
            "rows": rows,
            "folded": _folded_institutions(folded),
        }
    ]


def _folded_institutions(number):
    if not number:
        return ""
    words = ngettext(
        "The numbers of %(n)d institution are not shown: they are under five, or would give such a number away.",
        "The numbers of %(n)d institutions are not shown: they are under five, or would give such a number away.",
        number,
    )
    return words % {"n": number}


def _suppressed(rows):
    columns = [("", COUNT)] * len(rows[0])
    return suppress({"columns": columns, "rows": rows, "has_total": False, "has_whole": False})["rows"]
