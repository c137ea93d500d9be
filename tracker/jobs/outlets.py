"""The ways out that the settings name, and the renderer they share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracker.domain.message import Channel
from tracker.notify.channels import Sender
from tracker.notify.console import ConsoleChannel
from tracker.notify.email import EmailChannel, MailServer
from tracker.notify.render import Renderer


@dataclass(frozen=True, slots=True)
class Outlets:
    """A sender for each channel, and what puts notices into words."""

    senders: Mapping[Channel, Sender]
    renderer: Renderer

    def close(self) -> None:
        for sender in self.senders.values():
            sender.close()


def channels(settings: Mapping[str, Any]) -> Outlets:
    """The outlets as set: the console unless SMTP is asked for."""
    renderer = Renderer(str(settings["PUBLIC_URL"]), secret=str(settings["SECRET_KEY"]))
    return Outlets({Channel.EMAIL: _email(settings)}, renderer)


def _email(settings: Mapping[str, Any]) -> Sender:
    if settings["CHANNEL_EMAIL"] != "smtp":
        return ConsoleChannel()
    return EmailChannel(
        MailServer(
            host=settings["SMTP_HOST"],
            port=int(settings["SMTP_PORT"]),
            sender=settings["SMTP_FROM"],
            security=settings["SMTP_SECURITY"],
            user=settings["SMTP_USER"],
            password=settings["SMTP_PASSWORD"],
            timeout=float(settings["SMTP_TIMEOUT"]),
            bounces=settings["SMTP_BOUNCES"],
        )
    )
