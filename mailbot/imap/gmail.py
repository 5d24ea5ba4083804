"""What Gmail does otherwise (X-GM-EXT-1): folders are labels, and what people wrote lies among what they got."""

from mailbot.imap.answers import Folder
from mailbot.imap.folders import Folders

EXTENSION = "X-GM-EXT-1"
ALL = "\\all"


def attributes(written: str, folder: Folder, capabilities: frozenset[str], folders: Folders) -> frozenset[str]:
    """Those that make a difference: of all folders of Gmail but its INBOX, and of what is opened as \\All."""
    if written.lower() == ALL:
        return frozenset((ALL,))
    return folders.attributes(folder.name) if EXTENSION in capabilities and folder.name != "INBOX" else frozenset()


def marks(folder: Folder | None, capabilities: frozenset[str]) -> str:
    """What to ask for beside the size, to tell what came from what was written or is being written."""
    gmail = EXTENSION in capabilities and folder is not None and folder.name != "INBOX"
    if folder is None or "\\sent" in folder.attributes or not (gmail or ALL in folder.attributes):
        return ""
    return " FLAGS X-GM-LABELS" if gmail else " FLAGS"


def is_all_mail(folder: Folder | None, capabilities: frozenset[str]) -> bool:
    return EXTENSION in capabilities and folder is not None and ALL in folder.attributes
