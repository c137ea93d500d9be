"""Ways of sending for tests: over real SMTP, or into a list."""

from dataclasses import dataclass, field

from tracker.domain.message import Channel
from tracker.domain.outgoing import DeliveryFailed, Outgoing
from tracker.jobs import Outlets
from tracker.notify.channels import Sender
from tracker.notify.email import EmailChannel, MailServer
from tracker.notify.render import Renderer

URL = "https://pumps.example"


@dataclass
class Listed:
    """Keeps what it is handed; raises `fails` instead while that is set."""

    taken: list[Outgoing] = field(default_factory=list)
    fails: DeliveryFailed | Exception | None = None

    def send(self, outgoing: Outgoing) -> str:
        if self.fails is not None:
            raise self.fails
        self.taken.append(outgoing)
        return f"taken {len(self.taken)}"

    def close(self) -> None:
        """Nothing is kept open."""

    @property
    def told(self) -> list[str]:
        return sorted(one.to_address for one in self.taken)


def into(sender: Sender) -> Outlets:
    return Outlets({Channel.EMAIL: sender}, Renderer(URL))


def over_smtp(port: int, timeout: float = 5) -> Outlets:
    server = MailServer("127.0.0.1", port, "Hill Clinic <pumps@hill.example>", timeout=timeout)
    return into(EmailChannel(server))
