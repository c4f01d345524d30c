"""What fate does: a process that dies at a named place, a platform that fails, time that passes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from evals.hand import Killed
from evals.sample import Step, StuckError
from evals.world import World
from memory.repositories import approvals, jobs, offers, productions, runs
from memory.tables import Asset
from tools import calls, effects
from tools.publishing import delivery
from tools.publishing import tools as publishing
from tools.publishing.youtube.publisher import YouTube
from tools.publishing.youtube.upload import ResumableUpload
from tools.video import produce


class Place(NamedTuple):
    """A call in the code at which something happens."""

    words: str
    owner: Any
    name: str
    after_calls: int = 0
    """How often it is passed unharmed."""
    afterwards: bool = False
    """It happens when the call is over, and not before it."""


PLACES: tuple[Place, ...] = (
    Place("before the approval is spent", approvals, "use"),
    Place("before the effect row", publishing, "plan_post"),
    Place("after the effect row, before its commit", publishing, "plan_post", afterwards=True),
    Place("after the job row, before its commit", calls, "create_job", afterwards=True),
    Place("before the effect is marked as started", effects, "start"),
    Place("after the effect was marked as started", effects, "start", afterwards=True),
    Place("after the session was given, before it was saved", ResumableUpload, "begin", afterwards=True),
    Place("before the first byte", ResumableUpload, "_put_chunk"),
    Place("in the middle of the bytes", ResumableUpload, "_put_chunk", 2),
    Place("in the middle, after a chunk whose answer nobody read", ResumableUpload, "_put_chunk", 2, True),
    Place("after the last byte, before the answer", ResumableUpload, "_put_chunk", 4, True),
    Place("after the answer, before its id was saved", ResumableUpload, "send", 0, True),
    Place("before the read-back", YouTube, "read_back"),
    Place("after the read-back, before it was saved", YouTube, "read_back", 0, True),
    Place("before the effect is confirmed", effects, "confirm"),
    Place("after delivery, before the job's end was saved", delivery, "result_of", 0, True),
    Place("before the job's end was saved", jobs, "succeed", 1),
    Place("before the run's end", runs, "end"),
    Place("after the run's end, before its commit", runs, "end", 0, True),
)
RENDERED = Place("when the clips are rendered, before they are saved", produce, "make_shorts", 0, True)


@contextmanager
def happening(place: Place, act: Callable[[], None]) -> Iterator[list[int]]:
    """Let something happen once at a place. Yields a list that is not empty once it did."""
    real, seen, done = getattr(place.owner, place.name), [], list[int]()

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        seen.append(1)
        if done or len(seen) <= place.after_calls:
            return real(*args, **kwargs)
        done.append(1)
        if not place.afterwards:
            act()
            return real(*args, **kwargs)
        result = real(*args, **kwargs)
        act()
        return result

    setattr(place.owner, place.name, wrapper)
    try:
        yield done
    finally:
        setattr(place.owner, place.name, real)


def works_and_dies(place: Place) -> Step:
    """The workers work; one is killed at this place; others go on."""

    def act(world: World) -> None:
        with happening(place, _die) as done:
            world.hand.work()
        if not done:
            raise StuckError(f"nothing came to the place {place.words}")

    return Step(f"a worker is killed {place.words}; another goes on", act)


def _die() -> None:
    raise Killed


def works_until(place: Place, step: Step) -> Step:
    """The workers work; at this place somebody does something."""

    def act(world: World) -> None:
        with happening(place, lambda: step.act(world)) as done:
            world.hand.work()
        if not done:
            raise StuckError(f"nothing came to the place {place.words}")

    return Step(f"{place.words}: {step.words}", act)


def platform(words: str, where: str, /, **body: Any) -> Step:
    """Something of the platforms is set through their control room."""

    def act(world: World) -> None:
        world.stage.platforms.control(where, **body)

    return Step(words, act)


def swaps_file() -> Step:
    """Somebody puts other bytes where the clip's file was."""

    def act(world: World) -> None:
        with world.deps.database.reading() as session:
            variant, _ = productions.get_variant(session, world.workspace_id, world.variant_ids[0])
            sha256 = session.get_one(Asset, variant.asset_id).sha256
        path = world.deps.store.local(sha256, ".mp4")
        path.chmod(0o644)
        path.write_bytes(path.read_bytes() + b"other content")

    return Step("the clip's file is swapped", act)


def adds_offer(url: str) -> Step:
    """The text under the post changes, because an offer was added."""

    def act(world: World) -> None:
        with world.deps.database.session() as session:
            offers.add(session, workspace_id=world.workspace_id, name="Late offer", url=url, ref_parameter="ref")

    return Step("an offer is added, which changes the description", act)
