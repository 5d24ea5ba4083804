"""The settings files as they lie in a site's folder."""

from pathlib import Path

from mailbot.written import file
from mailbot.written.file import File

# An operator's file is a few kilobytes; what is larger was put there by mistake.
LARGEST = 1024 * 1024


def read(path: Path, advice: str) -> File | str:
    """The file, or the one sentence that says why it cannot be read; `advice` ends the sentence where it is missing."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except FileNotFoundError:
        return f"{path.name}: there is no such file in {path.parent}; {advice}"
    except IsADirectoryError:
        return f"{path.name}: {path} is a folder, not a file"
    except OSError as error:
        return f"{path.name}: cannot be read: {error.strerror or error}"
    if len(raw) > LARGEST:
        return f"{path.name}: is larger than 1 MiB"
    return file.read(path.name, raw)
