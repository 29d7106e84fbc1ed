"""The page's frame: its other languages, and the parts that are drawn once."""

from django import template
from django.conf import settings
from django.urls import get_script_prefix, translate_url
from django.utils.translation import get_language

from cus_portal.drawn import Drawn

register = template.Library()
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


@register.simple_tag(takes_context=True)
def language_links(context) -> list[dict]:
    """This page in each language; a page that has no translations leads to the home page of that language."""
    request, here = context["request"], get_language()
    path = request.get_full_path() if is_translated(request) else get_script_prefix()
    links = []
    for code, name in settings.LANGUAGES:
        url = request.get_full_path() if code == here else in_language(path, code)
        links.append({"code": code, "start": name[:3], "rest": name[3:], "url": url, "current": code == here})
    return links


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
