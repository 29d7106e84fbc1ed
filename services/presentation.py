"""The catalogue in people's words: the reader's language, tags and cards, fees, opening hours."""

from datetime import date
from decimal import Decimal
from functools import cached_property

from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cus_portal.templatetags.portal import day, money, tag
from services.hours import LAST, closes_at, lines_of, next_opening
from services.models import ProgrammeService, Service, Weekday
from services.search import marked

Fee = ProgrammeService.Fee
Availability = Service.Availability
POLISH = "pl"
CARDS_KEPT = 4000
CARD = '<li><a class="tap" href="{}"><strong>{}</strong></a> {}<br><span class="muted">{}</span></li>'


# -- languages ----------------------------------------------------------------------------------
def said(texts, question=None):
    """Return the text in the reader's language, else in Polish and marked as Polish; the words asked for are marked."""
    language = get_language()
    own, polish_text = texts.get(language, ""), texts.get(POLISH, "")
    text = marked(own or polish_text, question) if question else own or polish_text
    if own:
        return text
    return format_html('<span lang="pl">{}</span>', text) if text and language != POLISH else text


def polish(text):
    """Mark a text that is kept in Polish only."""
    return said({POLISH: text})


def fill(sentence, **words):
    """Put words into a translated sentence; each keeps its mark of language."""
    return mark_safe(  # noqa: S308 every part is escaped
        conditional_escape(sentence) % {name: conditional_escape(word) for name, word in words.items()}
    )


def joined(words, between=", "):
    return format_html_join(between, "{}", ((word,) for word in words if word))


def said_in(row, word):
    """Return what a row of a page says under the word, whose translations stand beside it."""
    return said({POLISH: row.get(word, ""), **{code: row.get(f"{word}_{code}", "") for code in ("uk", "en")}})


def named(rows):
    return [said(row["name"]) for row in rows]


# -- cards --------------------------------------------------------------------------------------
class Card:
    """One service in a list: its words in the reader's language, and its tags, each a kind and a word."""

    def __init__(self, version, on, *, suspended=False):
        self.version = version
        self.tags = tags_of(version, on, suspended=suspended)
        self._url = version.get_absolute_url()
        self._tags = format_html_join("", "{} ", ((tag(kind, words),) for kind, words in self.tags))

    @cached_property
    def plain(self):
        return self.html(None)

    def html(self, question):
        """Return the line of a list, with the words marked that were asked for.

        A search draws twenty, for which a template takes longer than the rest of the page.
        """
        name, summary = (said(self.version.card[word], question) for word in ("plain_name", "summary"))
        return format_html(CARD, self._url, name, self._tags, summary)


def cards_of(catalogue, places, on, *, question=None):
    """Return the cards of the entries in those places as HTML, in that order.

    A card is made once in a publication; only the words that were asked for are marked anew.
    """
    made, language = catalogue.cards, get_language()
    if len(made) > CARDS_KEPT:
        made.clear()
    found = []
    for place in places:
        card = made.get((place, on, language))
        if card is None:
            version = catalogue.version(place)
            card = Card(version, on, suspended=suspended_on(catalogue, version, on))
            made[place, on, language] = card
        found.append(card.html(question) if question else card.plain)
    return found


def tags_of(version, on, *, suspended=False):
    """Return (kind, words): what stands in the way first, then the price and the kind of help.

    A service that keeps a waiting list need not have anybody on it, so no tag says so: the facts do.
    """
    availability, basis = version.availability(on), version.basis_shown(on)
    tags = []
    if availability != Availability.IN_FORCE:
        tags.append(("plain", availability.label))
    elif suspended:
        tags.append(("warn", _("suspended")))
    if basis and basis["fee"] == Fee.FREE:
        tags.append(("ok", _("free of charge")))
    elif basis and basis["fee"] != Fee.NONE_SET:
        tags.append(("plain", fee_of(basis)))
    if version.card["supporting_action"]:
        tags.append(("plain", _("neighbours' help")))
    return tags


def doors_of(catalogue):
    """Return the target groups that are doors on the home page."""
    names = catalogue.names["group"]
    return [
        {
            "code": row.code,
            "name": said(names[row.code]),
            "hint": said({POLISH: row.hint, "uk": row.hint_uk, "en": row.hint_en}),
        }
        for row in catalogue.doors
    ]


def suspended_on(catalogue, version, on):
    alerts = catalogue.alerts_on(on, service=version.service_id, places=version.places)
    return any(alert.suspends for alert in alerts)


def alert_lines(alerts):
    """Return what each alert says and in which days."""
    return [
        {
            "text": said({POLISH: alert.text, "uk": alert.text_uk, "en": alert.text_en}),
            "suspends": alert.suspends,
            "first": alert.first_on,
            "last": alert.last_on,
        }
        for alert in alerts
    ]


# -- money --------------------------------------------------------------------------------------
UNITS = {
    "hour": gettext_lazy("for an hour"),
    "visit": gettext_lazy("for a visit"),
    "ride": gettext_lazy("for a ride"),
    "meal": gettext_lazy("for a meal"),
    "day": gettext_lazy("for a day"),
    "month": gettext_lazy("a month"),
    "once": gettext_lazy("once"),
}


def fee_of(basis):
    """Say what it costs: an amount for what, or the rule; then the note."""
    note = basis.get("fee_note", "")
    match basis["fee"]:
        case Fee.FLAT:
            unit = UNITS.get(basis.get("fee_unit", ""), "")
            return joined([money(Decimal(basis["amount"])), unit, polish(note)], " ")
        case Fee.NONE_SET if note:
            return polish(note)
        case kind:
            return str(Fee(kind).label)


def fee_facts(basis):
    words, note = fee_of(basis), basis.get("fee_note", "")
    return words if not note or note in words else [words, polish(note)]


def fee_table(basis):
    """Return the lines of the income table: the income of a person up to, and what then is paid."""
    rows = []
    for band in basis.get("fee_bands", []):
        limit = band.get("up_to")
        income = _("up to %(amount)s") % {"amount": money(Decimal(limit))} if limit else _("more")
        pays = _("%(percent)s%% of the cost") % {"percent": band["percent"]} if "percent" in band else ""
        rows.append((income, pays or money(Decimal(band["amount"]))))
    return rows


# -- hours --------------------------------------------------------------------------------------
ON_DAY = {
    Weekday.MONDAY: gettext_lazy("on Monday"),
    Weekday.TUESDAY: gettext_lazy("on Tuesday"),
    Weekday.WEDNESDAY: gettext_lazy("on Wednesday"),
    Weekday.THURSDAY: gettext_lazy("on Thursday"),
    Weekday.FRIDAY: gettext_lazy("on Friday"),
    Weekday.SATURDAY: gettext_lazy("on Saturday"),
    Weekday.SUNDAY: gettext_lazy("on Sunday"),
}


def clock(moment):
    return f"{moment.hour}:{moment.minute:02}"


def open_state(rules, exceptions, now):
    """Return (kind of tag, words, the moment at which they cease to be true) about being open, or None."""
    closes = closes_at(rules, exceptions, now)
    if closes:
        return "ok", _("open now until %(time)s") % {"time": clock(closes)}, closes
    opens = next_opening(rules, exceptions, now)
    if not opens:
        return None
    words = {"time": clock(opens), "day": date_format(opens, "j E")}
    match (opens.date() - localtime(now).date()).days:
        case 0:
            text = _("closed now, opens today at %(time)s")
        case 1:
            text = _("closed now, opens tomorrow at %(time)s")
        case ahead if ahead < 7:
            text, words["day"] = _("closed now, opens %(day)s at %(time)s"), ON_DAY[Weekday(opens.weekday())]
        case _:
            text = _("closed now, opens on %(day)s at %(time)s")
    return "plain", text % words, opens


def hours_lines(rules, on):
    """Return (days, times) of the opening hours, a line for the days that have the same ones."""
    found = {}
    for week, first, last, opens, closes, since in lines_of(rules, on):
        days = str(Weekday(first).label)
        if first != last:
            days = f"{days}–{Weekday(last).label}"
        if week == LAST:
            days = _("%(days)s, the last one in the month") % {"days": days}
        elif week:
            days = _("%(days)s, number %(number)s in the month") % {"days": days, "number": week}
        if since:
            days = _("%(days)s, from %(start)s") % {"days": days, "start": day(date.fromisoformat(since))}
        found.setdefault(days, []).append(f"{_short(opens)}–{_short(closes)}")
    return [(days, ", ".join(times)) for days, times in found.items()]


def exception_lines(exceptions, on):
    """Return (days, what is different) of the exceptions that have not passed."""
    lines = []
    for one in sorted(exceptions, key=lambda one: one["from"]):
        first, last = date.fromisoformat(one["from"]), date.fromisoformat(one["to"])
        if last < on:
            continue
        days = day(first) if first == last else f"{day(first)} – {day(last)}"
        what = f"{_short(one['opens'])}–{_short(one['closes'])}" if "opens" in one else _("not open")
        lines.append((days, format_html("{} ({})", what, polish(one["note"])) if one.get("note") else what))
    return lines


def _short(text):
    return text.removeprefix("0")
