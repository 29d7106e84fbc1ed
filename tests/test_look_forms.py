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


@pytest.mark.parametrize(
    "typed",
    ["24.11.26", "24-11-26", "24 listopada 2026", "24 listopada 26 r.", "24 XI 2026", "24.XI.2026 r.", "24 lis 2026"]
    + ["24112026", "24 листопада 2026 року", "24 November 2026"],
)
def test_a_day_of_this_century_may_be_typed_short_and_with_the_name_of_the_month(typed):
    assert DayField().clean(typed) == date(2026, 11, 24)


def test_a_date_of_birth_asks_for_the_whole_year():
    assert DayField(is_birth=True).clean("12 lutego 2017") == date(2017, 2, 12)
    for typed in ("12.02.17", "12 lutego 17", "120217"):
        with pytest.raises(ValidationError, match=r"czterema cyframi, tak: 12\.11\.1948"):
            DayField(is_birth=True).clean(typed)


def test_a_short_year_that_may_be_of_two_centuries_is_asked_for_whole():
    for typed in ("05.03.98", "120217"):
        with pytest.raises(ValidationError, match="czterema cyframi"):
            DayField().clean(typed)


@pytest.mark.parametrize(
    "typed", ["31.02.1948", "wczoraj", "12.13.1948", "0.0.0", "31 lutego 2026", "12 marchewki", "12 abc 2026"]
)
def test_an_impossible_day_is_refused_in_plain_words(typed):
    with pytest.raises(ValidationError, match="Nie ma takiego dnia"):
        DayField().clean(typed)
