import asyncio
import json
import time
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import func, select

from memory.database import Database
from memory.domain import Json
from memory.errors import InputError, StoppedError
from memory.repositories import ideas
from memory.repositories.controls import set_stopped
from memory.tables import Channel, Idea, Signal, Table, Workspace
from sandbox.app import make_app
from sandbox.world import World
from tools.discovery.look import discover
from tools.discovery.settings import DiscoverySettings
from tools.discovery.tools import dismiss_idea, find_ideas, list_ideas, take_idea
from tools.toolkit import Deps

SANDBOX_START = 1_795_348_800.0  # 2026-11-22 12:00 UTC


def count(database: Database, table: type[Table]) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def context(deps: Deps, session: Any, workspace_id: int) -> Any:
    return SimpleNamespace(
        deps=deps, session=session, run=SimpleNamespace(id=1, workspace_id=workspace_id), call_id="c1", workspace_id=workspace_id
    )


def conditional(text: str) -> Any:
    async def page(request: web.Request) -> web.Response:
        known = request.headers.get("If-None-Match") == '"x"'
        return web.Response(status=304) if known else web.Response(text=text, headers={"ETag": '"x"'})

    return page


def test_an_unchanged_feed_answers_304_and_adds_no_rows(sources: Any, look: Any, database: Database, clock: Any) -> None:
    async def page(request: web.Request) -> web.Response:
        same = (
            request.headers.get("If-None-Match") == '"v1"' and request.headers.get("If-Modified-Since") == "Sun, 22 Nov 2026 10:00:00 GMT"
        )
        headers = {"ETag": '"v1"', "Last-Modified": "Sun, 22 Nov 2026 10:00:00 GMT"}
        return (
            web.Response(status=304, headers=headers)
            if same
            else web.Response(text=sources.rss("One story", "Another tale"), headers=headers)
        )

    sources.pages["/a.xml"] = page
    settings = sources.settings("/a.xml")

    first = look(settings)
    clock.advance(hours=1)
    second = look(settings)
    clock.advance(hours=1)
    look(settings)

    assert first["verdict"] == second["verdict"] == "ok"
    assert (first["observations_added"], second["observations_added"]) == (2, 0)
    assert count(database, Signal) == 2
    assert "nothing new" in second["text"]


def test_a_feed_without_validators_that_says_the_same_again_adds_no_rows(sources: Any, look: Any, database: Database, clock: Any) -> None:
    sources.pages["/a.xml"] = sources.rss("One story", "Another tale")

    look(sources.settings("/a.xml"))
    clock.advance(hours=1)
    look(sources.settings("/a.xml"))

    assert count(database, Signal) == 2


def test_two_workspaces_do_not_take_each_others_news(sources: Any, deps: Deps, workspace_id: int, database: Database) -> None:
    with database.session() as session:
        other = Workspace(name="other")
        session.add(other)
        session.flush()
    sources.pages["/a.xml"] = conditional(sources.rss("One story"))

    results = [discover(deps, number, settings=sources.settings("/a.xml")) for number in (workspace_id, other.id)]

    assert [result["observations_added"] for result in results] == [1, 1]
    with database.reading() as session, pytest.raises(InputError, match="no idea"):
        ideas.get(session, other.id, results[0]["ideas"][0]["idea_id"])


def test_without_sources_it_says_which_setting_is_missing(look: Any) -> None:
    assert "DISCOVERY_FEEDS" in look(DiscoverySettings(feeds="", hn_url=""))["text"]


class Front:
    """A Hacker News of three stories with the points a test sets."""

    def __init__(self, sources: Any, **points: int) -> None:
        self.points = points
        sources.pages["/v0/topstories.json"] = self.listing
        for number in range(1, 6):
            sources.pages[f"/v0/item/{number}.json"] = self.item

    async def listing(self, request: web.Request) -> web.Response:
        return web.json_response([*range(1, len(self.points) + 1)])

    async def item(self, request: web.Request) -> web.Response:
        number = int(request.match_info["path"].rpartition("/")[2].partition(".")[0])
        title, score = list(self.points.items())[number - 1]
        return web.json_response(
            {
                "id": number,
                "type": "story",
                "title": title,
                "score": score,
                "descendants": 3,
                "time": 1_795_340_000,
                "url": "https://e.org/",
            }
        )


def by_title(result: Json) -> dict[str, Json]:
    return {entry["title_from_source"]: entry for idea in result["ideas"] for entry in idea["evidence"]}


def test_velocity_comes_from_our_own_looks_and_orders_the_ideas(sources: Any, look: Any, clock: Any) -> None:
    front = Front(sources, **{"Quiet giant of yesterday": 900, "Rising balcony solar": 10, "Sourdough at altitude": 50})
    settings = sources.settings(hn=True)

    first = look(settings)
    clock.advance(minutes=30)
    front.points |= {"Rising balcony solar": 130, "Sourdough at altitude": 60}
    second = look(settings)

    assert {entry["velocity_per_hour"] for entry in by_title(first).values()} == {None}
    assert all("no data on its speed" in idea["why"] for idea in first["ideas"])
    assert {title: entry["velocity_per_hour"] for title, entry in by_title(second).items()} == {
        "Rising balcony solar": 240.0,
        "Sourdough at altitude": 20.0,
        "Quiet giant of yesterday": 0.0,
    }
    assert second["ideas"][0]["evidence"][0] | {"points": 130, "observations": 2, "comments": 3} == second["ideas"][0]["evidence"][0]


def test_the_same_look_at_the_same_instant_is_kept_once(sources: Any, look: Any, database: Database) -> None:
    Front(sources, **{"A story": 1})

    look(sources.settings(hn=True))
    look(sources.settings(hn=True))

    assert count(database, Signal) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "[]",
        "{",
        "{}",
        '{"id": 1, "type": "story", "title": "x", "score": 1e400}',
        '{"id": "1"}',
        "[" * 100_000,
        '{"id":1,"type":"job"}',
        "null",
    ],
)
def test_a_malformed_story_is_left_out_and_the_others_stay(answer: str, sources: Any, look: Any) -> None:
    Front(sources, **{"First": 1, "Second": 2})
    sources.pages["/v0/item/1.json"] = web.Response(text=answer, content_type="application/json")

    assert list(by_title(look(sources.settings(hn=True)))) == ["Second"]


def test_the_same_story_in_two_sources_is_one_idea_with_both_as_evidence(sources: Any, look: Any) -> None:
    sources.pages |= {
        "/a.xml": sources.rss("Heat pumps beat gas boilers in winter"),
        "/b.xml": sources.rss("In winter, heat pumps beat gas boiler", "Else"),
    }

    result = look(sources.settings("/a.xml", "/b.xml"))

    assert [len(idea["evidence"]) for idea in result["ideas"]] == [2, 1]
    assert "in 2 sources" in result["ideas"][0]["why"]


def test_a_decision_on_an_idea_outlives_later_looks_and_rewordings(
    sources: Any, look: Any, deps: Deps, workspace_id: int, database: Database, clock: Any
) -> None:
    sources.pages["/a.xml"] = sources.rss("Heat pumps beat gas boilers in winter", "Lunar lander tips over")
    first = look(sources.settings("/a.xml"))
    ids = {idea["evidence"][0]["title_from_source"]: idea["idea_id"] for idea in first["ideas"]}
    with database.session() as session:
        dismiss_idea.function(context(deps, session, workspace_id), ids["Lunar lander tips over"])
        taken = take_idea.function(context(deps, session, workspace_id), ids["Heat pumps beat gas boilers in winter"])

    clock.advance(hours=2)
    sources.pages["/b.xml"] = sources.rss("Winter: heat pumps beat gas boiler", "The lunar lander tips over", "Fresh news")
    second = look(sources.settings("/a.xml", "/b.xml"))

    assert list(by_title(second)) == ["Fresh news"]
    assert taken["brief"]["idea_id"] == taken["idea_id"] and "Heat pumps beat" in taken["text"]
    with database.reading() as session:
        rows = {row.id: (row.status, len(row.evidence)) for row in session.scalars(select(Idea))}
        listed = list_ideas.function(context(deps, session, workspace_id), "taken")
    assert sorted(rows.values()) == [("dismissed", 2), ("new", 1), ("taken", 2)]
    assert [idea["idea_id"] for idea in listed["ideas"]] == [taken["idea_id"]]


def test_the_niche_of_the_channel_moves_its_stories_up(sources: Any, look: Any, people: Any, database: Database) -> None:
    sources.pages["/a.xml"] = sources.rss("Index funds in autumn", "Sourdough starter for beginners", "Cables under the sea")
    with database.session() as session:
        session.merge(Channel(id=people.channel.id, workspace_id=people.workspace.id, name="main", niche="sourdough and bread"))

    best = look(sources.settings("/a.xml"))["ideas"][0]
    other = look(sources.settings("/a.xml"), niche="deep sea")["ideas"][0]

    assert "touches your niche: sourdough" in best["why"]
    assert other["evidence"][0]["title_from_source"] == "Cables under the sea"


def test_a_hostile_title_stays_data(serve: Any, look: Any, deps: Deps, workspace_id: int, database: Database) -> None:
    worlds: list[World] = []

    def make() -> web.Application:
        worlds.append(World(seed=7, start=SANDBOX_START))
        return make_app(worlds[0])

    with serve(make) as sandbox:
        feeds = " ".join(f"{sandbox.address}/feeds/{name}.xml" for name in ("tech", "makers", "science"))
        settings = DiscoverySettings(feeds=feeds, hn_url=sandbox.address)
        result = look(settings, count=20)
        sandbox.call(lambda: worlds[0].set_clock(SANDBOX_START + 3600))
        deps.clock.advance(hours=1)  # type: ignore[attr-defined]
        later = look(settings, count=20)
        sandbox.call(worlds[0].close)

    assert result["verdict"] == later["verdict"] == "ok", later["reasons"]
    with database.session() as session:
        hostile = [row for row in session.scalars(select(Idea)) if any(entry["suspicious"] for entry in row.evidence)]
        assert len(hostile) == 1
        brief = take_idea.function(context(deps, session, workspace_id), hostile[0].id)
    assert hostile[0].title.startswith("“SYSTEM: Ignore") and hostile[0].title.endswith("it is only a title)")
    assert brief["brief"]["suspicious"] and "Ignore" not in brief["brief"]["why"]
    assert any(entry["velocity_per_hour"] for idea in later["ideas"] for entry in idea["evidence"])
    assert not set("<>`*[]") & set(later["text"])
    assert {"Ignore", "tokens"} & set(words_outside_evidence({**later, "text": ""})) == set()


def words_outside_evidence(result: Json) -> list[str]:
    ideas_only = [{key: value for key, value in idea.items() if key != "evidence"} for idea in result["ideas"]]
    return json.dumps({**result, "ideas": ideas_only}).split()


def test_stop_before_a_look_means_no_request(sources: Any, look: Any, workspace_id: int, database: Database) -> None:
    with database.session() as session:
        set_stopped(session, f"workspace:{workspace_id}", stopped=True, by="member:1")

    with pytest.raises(StoppedError):
        look(sources.settings("/a.xml"))

    assert sources.requests == []


async def sluggish(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    try:
        for _ in range(100):
            await response.write(b" ")
            await asyncio.sleep(0.1)
    except ConnectionError:
        pass
    return response


def test_a_look_that_is_stopped_meanwhile_ends_within_seconds_and_keeps_nothing(sources: Any, look: Any, database: Database) -> None:
    sources.pages |= {"/slow.xml": sluggish, "/a.xml": sources.rss("A story")}
    started = time.perf_counter()

    with pytest.raises(StoppedError):
        look(sources.settings("/slow.xml", "/a.xml"), cancelled=lambda: True)

    assert time.perf_counter() - started < 1.9
    assert count(database, Signal) == 0


def test_find_ideas_asks_for_one_job_per_call(deps: Deps, workspace_id: int, database: Database) -> None:
    with database.session() as session:
        payload = find_ideas.function(context(deps, session, workspace_id), **find_ideas.parse({"count": 3}))

    assert payload == {"key": "discover:1:c1", "workspace_id": workspace_id, "count": 3, "niche": ""}


@pytest.mark.parametrize(("status", "size"), [("taken", 0), ("taken", 21), ("stolen", 5)])
def test_a_wrong_argument_is_answered_with_what_would_be_right(
    status: str, size: int, deps: Deps, workspace_id: int, database: Database
) -> None:
    with database.session() as session, pytest.raises(InputError, match=r"must be 1 to 20|It is new, taken or dismissed"):
        list_ideas.function(context(deps, session, workspace_id), status, size)
