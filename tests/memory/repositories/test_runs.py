"""Where a run stands, what it used, and its calls, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from agents import limits
from memory.database import Database
from memory.errors import InputError, LimitError
from memory.repositories import controls, runs
from memory.tables import now
from tests.conftest import make_people


def add(database: Database) -> int:
    people = make_people(database)
    with database.session() as session:
        return runs.add(session, workspace_id=people.workspace.id, trigger="message", request="go").id


def stand(database: Database, run_id: int) -> runs.Standing:
    with database.reading() as session:
        return runs.standing(session, run_id, now() - limits.DAY)


def test_a_new_run_stands_at_nothing(any_database: Database) -> None:
    run_id = add(any_database)

    standing = stand(any_database, run_id)

    assert (standing.run_id, standing.stopped, standing.steps, standing.cost_micros) == (run_id, False, 0, 0)
    assert type(standing.workspace_cost_micros) is int
    assert standing.created_at.tzinfo is not None
    limits.check(standing, now())


@pytest.mark.parametrize("scope", ["all", "mine", "other"])
def test_the_stop_of_its_workspace_or_of_everything_stops_it(any_database: Database, scope: str) -> None:
    run_id = add(any_database)
    workspace_id = stand(any_database, run_id).workspace_id
    named = {"all": "all", "mine": f"workspace:{workspace_id}", "other": f"workspace:{workspace_id}0"}[scope]
    with any_database.session() as session:
        controls.set_stopped(session, named, stopped=True, by="owner")

    assert stand(any_database, run_id).stopped is (scope != "other")
    with any_database.session() as session:
        controls.set_stopped(session, named, stopped=False, by="owner")
    assert stand(any_database, run_id).stopped is False


def test_what_a_workspace_spent_in_a_day_is_all_its_runs(any_database: Database) -> None:
    first, second, old = add(any_database), add(any_database), add(any_database)
    with any_database.session() as session:
        for run_id in (first, second, old):
            runs.add_usage(session, run_id, tokens_in=1, tokens_out=2, cost_micros=3_000_000, model="m")
        runs.get(session, old).created_at = now() - timedelta(hours=25)

    standing = stand(any_database, first)

    assert standing.workspace_cost_micros == 6_000_000
    with pytest.raises(LimitError, match=r"budget of 5\.00 USD is spent \(6\.00\)"):
        limits.check(standing._replace(cost_micros=0), now())


def test_usage_counted_at_once_is_never_lost(any_database: Database) -> None:
    run_id = add(any_database)

    def count(number: int) -> None:
        with any_database.session() as session:
            runs.add_usage(session, run_id, tokens_in=10, tokens_out=1, cost_micros=5, model="m")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(20)))

    with any_database.reading() as session:
        run = runs.get(session, run_id)
        assert (run.steps, run.tokens_in, run.tokens_out, run.cost_micros, run.model) == (20, 200, 20, 100, "m")


def test_a_run_comes_with_its_call(any_database: Database) -> None:
    run_id, other = add(any_database), add(any_database)
    with any_database.session() as session:
        runs.add_call(session, run_id, "c", tool="t", arguments={}, verdict="allow", result={"text": "x"})

    with any_database.reading() as session:
        run, call = runs.with_call(session, run_id, "c")
        assert run.id == run_id
        assert call is not None
        assert call.result == {"text": "x"}
        assert runs.with_call(session, run_id, "d")[1] is None
        assert runs.with_call(session, other, "c")[1] is None


def test_an_unknown_run_is_told(any_database: Database) -> None:
    with any_database.reading() as session:
        for look in (lambda: runs.get(session, 9), lambda: runs.standing(session, 9, now()), lambda: runs.with_call(session, 9, "c")):
            with pytest.raises(InputError, match="there is no run 9"):
                look()
