"""The strictness itself: a template of ours that names what it was not given fails."""

import pytest
from django.template import Context, Origin, Template, engines

from tests.strict_templates import OURS


def template_at(path, source="[{{ nobody_gave_this }}]"):
    return Template(source, origin=Origin(path), engine=engines["django"].engine)


def test_a_missing_variable_in_a_template_of_ours_is_an_error():
    with pytest.raises(AssertionError, match="nobody_gave_this"):
        template_at(f"{OURS}/page.html").render(Context())


def test_libraries_may_leave_variables_out():
    assert template_at("somewhere/site-packages/page.html").render(Context()) == "[]"
