"""The portal's components: each is made once here and shown in every state on the style guide's page."""

import re
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cus_portal import charts, paging
from cus_portal.centre import in_language

register = template.Library()

BOOLEAN_ICON = re.compile(r'<img src="[^"]*/icon-(yes|no|unknown)[^"]*\.svg" alt="[^"]*">')
NAMELESS_HEADER = re.compile(r"<th((?: class=\"\w+\")?)></th>")
HELP_ICON = re.compile(r'<img [^>]*class="help help-tooltip"[^>]*title="([^"]*)">')
TAG_KINDS = {"ok", "warn", "late", "wait", "mine", "plain"}
TILE_KINDS = {"late", "mine", "theirs", "hold", "done", "plain"}


# -- words and numbers --------------------------------------------------------------------------
@register.filter
def day(value: date | None) -> str:
    """12 listopada 2026."""
    return date_format(_local(value), "j E Y") if value else ""


@register.filter
def day_short(value: date | None) -> str:
    """12 listopada."""
    return date_format(_local(value), "j E") if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """12 listopada 2026, 14:05."""
    return date_format(_local(value), "j E Y, H:i") if value else ""


def _local(value):
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


@register.filter
def phone_link(number: str) -> str:
    """A number to tap, which never breaks over a line."""
    if not number:
        return ""
    return format_html('<a class="tel" href="{}">{}</a>', phone_uri(number), number)


@register.filter
def unbroken(words: str) -> str:
    """Words to be read out as one, such as a number with dashes, which never break over a line."""
    return format_html('<span class="text-nowrap">{}</span>', words)


@register.filter
def phone_uri(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    if number.strip().startswith("+") or len(digits) < 9:
        return f"tel:{'+' if number.strip().startswith('+') else ''}{digits}"
    return f"tel:+48{digits[-9:]}"


@register.filter
def money(amount: Decimal | int | None) -> str:
    """ "bezpłatnie" or an amount with grosze only where there are any."""
    if amount is None:
        return ""
    if not amount:
        return _("free of charge")
    decimals = 0 if amount == int(amount) else 2
    return _("PLN %(amount)s") % {"amount": number_format(amount, decimals, force_grouping=True)}


@register.filter
def zloty(amount: Decimal | int) -> str:
    """An amount that is due, with its grosze; nothing is nought here, not free of charge."""
    return _("PLN %(amount)s") % {"amount": number_format(amount, 2, force_grouping=True)}


@register.filter
def labelled(cells, headers):
    """Give each cell of a list of the admin its column's name, which a phone shows; yes and no become words."""
    for cell, header in zip(cells, headers, strict=True):
        name = format_html('<td data-label="{}"', capfirst(header["text"]))
        yield mark_safe(in_words(cell).replace("<td", name, 1))  # noqa: S308 - escaped by the admin and above


@register.filter
def in_words(html: str) -> str:
    """Put words in the place of the admin's icons: yes, no, and the help that only a mouse would find.

    A column without a name gets no header: a screen reader would announce one that says nothing.
    """
    words = {"yes": _("yes"), "no": _("no"), "unknown": "–"}
    worded = BOOLEAN_ICON.sub(lambda found: words[found[1]], html)
    worded = HELP_ICON.sub(r'<small class="help">\1</small>', worded)
    return mark_safe(NAMELESS_HEADER.sub(r"<td\1></td>", worded))  # noqa: S308 - escaped by the admin


@register.filter
def centre_words(words: str) -> str:
    """The centre's own words in the reader's language, else in Polish and marked so."""
    language = get_language()
    if not words or language == settings.LANGUAGE_CODE:
        return words
    return in_language(settings.CENTRE, words, language) or format_html('<span lang="pl">{}</span>', words)


# -- small pieces -------------------------------------------------------------------------------
@register.simple_tag
def tag(kind: str, text: str) -> str:
    if kind not in TAG_KINDS:
        raise template.TemplateSyntaxError(f"A tag has no kind {kind!r}.")
    return format_html('<span class="tag tag-{}">{}</span>', kind, text)


@register.inclusion_tag("components/tile.html")
def tile(count: int, label: str, url: str, kind: str = "plain", chosen: bool = False) -> dict:
    if kind not in TILE_KINDS:
        raise template.TemplateSyntaxError(f"A tile has no kind {kind!r}.")
    return {
        "count": number_format(min(count, paging.COUNT_LIMIT), 0, force_grouping=True),
        "more": count > paging.COUNT_LIMIT,
        "zero": not count,
        "label": label,
        "url": url,
        "kind": kind,
        "chosen": chosen,
    }


@register.inclusion_tag("components/facts.html")
def facts(rows) -> dict:
    """Rows of (term, value); a value may be a list; rows without a value are left out."""
    return {
        "rows": [
            {"term": term, "value": value, "many": isinstance(value, list | tuple)}
            for term, value in rows
            if value not in (None, "", [], ())
        ]
    }


@register.inclusion_tag("components/steps.html")
def steps(rows) -> dict:
    """Rows of {title, state: "done" | "now" | "next", at?, text?}."""
    words = {"done": _("done"), "now": _("now"), "next": _("ahead")}
    return {
        "rows": [
            {
                "title": row["title"],
                "state": row["state"],
                "state_word": words[row["state"]],
                "at": row.get("at"),
                "text": row.get("text", ""),
            }
            for row in rows
        ]
    }


@register.inclusion_tag("components/empty.html")
def empty(title: str, text: str = "", url: str = "", action: str = "") -> dict:
    """What is empty, and what to do about it."""
    return {"title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("components/breadcrumbs.html")
def breadcrumbs(*pairs) -> dict:
    """{% breadcrumbs "Usługi" url "Zdrowie" url2 %} or one list of (label, url); the page itself is not listed."""
    if len(pairs) == 1 and not isinstance(pairs[0], str):
        crumbs = list(pairs[0])
    else:
        crumbs = list(zip(pairs[::2], pairs[1::2], strict=True))
    return {"crumbs": crumbs}


# -- blocks -------------------------------------------------------------------------------------
@register.simple_block_tag(end_name="endpanel")
def panel(content, title: str = "", kind: str = "", tag_text: str = "", level: int = 2) -> str:
    return render_to_string(
        "components/panel.html",
        {"content": content, "title": title, "kind": kind, "tag_text": tag_text, "level": level},
    )


@register.simple_block_tag(end_name="endcallout")
def callout(content, title: str = "", kind: str = "warm", level: int = 2) -> str:
    return render_to_string(
        "components/callout.html", {"content": content, "title": title, "kind": kind, "level": level}
    )


@register.simple_block_tag(end_name="endpart")
def part(content, title: str, said: str = "", name: str = "") -> str:
    """A part of a long page: on a phone folded into a line with its sum, on a wide screen open under its heading."""
    context = {"content": content, "title": title, "said": said, "name": name}
    return render_to_string("components/part.html", context)


@register.simple_block_tag(end_name="endpage_header")
def page_header(content, title: str, lead: str = "", eyebrow: str = "") -> str:
    """The page's only h1; what stands between the tags are its actions."""
    return render_to_string(
        "components/page_header.html",
        {"actions": content if content.strip() else "", "title": title, "lead": lead, "eyebrow": eyebrow},
    )


# -- lists --------------------------------------------------------------------------------------
@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context, page) -> dict:
    """Numbered pages of a Paginator page; keeps the filters of the address."""
    query = context["request"].GET.copy()

    def link(number):
        query["page"] = number
        return "?" + query.urlencode()

    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "page": page,
        "many": page.paginator.num_pages > 1,
        "pages": [
            {"number": number, "url": link(number) if isinstance(number, int) else "", "current": number == page.number}
            for number in numbers
        ],
        "previous_url": link(page.previous_page_number()) if page.has_previous() else "",
        "next_url": link(page.next_page_number()) if page.has_next() else "",
    }


@register.inclusion_tag("components/keyset_pagination.html", takes_context=True)
def keyset_pagination(context, part, mark=paging.MARK, to="") -> dict:
    """For lists that grow: on, back, and to the start; keeps filters, words and order of the address.

    Where a page has several lists, each has its mark's name and the anchor that a step leads back to.
    """
    query = context["request"].GET.copy()
    query.pop(mark, None)
    anchor = f"#{to}" if to else ""

    def link(place):
        return f"?{urlencode([*query.lists(), (mark, place)], doseq=True)}{anchor}" if place else ""

    return {
        "first_url": f"?{query.urlencode()}{anchor}",
        "previous_url": link(part.previous),
        "next_url": link(part.following),
    }


@register.simple_tag
def row_count(n: int) -> str:
    """12 rows; more than 10,000 rows, where counting stopped."""
    if n > paging.COUNT_LIMIT:
        return _("more than %(n)s rows") % {"n": number_format(paging.COUNT_LIMIT, 0, force_grouping=True)}
    return ngettext("%(n)s row", "%(n)s rows", n) % {"n": number_format(n, 0, force_grouping=True)}


@register.inclusion_tag("components/filters.html", takes_context=True)
def filters(context, form, open: bool = False, legend: str = "") -> dict:  # noqa: A002
    """The panel over a list: fields of a FilterSet's form, and a way out of them."""
    chosen = [name for name in form.fields if any(form.data.getlist(name))] if form.is_bound else []
    return {
        "form": form,
        "open": open or bool(chosen) or bool(form.errors),
        "chosen": len(chosen),
        "path": context["request"].path,
        "legend": legend,
    }


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms) -> dict:
    """Everything that is wrong, each with a link to its field; takes the focus when the page opens."""
    problems = []
    for form in forms:
        problems += [{"text": text, "href": ""} for text in form.non_field_errors()]
        for bound in form:
            target = "" if bound.is_hidden else bound.id_for_label or f"{bound.auto_id}_0"
            problems += [
                {"text": f"{_before_colon(bound.label)}: {text}", "href": f"#{target}" if target else ""}
                for text in bound.errors
            ]
    return {"problems": problems}


def _before_colon(label) -> str:
    """A question stands as it is, without its mark, before what is wrong with the answer."""
    return str(label).rstrip("?:. ")


# -- charts -------------------------------------------------------------------------------------
@register.inclusion_tag("components/bar_chart.html")
def bar_chart(title: str, rows, series, first_column: str = "") -> dict:
    """Stacked horizontal bars with their table; see charts.bar_chart for rows and series."""
    chart = charts.bar_chart(title, rows, series)
    uid = "chart-" + sha256(f"{chart.title}{chart.description}".encode()).hexdigest()[:8]
    return {"chart": chart, "uid": uid, "first_column": first_column, "standalone": False}
