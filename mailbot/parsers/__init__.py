"""The octets of a mail into a Message: parse() is total, linear in time, and opens nothing."""

from mailbot.parsers.message import attachment_contents, parse
from mailbot.parsers.trace import Stamp, stamps

__all__ = ["Stamp", "attachment_contents", "parse", "stamps"]
