"""Every form that somebody can open is sent odd things: no page breaks, nothing typed is lost, nothing of it runs."""

import pytest
import time_machine
from django.db import transaction
from django.forms.formsets import ManagementForm
from django.http import QueryDict
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests import personas
from tests.factories import NOW
from tests.signing import sign_in_as
from tests.test_urls import agreed
from tests.url_world import addresses, make_world

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>"
ODD = st.one_of(
    st.sampled_from(
        [
            *(
                "",
                " ",
                "\x00",
                "-1",
                "0",
                "9" * 40,
                "1e309",
                "NaN",
                "٣",
                "true",
                "[]",
                "{}",
                "2026-02-30",
                "0000-00-00",
            ),
            *("31.12.9999", "24:61", "'; DROP TABLE residents_resident; --", "1 OR 1=1", "%s %(x)s", "{{ 7|add:7 }}"),
            *(
                "=cmd|' /C calc'!A0",
                "@SUM(1+1)",
                "../../etc/passwd",
                "\u202egnp.exe",
                "\u200b",
                "a\r\nBcc: x@example.pl",
            ),
            *(SCRIPT, '" onmouseover="alert(1)', "ż" * 5000, "48030500029", "(" * 200),
        ]
    ),
    st.text(max_size=40),
)
LEFT_OUT = {"logout", "admin:logout", "session_end"}  # they end the visit
VISITORS = ["nobody", "kasia", "danuta", "beata", "iwona"]  # what one has sent the next need not
FILTERS = {"coordination:dashboard", "coordination:worklist"}  # their forms travel by GET


def openable(client, world, pages):
    """Return the address of each of the pages with a form of ours, and the names of its fields."""
    found = {}
    for label, whose, url in addresses(world):
        if label in LEFT_OUT | FILTERS or (label, whose) not in pages:
            continue
        response = client.get(url)
        if response.streaming:
            assert b"".join(response.streaming_content)
        form = response.context and response.context.get("form")
        ours = hasattr(form, "base_fields") and not isinstance(form, ManagementForm)
        if response.status_code == 200 and ours and not response.streaming:
            found[label, whose] = url, [form.add_prefix(name) for name in form.fields]
    return found


@pytest.fixture
def world(db, settings, tmp_path):
    settings.STORAGES["private"]["OPTIONS"]["location"] = tmp_path
    with time_machine.travel(NOW, tick=False):
        return make_world()


def pages_of(name):
    """Return what this visitor may open by the agreed table, and none before."""
    before = VISITORS[: VISITORS.index(name)]
    return {key for key, row in agreed().items() if row[name] == "200" and "200" not in [row[one] for one in before]}


@pytest.mark.parametrize("name", VISITORS)
def test_no_form_breaks_loses_or_runs_what_is_typed(world, name):
    client = Client(raise_request_exception=False)
    if name != "nobody":
        sign_in_as(client, personas.person(name))
    forms = openable(client, world, pages_of(name))
    assert forms

    @settings(max_examples=2, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.data())
    def send_all(data):
        for (label, whose), (url, fields) in forms.items():
            typed = QueryDict(mutable=True)
            for field in fields:
                typed.setlist(field, data.draw(st.lists(ODD, max_size=2), label=f"{label} {field}"))
            with transaction.atomic():
                response = client.post(url, typed.urlencode(), content_type="application/x-www-form-urlencoded")
                transaction.set_rollback(True)
            assert response.status_code < 500, (label, whose)
            if response.status_code == 200 and not response.streaming:
                assert SCRIPT not in response.content.decode(), label
                form = response.context and response.context.get("form")
                if getattr(form, "is_bound", False):
                    lost = [one for one in fields if one in typed and form.data.getlist(one) != typed.getlist(one)]
                    assert lost == [], label

    send_all()
