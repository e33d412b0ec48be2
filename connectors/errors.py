"""Failures of the connectors, one class per way of recovering from them.

A caller decides by class, never by message: retry a passing fault, fix a setting, or put the file aside.
"""

import lzma
import struct
import zipfile
import zlib

# What Python's unpackers raise on files that are cut off, damaged, encrypted or made up.
UNREADABLE = (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error)


class ConnectorError(Exception):
    """Base of every failure that a connector reports on purpose."""


class ConfigurationError(ConnectorError):
    """A setting is wrong; the same call fails until somebody changes it."""


class TransientError(ConnectorError):
    """The outside world failed for now; the same call may succeed later."""


class ExportRejected(ConnectorError):
    """One delivered file cannot be read as any declared stream; other files go on.

    Attributes:
        file: name of the delivered file, as the user knows it.
        reason: what is wrong and what to do, in one sentence.
        line: physical line of the trouble, 1-based, where it is known.
    """

    def __init__(self, file: str, reason: str, line: int | None = None) -> None:
        place = file if line is None else f"{file}, line {line}"
        super().__init__(f"{place}: {reason}")
        self.file = file
        self.reason = reason
        self.line = line
