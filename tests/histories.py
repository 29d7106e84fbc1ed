"""How the random histories are run: first some walks that are always the same, then as many as chance leads."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test


def run(machine, *walks, examples, steps):
    """Go each walk, a list of steps as (what, with what), then random ones. What always holds is asked at each step."""
    for steps_of_it in walks:
        history = machine()
        try:
            for what, *facts in steps_of_it:
                what(history, *facts)
                for held in history.invariants:
                    held.function(history)
        finally:
            history.teardown()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            phases=[Phase.generate],  # to make a failing history shorter takes longer than a test may
        ),
    )
