"""What agents can do about money."""

from urllib.parse import urlsplit

from memory.domain import Access, Json, Money
from memory.errors import InputError
from memory.repositories import ledger, offers, posts
from memory.repositories.ledger import Profit
from tools.toolkit import Context, tool


@tool(Access.READ)
def report_money(context: Context) -> Json:
    """Report income, cost and profit of each post and of everything, from the ledger. Where nothing was booked it says no data."""
    totals = ledger.totals(context.session, context.workspace_id)
    by_post = ledger.profit_by_post(context.session, context.workspace_id)
    titles = {post.id: post.title for post in posts.of_workspace(context.session, context.workspace_id)}
    silent = [title for post_id, title in titles.items() if post_id not in {row.post_id for row in by_post}]
    if not totals:
        return {"text": "No data: nothing was earned or spent yet.", "totals": [], "posts": []}
    lines = [f"In all {_words(row)}." for row in totals]
    lines += [f"{titles.get(row.post_id or 0, 'a post')!r}: {_words(row)}." for row in by_post]
    lines += [f"{title!r}: no data." for title in silent]
    rows = [{**_row(row), "post_id": row.post_id, "title": titles.get(row.post_id or 0, "")} for row in by_post]
    return {"text": " ".join(lines), "totals": [_row(row) for row in totals], "posts": rows, "no_data": silent}


@tool(Access.WRITE)
def add_offer(context: Context, name: str, url: str, ref_parameter: str = "ref") -> Json:
    """Add an affiliate offer. From now on its tracked link and an advertising notice stand under every new post.

    Args:
        name: What the offer is called, at most 80 characters.
        url: The offer's address as the owner gave it, http or https.
        ref_parameter: Name of the query parameter that carries our code.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or any(c.isspace() or c in "<>" for c in url):
        raise InputError(f"url {url!r} must be an http or https address.")
    if not 1 <= len(name.strip()) <= 80:
        raise InputError(f"name has {len(name.strip())} characters, it must have 1 to 80.")
    if not ref_parameter.isidentifier() or len(ref_parameter) > 20:
        raise InputError(f"ref_parameter {ref_parameter!r} must be a short word such as ref.")
    offer = offers.add(context.session, workspace_id=context.workspace_id, name=name.strip(), url=url, ref_parameter=ref_parameter)
    return {"text": f"The offer {offer.name!r} stands under new posts from now on.", "offer_id": offer.id, "url": offer.url}


def _words(row: Profit) -> str:
    income, cost, profit = (Money(amount, row.currency) for amount in (row.income_minor, row.cost_minor, row.profit_minor))
    return f"income {income}, cost {cost}, profit {profit}"


def _row(row: Profit) -> Json:
    amounts = {"income_minor": row.income_minor, "cost_minor": row.cost_minor, "profit_minor": row.profit_minor}
    return {"currency": row.currency, **amounts}


MONETIZATION_TOOLS = (report_money, add_offer)
