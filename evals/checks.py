"""Claims about the end of a scenario, in words. Each looks at rows and at what the platforms have, never at the path taken."""

from evals.sample import Check, Outcome
from memory.domain import ApprovalStatus, PostStatus, RunStatus


def videos(count: int) -> Check:
    """So many videos are on the platform."""

    def problem(end: Outcome) -> str:
        return "" if len(end.videos) == count else f"{len(end.videos)} videos are on the platform, not {count}"

    return Check(f"{count} videos on the platform", problem)


def no_upload() -> Check:
    """No byte was sent towards the platform."""

    def problem(end: Outcome) -> str:
        sent = [call for call in end.calls if str(call["path"]).startswith("/upload/")]
        return f"{len(sent)} upload calls were made" if sent else ""

    return Check("nothing was uploaded", problem)


def run_is(*wanted: RunStatus, of: int = -1) -> Check:
    """The last run (or the one at place `of`) ended, or sleeps, like this."""

    def problem(end: Outcome) -> str:
        runs = end.of("runs")
        if not runs:
            return "there is no run"
        status = runs[of]["status"]
        return "" if status in wanted else f"the run is {status}: {runs[of]['answer'] or runs[of]['reasons']}"

    return Check(f"the run is {' or '.join(wanted)}", problem)


def post_is(*wanted: PostStatus) -> Check:
    """The last post's row says this."""

    def problem(end: Outcome) -> str:
        posts = end.of("posts")
        if not posts:
            return "there is no post"
        return "" if posts[-1]["status"] in wanted else f"the post is {posts[-1]['status']}: {posts[-1]['reasons']}"

    return Check(f"the post is {' or '.join(wanted)}", problem)


def approvals_are(*wanted: ApprovalStatus) -> Check:
    """The questions, in order, ended like this; without arguments nobody was asked."""

    def problem(end: Outcome) -> str:
        found = tuple(row["status"] for row in end.of("approvals"))
        return "" if found == wanted else f"the approvals are {[str(status) for status in found]}"

    return Check(f"approvals: {', '.join(wanted) or 'none'}", problem)


def rows(table: str, count: int) -> Check:
    def problem(end: Outcome) -> str:
        return "" if len(end.of(table)) == count else f"{len(end.of(table))} rows in {table}, not {count}"

    return Check(f"{count} rows in {table}", problem)


def said(*fragments: str) -> Check:
    """Each of these was said to the owner, whatever the case of its letters."""

    def problem(end: Outcome) -> str:
        whole = "\n".join(end.said).casefold()
        missing = [fragment for fragment in fragments if fragment.casefold() not in whole]
        return f"never said: {missing}; last said: {end.said[-1:]}" if missing else ""

    return Check(f"says {', '.join(map(repr, fragments))}", problem)


def never_said(*fragments: str) -> Check:
    def problem(end: Outcome) -> str:
        whole = "\n".join(end.said).casefold()
        found = [fragment for fragment in fragments if fragment.casefold() in whole]
        return f"said: {found}" if found else ""

    return Check(f"never says {', '.join(map(repr, fragments))}", problem)


def refused(*fragments: str) -> Check:
    """So many presses were refused, each with these words."""

    def problem(end: Outcome) -> str:
        if len(end.refusals) != len(fragments):
            return f"{len(end.refusals)} presses were refused, not {len(fragments)}: {list(end.refusals)}"
        wrong = [answer for answer, fragment in zip(end.refusals, fragments, strict=True) if fragment.casefold() not in answer.casefold()]
        return f"refused with {wrong}" if wrong else ""

    return Check(f"{len(fragments)} presses refused", problem)


def called(*tools: str) -> Check:
    """These tools were called, in this order; others may stand between them."""

    def problem(end: Outcome) -> str:
        names = [str(row["tool"]) for row in end.of("tool_calls")]
        left = iter(names)
        missing = [tool for tool in tools if tool not in left]
        return f"not called in this order: {missing}; called: {names}" if missing else ""

    return Check(f"calls {', '.join(tools)}", problem)


def no_tool(*tools: str) -> Check:
    """None of these tools was called; without arguments, none at all."""

    def problem(end: Outcome) -> str:
        found = [row["tool"] for row in end.of("tool_calls") if not tools or row["tool"] in tools]
        return f"called: {found}" if found else ""

    return Check(f"never calls {', '.join(tools) or 'a tool'}", problem)


def money(*amounts_minor: int) -> Check:
    """The ledger's income entries, in order, in minor units."""

    def problem(end: Outcome) -> str:
        found = tuple(row["amount_minor"] for row in end.of("ledger") if row["kind"] != "compute")
        return "" if found == amounts_minor else f"the ledger holds {list(found)}"

    return Check(f"the ledger holds {list(amounts_minor)}", problem)
