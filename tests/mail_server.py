"""A real Postfix of a test alone: takes our e-mails, relays them, and reports what fails.

It needs root, and everything of it lies in one folder that goes with it.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.smtp_sink import free_port

CAN_RUN = os.geteuid() == 0
SETTINGS = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.clinic.example
mydestination =
local_recipient_maps =
alias_maps =
relay_domains = remote.test, clinic.example
transport_maps = inline:{{
  remote.test=smtp:[127.0.0.1]:{far}, clinic.example=smtp:[127.0.0.1]:{near} }}
recipient_delimiter = +
smtpd_recipient_restrictions = permit_mynetworks, reject
smtp_dns_support_level = disabled
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
""".lstrip()
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
""".lstrip()


@contextmanager
def postfix(*, far: int, near: int) -> Iterator[int]:
    """A running server on the port that is given; remote.test is at `far`, we are at `near`."""
    # not below pytest's own folder: Postfix works as another user, who can't enter it
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)
    port = free_port()
    (folder / "queue").mkdir()
    (folder / "data").mkdir()
    shutil.chown(folder / "data", "postfix")
    (folder / "main.cf").write_text(SETTINGS.format(folder=folder, far=far, near=near))
    (folder / "master.cf").write_text(SERVICES.format(port=port))
    (folder / "dynamicmaps.cf").write_text("")
    try:
        _postfix(folder, "start")
        _wait_for(folder / "queue" / "pid" / "master.pid")
        yield port
    finally:
        _postfix(folder, "stop")
        shutil.rmtree(folder, ignore_errors=True)


def _postfix(folder: Path, command: str) -> None:
    done = subprocess.run(
        ["/usr/sbin/postfix", "-c", str(folder), command],
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert command != "start" or done.returncode == 0, (done.stderr, done.stdout)


def _wait_for(path: Path) -> None:
    for _ in range(100):
        if path.exists():
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} does not come")
