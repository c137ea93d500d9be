"""What an answer means, by its first word."""

from enum import StrEnum


class ReplyKind(StrEnum):
    CONFIRM = "confirm"
    STOP = "stop"
    START = "start"
    HELP = "help"
    WRONG_NUMBER = "wrong_number"
    OTHER = "other"
