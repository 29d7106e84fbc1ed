"""docs/states.md is printed from the code, and says what the code says."""

import pytest
from django.core.management import CommandError, call_command

from coordination.workflow import REFERRAL
from cus_portal.management.commands import state_tables


def test_the_printed_tables_are_those_of_the_code():
    """Red after a change of a table: run manage.py state_tables and read what changed."""
    call_command("state_tables", check=True)


def test_an_old_page_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(state_tables, "PAGE", tmp_path / "states.md")
    with pytest.raises(CommandError, match="out of date"):
        call_command("state_tables", check=True)
    call_command("state_tables")
    call_command("state_tables", check=True)


def test_every_state_and_move_of_the_referral_is_printed():
    page = state_tables.page_of_states().partition("## coordination.Referral\n")[2].partition("\n## ")[0]
    for status in REFERRAL.waiting_for:
        assert f"| `{status}` |" in page
    for step in REFERRAL:
        assert f"| `{step.name}` |" in page
    assert "| `expire` | Expire | `sent`, `info_requested`, `waitlisted` | `expired` | the clock |" in page


def test_no_state_machine_is_left_out():
    models = [workflow.model for workflow in state_tables.workflows()]
    assert models == sorted(set(models))
    assert {"residents.ServiceRequest", "services.Service", "coordination.IncomingReferral"} <= set(models)
