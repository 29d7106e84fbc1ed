"""The page's frame: what is drawn once, and the way to the same page in another language."""

import re

import pytest
from django.template import Context, Template
from django.utils import translation

KEPT = """{% load frame i18n %}{% kept "part" value %}{% get_current_language as code %}
{{ value }} {{ code }} {{ said }}{% endkept %}"""


def test_what_is_kept_is_drawn_again_for_another_value_language_and_setting(settings):
    def drawn(value, said):
        return Template(KEPT).render(Context({"value": value, "said": said})).strip()

    assert drawn(1, "raz") == "1 pl raz"
    assert drawn(1, "dwa") == "1 pl raz"
    assert drawn(2, "dwa") == "2 pl dwa"
    with translation.override("uk"):
        assert drawn(1, "dwa") == "1 uk dwa"
    settings.CENTRE = settings.CENTRE | {"name": "Inne centrum"}
    assert drawn(1, "dwa") == "1 pl dwa"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "links"),
    [
        ("/kontakt/?a=b", ["/kontakt/?a=b", "/uk/kontakt/?a=b", "/en/kontakt/?a=b"]),
        ("/uk/uslugi/", ["/uslugi/", "/uk/uslugi/", "/en/uslugi/"]),
    ],
)
def test_each_page_leads_to_itself_in_other_languages(client, address, links):
    text = client.get(address).content.decode()
    assert re.findall(r'<link rel="alternate" hreflang="\w\w" href="([^"]+)"', text)[:3] == links
