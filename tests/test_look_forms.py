"""Forms everywhere: hints and errors where they are read, hidden characters refused, days as people write them."""

import re
from datetime import date

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.template import Context, Template

from cus_portal.forms import DayField, PortalForm, refuse_hidden_characters

BIDI = "Zofia\u202e Nowak"


class Sample(PortalForm):
    name = forms.CharField(label="Imię", help_text="Jak w dowodzie")
    note = forms.CharField(label="Uwagi", required=False, widget=forms.Textarea)
    way = forms.ChoiceField(label="Sposób", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)


def drawn(form):
    return Template("{% load crispy_forms_tags %}{% crispy form %}").render(Context({"form": form}))


def test_hint_and_error_stand_above_the_field_and_are_read_with_it():
    html = drawn(Sample({"name": ""}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert html.index('id="id_name_helptext"') < html.index('id="id_name_error"') < html.index('name="name"')


def test_error_summary_comes_first_takes_the_focus_and_leads_to_the_fields():
    html = drawn(Sample({"name": ""}))
    assert html.index("error-summary") < html.index("div_id_name")
    assert 'tabindex="-1" autofocus' in html
    assert 'href="#id_name"' in html
    assert 'href="#id_way_0"' in html
    assert 'id="id_way_0"' in html


def test_a_form_without_errors_has_no_summary_and_no_nested_form():
    html = drawn(Sample())
    assert "error-summary" not in html
    assert "<form" not in html
    assert "csrfmiddlewaretoken" not in html


def test_only_what_is_optional_is_marked():
    html = drawn(Sample())
    assert re.findall(r">([^<>]+) <span class=\"optional\">\(nieobowiązkowe\)", html) == ["Uwagi"]


def test_radios_are_a_named_group():
    assert re.search(r"<fieldset>\s*<legend>Sposób\s*</legend>", drawn(Sample()))


def test_too_long_a_text_is_refused_with_a_number_and_kept():
    form = Sample({"name": "x" * 201, "way": "a"})
    assert "200" in form.errors["name"][0]
    assert "x" * 201 in drawn(form)
    assert "maxlength" not in drawn(form)


@pytest.mark.parametrize("text", [BIDI, "a\x00b", "a\x1bb", "\u2066x"])
def test_hidden_characters_are_refused_at_their_field(text):
    assert "name" in Sample({"name": text, "way": "a"}).errors


@pytest.mark.parametrize(
    "text", ["Zażółć gęślą jaźń", "Їжак, ґанок", "dwie\nlinie\ti tabulator", "O’Neill – „x”", "👩‍👧"]
)
def test_ordinary_writing_is_accepted(text):
    refuse_hidden_characters(text)


def test_letters_typed_in_two_parts_become_one():
    form = Sample({"name": "  Z\u0301o\u0301łw ", "way": "a"})
    assert form.is_valid()
    assert form.cleaned_data["name"] == "\u0179ółw"


@pytest.mark.parametrize("typed", ["12.11.1948", "12-11-1948", "12 11 1948", "12/11/1948 r.", "1948-11-12"])
def test_a_day_may_be_typed_as_people_write_it(typed):
    assert DayField().clean(typed) == date(1948, 11, 12)


@pytest.mark.parametrize("typed", ["31.02.1948", "wczoraj", "12.13.1948", "0.0.0"])
def test_an_impossible_day_is_refused_in_plain_words(typed):
    with pytest.raises(ValidationError, match="Nie ma takiego dnia"):
        DayField().clean(typed)
