"""What a tool is, and that every real one keeps the rules."""

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.domain import Access, Json
from memory.errors import InputError
from tests.graphs.small_team import look, work
from tools.queue import JOBS
from tools.registry import BY_AGENT, TOOLS
from tools.toolkit import Context, Tool, tool

ALL = pytest.mark.parametrize("one", list(TOOLS.values()), ids=list(TOOLS))


@ALL
def test_every_tool_and_every_argument_is_described(one: Tool) -> None:
    described = one.openai_schema["function"]

    assert one.function.__doc__
    assert described["name"] == one.name
    assert described["description"].strip()
    for name, argument in described["parameters"].get("properties", {}).items():
        assert argument.get("description"), f"{one.name}({name}) has no description"


@ALL
def test_the_model_never_sees_what_it_must_not_choose(one: Tool) -> None:
    names = set(one.openai_schema["function"]["parameters"].get("properties", {}))

    assert not names & {"context", "workspace_id", "run_id", "session", "deps", "approval_id"}
    assert next(iter(inspect.signature(one.function).parameters)) == "context"


@ALL
def test_long_work_names_a_job_that_exists_and_an_effect_shows_its_content(one: Tool) -> None:
    assert not one.job or one.job in JOBS
    assert not one.access.is_external or one.content is not None


def test_each_tool_is_held_by_one_agent() -> None:
    held = [one.name for tools in BY_AGENT.values() for one in tools]

    assert len(held) == len(set(held)) == len(TOOLS)


def test_an_effect_must_say_what_an_approval_shows() -> None:
    def spend(context: Context) -> Json:
        """Spend."""
        return {}

    with pytest.raises(TypeError, match="content="):
        tool(Access.SPEND)(spend)


def test_a_tool_takes_its_context_first() -> None:
    def wrong(name: str) -> Json:
        """Do."""
        return {}

    with pytest.raises(TypeError, match="must be `context`"):
        tool(Access.READ)(wrong)


def test_an_undescribed_argument_is_refused() -> None:
    def vague(context: Context, name: str) -> Json:
        """Do."""
        return {}

    with pytest.raises(ValueError, match="invalid Google-Style docstring"):
        tool(Access.READ)(vague)


def test_arguments_are_checked_and_defaults_filled() -> None:
    assert look.parse({}) == {"what": "around"}
    assert look.parse({"what": "x"}) == {"what": "x"}
    with pytest.raises(InputError, match=r"no argument 'evil'.*It takes: what"):
        look.parse({"evil": 1})
    with pytest.raises(InputError, match="number"):
        work.parse({})


_values = st.one_of(st.none(), st.integers(), st.text(max_size=8), st.lists(st.integers(), max_size=2))


@given(st.dictionaries(st.text(max_size=8), _values, max_size=3))
def test_any_arguments_are_parsed_or_refused(arguments: Json) -> None:
    for one in TOOLS.values():
        try:
            parsed = one.parse(arguments)
        except InputError:
            continue
        assert set(parsed) <= set(one.schema.model_fields)
