"""One clip is on one account once, whatever broke on the way."""

from collections import Counter

from evals.sample import Outcome, Scenario, Score


def posted_once(scenario: Scenario, end: Outcome) -> Score:
    """Counted by the bytes the platform has, not by our rows."""
    found = Counter((video["channel_id"], video["sha256"]) for video in end.videos)
    twice = [count for count in found.values() if count > 1]
    if twice:
        return Score(False, f"the same file was posted {max(twice)} times on one account")
    documents = Counter((row["workspace_id"], row["document"]) for row in end.of("ledger"))
    if documents and max(documents.values()) > 1:
        return Score(False, "a document was booked twice")
    return Score(True, f"{len(found)} files, each once")
