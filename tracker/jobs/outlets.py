"""The ways out that the settings name, and the renderer they share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracker.domain.message import Channel
from tracker.notify.channels import Sender
from tracker.notify.console import ConsoleChannel
from tracker.notify.email import EmailChannel, MailServer
from tracker.notify.gateway import Gateway, GatewayChannel
from tracker.notify.render import Renderer
from tracker.notify.twilio import Account, TwilioChannel


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
    senders: dict[Channel, Sender] = {Channel.EMAIL: _email(settings)}
    if settings["CHANNEL_SMS"] != "none":
        senders[Channel.SMS] = _sms(settings)
    return Outlets(senders, renderer)


def _email(settings: Mapping[str, Any]) -> Sender:
    if settings["CHANNEL_EMAIL"] != "smtp":
        return ConsoleChannel()
    return EmailChannel(mail_server(settings))


def mail_server(settings: Mapping[str, Any]) -> MailServer:
    """The mail server that the settings name."""
    return MailServer(
        host=settings["SMTP_HOST"],
        port=int(settings["SMTP_PORT"]),
        sender=settings["SMTP_FROM"],
        security=settings["SMTP_SECURITY"],
        user=settings["SMTP_USER"],
        password=settings["SMTP_PASSWORD"],
        timeout=float(settings["SMTP_TIMEOUT"]),
        bounces=settings["SMTP_BOUNCES"],
        certificates=settings["TLS_CERTIFICATES"],
    )


def _sms(settings: Mapping[str, Any]) -> Sender:
    here = f"{str(settings['PUBLIC_URL']).rstrip('/')}/callbacks/sms"
    if settings["CHANNEL_SMS"] == "twilio":
        return TwilioChannel(
            Account(
                sid=settings["TWILIO_ACCOUNT_SID"],
                token=settings["TWILIO_AUTH_TOKEN"],
                sender=settings["SMS_FROM"],
                callback_url=f"{here}/twilio",
                base_url=settings["TWILIO_BASE_URL"],
                timeout=float(settings["SMS_TIMEOUT"]),
                certificates=settings["TLS_CERTIFICATES"],
            )
        )
    if settings["CHANNEL_SMS"] == "gateway":
        return GatewayChannel(_gateway(settings, here))
    return ConsoleChannel()


def _gateway(settings: Mapping[str, Any], here: str) -> Gateway:
    parts = ("user", "password", "to", "text", "from", "report")
    return Gateway(
        url=settings["SMS_GATEWAY_URL"],
        sender=settings["SMS_FROM"],
        callback_url=f"{here}/gateway/{settings['SMS_GATEWAY_SECRET']}",
        user=settings["SMS_GATEWAY_USER"],
        password=settings["SMS_GATEWAY_PASSWORD"],
        method=settings["SMS_GATEWAY_METHOD"],
        timeout=float(settings["SMS_TIMEOUT"]),
        certificates=settings["TLS_CERTIFICATES"],
        **{f"{one}_field": settings[f"SMS_GATEWAY_{one.upper()}_FIELD"] for one in parts},
    )
