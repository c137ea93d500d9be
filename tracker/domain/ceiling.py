"""The fuse: how much one person is sent on one way, whatever goes wrong on our side."""

from datetime import timedelta

from tracker.domain.message import Channel

# Ours: with digests a bad day brings a nurse about ten e-mails; who gets four times as many
# reads none of them, and something of ours is at fault. A text wakes people: half as many.
MOST_A_DAY = {Channel.EMAIL: 40, Channel.SMS: 20}

# DOMAIN 6.3, S76: at most three texts a week to a patient, beside the one message a day.
MOST_TEXTS_A_WEEK = 3
WEEK = timedelta(days=7)


def is_blown(channel: Channel, sent_today: int, *, is_new_urgency: bool) -> bool:
    """Whether a member of staff gets no more today.

    An urgent notice of a danger they have not been told of today always goes: there are as
    many of them as there are dangers, and no more.
    """
    return sent_today >= MOST_A_DAY[channel] and not is_new_urgency
