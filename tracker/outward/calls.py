"""HTTP requests that go only where they may, follow nothing, and end.

A name is resolved once, what it resolves to is checked, and that very address is connected to;
the certificate is checked against the name. A redirect comes back as the answer that it is.
"""

import socket
import ssl
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.response import HTTPResponse

from tracker.outward import trust
from tracker.outward.cutter import Cutter
from tracker.outward.places import Inside, Reach, addresses_of

LARGEST = 1024 * 1024  # bytes; ours: a provider's list of keys is some thousand
MOST_ADDRESSES = 4  # ours: of a name that are tried, two of each kind, as each may take long

S = TypeVar("S", bound=requests.Session)


def guarded(
    session: S,
    reach: Reach,
    *,
    timeout: float,
    certificates: str = "",
    largest: int = LARGEST,
) -> S:
    """The session with its ways out replaced by guarded ones."""
    session.trust_env = False  # no login out of a .netrc; proxies are looked up by `Guarded`
    way = Guarded(reach, timeout=timeout, certificates=certificates, largest=largest)
    for prefix in list(session.adapters):
        session.mount(prefix, way)
    return session


class Guarded(HTTPAdapter):
    """The way out of a session: `timeout` seconds to connect, as many for the whole answer.

    An answer longer than `largest` bytes is none.
    """

    def __init__(
        self, reach: Reach, *, timeout: float, certificates: str, largest: int
    ) -> None:
        self._reach, self._timeout, self._largest = reach, timeout, largest
        self._context = _context(certificates)
        self._proxies: dict[str, Mapping[str, str]] = {}
        super().__init__(max_retries=0)

    def init_poolmanager(self, *sizes: Any, **options: Any) -> None:
        super().init_poolmanager(*sizes, ssl_context=self._context, **options)
        pools: PoolManager = self.poolmanager
        pools.pool_classes_by_scheme = _pools(self._reach)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **options)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        url = str(request.url)
        if self._reach is Reach.OUTSIDE and urlsplit(url).scheme != "https":
            raise requests.exceptions.InvalidSchema("only https leads outside")
        response = super().send(
            request, stream=True, timeout=self._timeout, verify=True, proxies=self._ways(url)
        )
        response.headers.pop("Location", None)  # so that nobody can follow it
        cutter: Cutter | None = getattr(response.raw, "cutter", None)
        try:
            if not stream:
                self._read(response, cutter)
        except BaseException:
            response.close()
            raise
        finally:
            if cutter is not None:
                cutter.stop()
        return response

    def _ways(self, url: str) -> Mapping[str, str]:
        """The proxies that the environment names for this host, looked up once."""
        if self._reach is not Reach.ANYWHERE:
            # a proxy would ask for the name anew, and all of the house may be near to it
            return {}
        host = urlsplit(url).netloc
        if host not in self._proxies:
            self._proxies[host] = get_environ_proxies(url)
        return self._proxies[host]

    def _read(self, response: requests.Response, cutter: Cutter | None) -> None:
        found, until = b"", time.monotonic() + self._timeout
        for piece in response.iter_content(16_384):
            found += piece
            if len(found) > self._largest or time.monotonic() > until:
                raise requests.ReadTimeout("the answer is too long, or never ends")
        if cutter is not None and cutter.has_cut:
            raise requests.ReadTimeout("the answer never ends")
        response._content = found


class _Pinned(HTTPConnection):
    """A connection to an address that was looked at, and never to one that a name has since."""

    reach = Reach.OUTSIDE

    def _new_conn(self) -> socket.socket:
        name, last = self._dns_host, None
        try:
            for address in self._addresses()[:MOST_ADDRESSES]:
                self._dns_host = address
                try:
                    return super()._new_conn()
                except (NewConnectionError, ConnectTimeoutError) as problem:
                    last = problem
        finally:
            self._dns_host = name  # by which the certificate is checked
        raise last or NewConnectionError(self, "the name has no address")

    def _addresses(self) -> list[str]:
        try:
            return addresses_of(self._dns_host, self.port, self.reach)
        except socket.gaierror as problem:
            raise NameResolutionError(self.host, self, problem) from problem
        except Inside as problem:
            raise NewConnectionError(self, str(problem)) from problem

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        """The answer with its head read; its cutter goes on until somebody stops it."""
        cutter = Cutter(self.sock, float(self.timeout or 0))
        try:
            found = super().getresponse()
        except BaseException:
            cutter.stop()
            raise
        if cutter.has_cut:  # half a head reads like a whole one
            found.close()
            raise TimeoutError("the answer never begins")
        found.cutter = cutter  # type: ignore[attr-defined]
        return found


@lru_cache(maxsize=4)
def _context(certificates: str) -> ssl.SSLContext:
    """One for all calls: reading the system's authorities takes longer than many a call."""
    return trust.context(certificates)


def _pools(reach: Reach) -> dict[str, type[HTTPConnectionPool]]:
    """Pools whose connections have this reach."""
    plain = type("Plain", (_Pinned,), {"reach": reach})
    secure = type("Secure", (_Pinned, HTTPSConnection), {"reach": reach})
    return {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": plain}),
        "https": type("SecurePool", (HTTPSConnectionPool,), {"ConnectionCls": secure}),
    }
