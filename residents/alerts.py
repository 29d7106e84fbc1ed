"""What the desk has to know of a person before anything else: one line each, on every page about the person."""

from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from residents.certificates import ending_of
from residents.models import Flag, Representation, RequestItem
from residents.models.restricted import OVERSEE, reaches
from residents.restriction import is_used, words_of
from residents.workflow import ITEM

TITLE_ENDS_SOON = timedelta(days=60)
OF_AGE_SOON = timedelta(days=90)
LEFT_ALONE = timedelta(days=180)
BACK_LATELY = timedelta(days=180)


def file_lines(file, *, by) -> list[str]:
    """Return for whoever lets people in which restricted file it is, with the way there."""
    if file is None or not by.granted(OVERSEE):
        return []
    return [format_html('{} <a href="{}">{}</a>', _("In a restricted file:"), file.get_absolute_url(), file)]


def alerts_of(resident, *, on: date, by) -> list[str]:
    """Return the lines, the gravest first, as this worker may read them: who is in a file closed to him has no name."""
    restricted = [words_of(one) for one in resident.restrictions.in_force()]
    if restricted and is_used(resident.pk, by=by):
        restricted.append(_("You gave a ground for going on: for a day from then you may work on these data."))
    if resident.died_on:
        return [
            *restricted,
            _("Died on %(day)s (%(source)s). No mail goes out; tell the household in person. Close the open cases.")
            % {"day": _day(resident.died_on), "source": resident.death_source},
        ]
    spoken_for = list(resident.representations.select_related("representative"))
    return [
        *restricted,
        *_warnings(resident, on, by),
        *_about_representatives(spoken_for, on, by),
        *_about_age(resident, spoken_for, on),
        *_about_home(resident, on, by),
        *_about_title(resident, on),
        *_about_certificate(resident, on),
    ]


def _warnings(resident, on, by):
    for flag in Flag.objects.visible_to(by).in_force(on).filter(resident=resident):
        facts = {"warning": str(flag).upper(), "reason": flag.reason, "day": _day(flag.valid_to)}
        yield _("%(warning)s: %(reason)s (until %(day)s)") % facts
        if flag.review_on <= on:
            yield _("Look whether this warning still holds: %(warning)s. Raise it anew or end it.") % facts


def _day(day):
    return date_format(day, "d.m.Y")


def _in_force(row, on):
    return (row.valid_from is None or row.valid_from <= on) and (row.valid_to is None or row.valid_to >= on)


def _about_representatives(rows, on, by):
    standing = [row for row in rows if _in_force(row, on)]
    for row in rows:
        died = row.representative.died_on if row.representative_id else None
        if died and row.valid_to == died and on - died <= LEFT_ALONE:
            words = [_("Urgent: %(who)s died on %(day)s.") % {"who": named(row, by), "day": _day(died)}]
            words += [] if standing else [_("Nobody on record speaks for this person now.")]
            yield " ".join(words)
    for row in standing:
        if row.address_is_hidden:
            yield _("Do not tell the address to %(who)s.") % {"who": named(row, by)}
        if row.limits:
            yield _("%(who)s: a court has limited: %(limits)s") % {"who": named(row, by), "limits": row.limits}


def named(row, by):
    """Return who it is and on what basis; without the name of somebody whose file is closed to this worker."""
    hidden = row.representative_id and not reaches(by, row.representative)
    return row.get_basis_display() if hidden else str(row)


def _about_age(resident, rows, on):
    of_age = resident.of_age_on
    ends = [row for row in rows if row.basis in Representation.ENDS_WITH_MINORITY]
    if of_age and on < of_age <= on + OF_AGE_SOON:
        yield _("Comes of age on %(day)s: on that day the parents' rights end. Agree plan and consents anew.") % {
            "day": _day(of_age)
        }
    elif of_age and ends and of_age <= on <= of_age + OF_AGE_SOON:
        yield _("Of age since %(day)s: parents neither see nor sign anything. Agree plan and consents anew.") % {
            "day": _day(of_age)
        }


def _about_home(resident, on, by):
    here = next((home for home in resident.addresses.of_residence(on) if home.locality_id), None)
    if resident.moved_out_on and resident.moved_out_on <= on and here:
        since = here.valid_from or resident.moved_out_on
        if on <= since + BACK_LATELY:
            facts = {"away": _day(resident.moved_out_on), "back": _day(since)}
            yield (
                _(
                    "Moved away on %(away)s, lives here again since %(back)s. Ask whether another municipality still"
                    " pays for a service or gives one."
                )
                % facts
            )
    elif resident.moved_out_on and resident.moved_out_on <= on:
        facts = {"day": _day(resident.moved_out_on), "where": resident.moved_to or _("it is not known where")}
        yield (
            _(
                "Lives elsewhere since %(day)s (%(where)s). Nothing ends by itself: with the person's consent send a"
                " referral to the centre or OPS there."
            )
            % facts
        )
        asked = RequestItem.objects.visible_to(by).filter(request__resident=resident)
        held = asked.filter(status__in=[*RequestItem.HELD_HERE, RequestItem.Status.SUBMITTED])
        held = list(held.select_related("service").order_by("pk"))
        if names := list(dict.fromkeys(map(str, held))):
            yield _("Check which of these end with the move: %(names)s.") % {"names": "; ".join(names)}
        if any(item.status in ITEM["propose_discontinuing"].sources for item in held):
            yield _("What is not granted yet and has become pointless, propose to discontinue (KPA art. 105).")
    for row in resident.addresses.in_force(on).filter(kind="stays").select_related("locality"):
        yield _("Stays for a time: %(where)s. Check what is suspended meanwhile.") % {"where": row}


def _about_title(resident, on):
    titles = list(resident.titles.all())
    last = max((row.valid_to or date.max for row in titles), default=None)
    if last and last < on:
        yield _("The title of residence ended on %(day)s. Ask for the new one; help goes on.") % {"day": _day(last)}
    elif last and last <= on + TITLE_ENDS_SOON:
        yield _("The title of residence ends on %(day)s. Ask for the new one.") % {"day": _day(last)}


def _about_certificate(resident, on):
    ending = ending_of(resident.pk)
    if ending and (words := ending.words(on)):
        yield words
