"""A real Kannel: gateway, its box for texts and its fake phone company, on loopback only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.parts.running import answers, free_ports, running, until

BEARERBOX, SMSBOX = Path("/usr/sbin/bearerbox"), Path("/usr/sbin/smsbox")
FAKESMSC = Path("/usr/lib/kannel/test/fakesmsc")
USER, PASSWORD = "clinic", "hushhush"
# As docs/settings.md says it, and set to call again whatever wasn't taken for done.
CONFIG = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = hushhush
smsbox-port = {box}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
box-deny-ip = *.*.*.*
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = phones
port = {phones}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
http-request-retry = 2
http-queue-delay = 1

group = sendsms-user
username = clinic
password = hushhush

group = sms-service
keyword = default
catch-all = true
omit-empty = true
get-url = "{callbacks}/inbound?id=%I&from=%p&to=%P&text=%b&charset=%C"
"""


@dataclass(frozen=True)
class Kannel:
    """A running one: where its telephones connect, and where texts are handed over."""

    folder: Path
    phones: int
    sendsms: int
    told: Callable[[], str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.sendsms}/cgi-bin/sendsms"

    @contextmanager
    def phone(self, *texts: str) -> Iterator[Callable[[], list[str]]]:
        """A telephone that writes these at once, and what it got; one at a time."""
        command = [FAKESMSC, "-H", "127.0.0.1", "-r", str(self.phones), "-i", "0.1"]
        command += ["-m", str(len(texts)), *(texts or ("1 2 text unused",))]
        with running(command, self.folder / "phone.log", cwd=self.folder) as printed:
            until(lambda: "fakesmsc starting" in printed(), told=printed)
            yield lambda: [one for one in printed().splitlines() if "Got message" in one]


@contextmanager
def kannel(folder: Path, callbacks: str) -> Iterator[Kannel]:
    """Kannel's two programs on free ports, calling us at `callbacks`."""
    for program in (BEARERBOX, SMSBOX, FAKESMSC):
        assert program.exists(), f"{program} is missing; scripts/system-deps installs it"
    admin, box, phones, sendsms = free_ports(4)
    config = folder / "kannel.conf"
    config.write_text(
        CONFIG.format(admin=admin, box=box, phones=phones, sendsms=sendsms, callbacks=callbacks)
    )
    with running([BEARERBOX, config], folder / "bearerbox.log", cwd=folder) as gateway:
        until(lambda: answers(box), told=gateway)
        with running([SMSBOX, config], folder / "smsbox.log", cwd=folder) as told:
            until(lambda: answers(sendsms), told=told)
            yield Kannel(folder, phones, sendsms, told)
