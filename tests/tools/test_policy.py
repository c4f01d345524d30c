"""The policy over every combination of facts, and quiet hours around midnight and across zones."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.domain import Access, Autonomy
from memory.repositories import controls, runs
from memory.tables import Workspace
from tests.conftest import People
from tools.policy import Decision, Facts, is_quiet, rule, rule_now
from tools.toolkit import Deps

_facts = st.builds(
    Facts,
    stopped=st.booleans(),
    autonomy=st.sampled_from(Autonomy),
    tainted=st.booleans(),
    posts_today=st.integers(0, 10),
    posts_per_day=st.integers(0, 10),
    budget_spent=st.booleans(),
    quiet=st.booleans(),
)


@given(st.sampled_from(Access), _facts)
def test_an_effect_goes_through_only_when_nothing_speaks_against_it(access: Access, facts: Facts) -> None:
    decision, reason = rule(access, facts)

    assert reason
    if decision is Decision.ALLOW and access.is_external:
        assert access is Access.PUBLISH
        assert facts.autonomy is Autonomy.CAPPED
        assert not (facts.stopped or facts.tainted or facts.quiet or facts.budget_spent)
        assert facts.posts_today < facts.posts_per_day


@given(_facts)
def test_looking_is_always_allowed(facts: Facts) -> None:
    assert rule(Access.READ, facts).decision is Decision.ALLOW


@given(st.sampled_from([access for access in Access if access is not Access.READ]), _facts)
def test_nothing_is_changed_while_stopped(access: Access, facts: Facts) -> None:
    if facts.stopped:
        assert rule(access, facts).decision is Decision.REFUSE


@given(st.sampled_from([Access.SPEND, Access.ADMIN]), _facts)
def test_spending_and_administration_are_asked_or_refused(access: Access, facts: Facts) -> None:
    assert rule(access, facts).decision in (Decision.ASK, Decision.REFUSE)


@given(_facts)
def test_a_spent_budget_refuses_spending(facts: Facts) -> None:
    if facts.budget_spent:
        assert rule(Access.SPEND, facts).decision is Decision.REFUSE


NIGHT = {"from": "22:00", "to": "07:00", "zone": "UTC"}


@pytest.mark.parametrize(
    ("hours", "clock", "quiet"),
    [
        (NIGHT, "21:59", False),
        (NIGHT, "22:00", True),
        (NIGHT, "23:59", True),
        (NIGHT, "00:00", True),
        (NIGHT, "06:59", True),
        (NIGHT, "07:00", False),
        ({"from": "13:00", "to": "15:00"}, "14:00", True),
        ({"from": "13:00", "to": "15:00"}, "15:00", False),
        ({"from": "8:00", "to": "9:30"}, "09:29", True),
        ({"from": "8:00", "to": "9:30"}, "22:00", False),
        ({"from": "00:00", "to": "24:00"}, "23:59", True),
        ({"from": "10:00", "to": "10:00"}, "10:00", False),
        ({**NIGHT, "zone": "America/New_York"}, "02:59", False),  # 21:59 there, in winter
        ({**NIGHT, "zone": "America/New_York"}, "03:00", True),
        ({**NIGHT, "zone": "Asia/Kolkata"}, "16:29", False),  # 21:59 there
        ({**NIGHT, "zone": "Asia/Kolkata"}, "16:30", True),
        (None, "03:00", False),
        ({}, "03:00", False),
    ],
)
def test_quiet_hours(hours: object, clock: str, quiet: bool) -> None:
    hour, minute = map(int, clock.split(":"))

    assert is_quiet(hours, datetime(2026, 1, 15, hour, minute, tzinfo=UTC)) is quiet


@pytest.mark.parametrize(
    "hours",
    [
        "22:00-07:00",
        ["22:00"],
        5,
        {"from": "22:00"},
        {"from": "late", "to": "early"},
        {"from": 22, "to": 7},
        {**NIGHT, "from": "25:00"},
        {**NIGHT, "zone": "Mars/Base"},
        {**NIGHT, "zone": "../../etc/passwd"},
        {**NIGHT, "zone": 5},
    ],
)
def test_quiet_hours_that_cannot_be_read_count_as_quiet(hours: object) -> None:
    assert is_quiet(hours, datetime(2026, 1, 15, 12, tzinfo=UTC))


def test_quiet_hours_follow_the_clock_of_their_zone_through_summer_time() -> None:
    hours = {"from": "02:00", "to": "03:00", "zone": "Europe/Berlin"}
    spring, autumn = datetime(2026, 3, 29, 0, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, 0, tzinfo=UTC)

    quiet_in = [[is_quiet(hours, day + timedelta(minutes=10 * step)) for step in range(18)].count(True) for day in (spring, autumn)]

    assert quiet_in == [0, 12]  # the hour is missing in spring and comes twice in autumn


@pytest.fixture
def run_id(deps: Deps, people: People) -> int:
    with deps.database.session() as session:
        session.get_one(Workspace, people.workspace.id).autonomy = Autonomy.CAPPED
        return runs.add(session, workspace_id=people.workspace.id, trigger="message", request="go").id


def decide(deps: Deps, run_id: int, access: Access) -> Decision:
    with deps.database.reading() as session:
        return rule_now(session, runs.get(session, run_id), access, deps.clock.now()).decision


def test_the_rows_decide(deps: Deps, people: People, run_id: int) -> None:
    assert [decide(deps, run_id, access) for access in Access] == [
        Decision.ALLOW,
        Decision.ALLOW,
        Decision.ALLOW,
        Decision.ASK,
        Decision.ASK,
    ]
    with deps.database.session() as session:
        controls.set_stopped(session, "all", stopped=True, by="owner")
    assert [decide(deps, run_id, access) for access in Access] == [Decision.ALLOW, *[Decision.REFUSE] * 4]


@pytest.mark.parametrize("change", ["tainted", "cap", "budget", "quiet"])
def test_each_fact_alone_makes_it_ask(deps: Deps, people: People, run_id: int, change: str) -> None:
    with deps.database.session() as session:
        run, workspace = runs.get(session, run_id), session.get_one(Workspace, people.workspace.id)
        if change == "tainted":
            run.tainted = True
        elif change == "cap":
            workspace.posts_per_day = 0
        elif change == "budget":
            run.cost_micros, run.created_at = workspace.budget_minor * 10_000, deps.clock.now()
        else:
            workspace.settings = {"quiet_hours": {"from": "00:00", "to": "24:00"}}

    assert decide(deps, run_id, Access.PUBLISH) is Decision.ASK
    assert decide(deps, run_id, Access.SPEND) is (Decision.REFUSE if change == "budget" else Decision.ASK)
