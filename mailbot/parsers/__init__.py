"""The octets of a mail into a Message: parse() is total, linear in time, and opens nothing."""

from mailbot.parsers.message import attachment_contents, parse

__all__ = ["attachment_contents", "parse"]
