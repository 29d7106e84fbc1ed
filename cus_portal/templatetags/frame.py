"""The page's frame: its other languages, and the parts that are drawn once."""

from typing import NamedTuple

from django import template
from django.conf import settings
from django.urls import get_script_prefix, translate_url
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from cus_portal.drawn import Drawn

register = template.Library()
LANGUAGES = {code: (name[:3], name[3:]) for code, name in settings.LANGUAGES}  # the start stands on a narrow screen
_parts = Drawn(500)  # HTML, by language, name and what else it depends on
_translated = Drawn(500)  # whether a page stands in every language, by the name of its address


class KeptNode(template.Node):
    def __init__(self, nodes, names):
        self.nodelist, self.names = nodes, names

    def render(self, context):
        key = get_language(), *(name.resolve(context) for name in self.names)
        return _parts.get(key) or _parts.keep(key, self.nodelist.render(context))


@register.tag
def kept(parser, token):
    """{% kept "footer" nav.here %} … {% endkept %}: drawn once in a process for each language and value named.

    Between them stands only what the settings, the language and these few values decide, and nothing of the reader.
    """
    names = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    nodes = parser.parse(["endkept"])
    parser.delete_first_token()
    return KeptNode(nodes, names)


class Languages(NamedTuple):
    alternates: str  # for machines, in the head
    menu: str


@register.simple_tag(takes_context=True)
def language_links(context) -> Languages:
    """This page in each language; a page that has no translations leads to the home page of that language."""
    request, here = context["request"], get_language()
    path = request.get_full_path() if is_translated(request) else get_script_prefix()
    urls = {code: request.get_full_path() if code == here else in_language(path, code) for code in LANGUAGES}
    current = {here: mark_safe(' aria-current="true"')}  # noqa: S308
    rows = [(url, code, code, current.get(code, ""), *LANGUAGES[code]) for code, url in urls.items()]
    return Languages(
        format_html_join("", '<link rel="alternate" hreflang="{}" href="{}">', urls.items()),
        format_html_join(
            "", '<li><a href="{}" lang="{}" hreflang="{}"{}>{}<span class="rest">{}</span></a></li>', rows
        ),
    )


def is_translated(request):
    """Tell whether the page of the request has an address in each language."""
    name = request.resolver_match.view_name if request.resolver_match else None
    if not name:
        return False
    known = _translated.get(name)
    if known is None:
        path = request.get_full_path()
        known = any(translate_url(path, code) != path for code, _name in settings.LANGUAGES)
        _translated.keep(name, known)
    return known


def in_language(path, code):
    """Return the address of a translated page in another language: only the code at its beginning differs."""
    root, here = get_script_prefix(), get_language()
    rest = path.removeprefix(root)
    if here != settings.LANGUAGE_CODE:
        rest = rest.removeprefix(f"{here}/")
    return f"{root}{rest}" if code == settings.LANGUAGE_CODE else f"{root}{code}/{rest}"
