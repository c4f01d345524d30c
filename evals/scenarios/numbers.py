"""Numbers and money: measured or not there."""

from evals.checks import money, never_said, rows, run_is, said, videos
from evals.faults import platform
from evals.owner import APPROVE, says, taps
from evals.sample import Scenario, Start, Step
from evals.world import World
from memory.domain import RunStatus
from memory.repositories import posts
from memory.tables import TrackedLink
from tools.monetization.postback import receive, settle_postbacks

_SHOP = "http://127.0.0.1:9/shop/p/lamp"


def shop_says(event: str, order: str, status: str, commission_minor: int, times: int = 1) -> Step:
    """A signed postback of the shop, delivered so often; its ref is the code under the first post."""

    def act(world: World) -> None:
        for _ in range(times):
            with world.deps.database.session() as session:
                link = session.get_one(TrackedLink, 1)
                fields = {"event_id": event, "order_id": order, "ref": link.code, "commission_minor": commission_minor}
                fields |= {"currency": "USD", "status": status, "occurred_at": "2026-11-22T12:00:00+00:00"}
                receive(session, fields)
            settle_postbacks(world.deps.database)

    return Step(f"the shop says {times} times: order {order} {status}", act)


def changes_title_on_platform() -> Step:
    def act(world: World) -> None:
        with world.deps.database.reading() as session:
            remote_id = posts.of_workspace(session, world.workspace_id)[0].remote_id
        world.stage.platforms.control(f"videos/{remote_id}", privacyStatus="private")

    return Step("the platform makes the video private later", act)


_POSTED = (says("/post 1"), taps(APPROVE))

NUMBERS = (
    Scenario(
        "nothing_to_measure",
        "Without a post there is nothing to measure: no data, never 0.",
        (says("/stats"),),
        (run_is(RunStatus.BLOCKED), said("nothing to measure"), never_said("0 views", "0.00"), rows("snapshots", 0)),
    ),
    Scenario(
        "no_money_yet",
        "Without an entry in the ledger there is no data, never 0.",
        (says("/money"),),
        (said("no data"), never_said("0.00")),
    ),
    Scenario(
        "measures_a_post",
        "Three days later the numbers are the platform's.",
        (*_POSTED, platform("three days pass on the platform", "clock", advance_s=259_200), says("check the numbers")),
        (videos(1), rows("snapshots", 1), said("views")),
    ),
    Scenario(
        "postback_twice",
        "An order that the shop reports twice is booked once.",
        (*_POSTED, shop_says("evt_1", "ord_1", "approved", 250, times=2), says("/money")),
        (money(250), said("income 2.50 USD")),
        Start(offer=_SHOP),
    ),
    Scenario(
        "order_reversed",
        "A reversed order is taken back, in whatever order the events come.",
        (*_POSTED, shop_says("evt_2", "ord_1", "reversed", 250), shop_says("evt_1", "ord_1", "approved", 250), says("/money")),
        (money(-250, 250), said("income 0.00 USD")),
        Start(offer=_SHOP),
    ),
)
