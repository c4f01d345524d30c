"""Statuses move as the table says and nowhere else; values keep their promises."""

import ast
from enum import StrEnum
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.domain import NEXT, Button, Money, bind, canonical_json, may_move
from memory.errors import TransitionError
from memory.tables import Approval, Effect, Job, Outbox, Post, Production, Run, Table, move_to

ROOT = Path(__file__).parents[2]
ROOMS = ("agents", "bot", "demo", "evals", "graphs", "memory", "tools", "web", "worker")
PAIRS = [(kind, current, to) for kind in NEXT for current in kind for to in kind]


def table_of(kind: type[StrEnum]) -> type[Table]:
    tables = (Run, Job, Approval, Effect, Post, Production, Outbox)
    return next(table for table in tables if table.__table__.c.status.type.enum_class is kind)


@pytest.mark.parametrize(("kind", "current", "to"), PAIRS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_every_pair_of_statuses(kind: type[StrEnum], current: StrEnum, to: StrEnum) -> None:
    row = table_of(kind)(status=current)

    if to in NEXT[kind][current]:
        move_to(row, to)
        assert row.status is to
    else:
        with pytest.raises(TransitionError, match=f"{current} to {to}"):
            move_to(row, to)
        assert row.status is current
    assert may_move(current, to) is (to in NEXT[kind][current])


@pytest.mark.parametrize("kind", NEXT)
def test_every_status_says_where_it_may_go(kind: type[StrEnum]) -> None:
    assert set(NEXT[kind]) == set(kind)
    assert all(isinstance(to, kind) for targets in NEXT[kind].values() for to in targets)


@pytest.mark.parametrize("kind", NEXT)
def test_every_status_can_be_reached(kind: type[StrEnum]) -> None:
    start = table_of(kind).__table__.c.status.default.arg
    reached, edge = {start}, [start]
    while edge:
        new = NEXT[kind][edge.pop()] - reached
        reached |= new
        edge += new

    assert reached == set(kind)


def assignments_of_status(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign | ast.AnnAssign) else []
        flat = [one for target in targets for one in (target.elts if isinstance(target, ast.Tuple | ast.List) else [target])]
        if any(isinstance(target, ast.Attribute) and target.attr == "status" for target in flat):
            found.append(f"{path.relative_to(ROOT).as_posix()}:{node.lineno}")
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr" and "'status'" in ast.unparse(node):
            found.append(f"{path.relative_to(ROOT).as_posix()}:{node.lineno}")
    return found


def test_move_to_is_the_only_line_that_assigns_a_status() -> None:
    found = [line for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) for line in assignments_of_status(path)]

    assert {line.partition(":")[0] for line in found} <= {"memory/tables.py", "memory/repositories/ideas.py"}
    assert sum(line.startswith("memory/tables.py") for line in found) == 1


@pytest.mark.parametrize(
    ("amount", "shown"), [(0, "0.00 USD"), (5, "0.05 USD"), (-5, "-0.05 USD"), (-12345, "-123.45 USD"), (100, "1.00 USD")]
)
def test_money_is_shown_with_its_sign(amount: int, shown: str) -> None:
    assert str(Money(amount, "USD")) == shown


@pytest.mark.parametrize("action", ["", "x" * 65, "é" * 33])
def test_a_button_holds_what_a_chat_can_carry(action: str) -> None:
    with pytest.raises(ValueError, match="1 to 64 bytes"):
        Button("label", action)


_json = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), _json, max_size=4), st.randoms())
def test_a_binding_does_not_depend_on_the_order_of_keys(value: dict[str, object], random: object) -> None:
    keys = list(value)
    random.shuffle(keys)  # type: ignore[attr-defined]

    assert canonical_json({key: value[key] for key in keys}) == canonical_json(value)


@given(_json, _json)
def test_different_contents_have_different_bindings(one: object, other: object) -> None:
    same = canonical_json(one) == canonical_json(other)

    assert (bind("t", {"a": one}, {}) == bind("t", {"a": other}, {})) is same
    assert bind("t", {"a": one}, {}) != bind("u", {"a": one}, {})
    assert bind("t", {"a": one}, {}) != bind("t", {}, {"a": one})


def test_what_is_no_number_cannot_be_bound() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        bind("t", {"x": float("nan")}, {})
