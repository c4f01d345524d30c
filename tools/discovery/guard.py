"""Keeps requests out of private networks. An address the owner configured is trusted; where it leads by redirect is not."""

import asyncio
import ipaddress
import socket
from collections.abc import Collection

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from memory.errors import InputError


class GuardedResolver(AbstractResolver):
    """Looks names up as usual, but gives no private address for a name that was not configured.

    It answers at the moment of connecting, so a name that changes its address between a check and the connection is caught too.
    """

    def __init__(self, trusted: Collection[str]) -> None:
        self._trusted = frozenset(trusted)
        self._inner = ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if host in self._trusted:
            return found
        public = [answer for answer in found if is_public(answer["host"])]
        if not public:
            raise OSError(None, f"{host} lies in a private network")
        return public

    async def close(self) -> None:
        await self._inner.close()


async def check_redirect(configured: URL, target: URL) -> None:
    """Allow a redirect within the configured origin, or to a public address.

    Raises:
        InputError: The target is no web address, carries a password, or lies in a private network.
    """
    if target.scheme not in ("http", "https") or not target.host or target.user or target.password:
        raise InputError("it redirects to something that is not a plain web address.")
    if target.origin() == configured.origin():
        return
    if not await _leads_outside(target.host, target.port or 0):
        raise InputError(f"it redirects to {target.host}, which is not a public address.")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet; an IPv4 address inside an IPv6 one counts as itself."""
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    return (inner or ip).is_global and not ip.is_multicast


async def _leads_outside(host: str, port: int) -> bool:
    try:
        return is_public(host)
    except ValueError:
        pass  # a name, not an address
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InputError(f"it redirects to {host}, which cannot be found.") from error
    return all(is_public(str(answer[4][0])) for answer in found)
