"""Inboxes at addresses that fsspec understands: opened without trusting strangers, with failures told by way of recovering.

Credentials are where each provider's own tools look for them: never in an address, never in `earshot.toml`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from connectors.errors import ConfigurationError, ConnectorError, TransientError

SFTP = ("sftp", "ssh")
CONNECT_SECONDS = 20
PASSWORD = re.compile(r"^\w+://[^/@]*:[^/@]*@")
# What the exceptions of the providers' libraries are called; the libraries themselves may not be installed.
REFUSED = frozenset(
    {
        *("PermissionError", "AuthenticationException", "PasswordRequiredException", "NoCredentialsError"),
        *("PartialCredentialsError", "ProfileNotFound", "DefaultCredentialsError", "RefreshError", "BadHostKeyException"),
    }
)


def open_address(address: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """A file system and the path within it; nothing of it is shared with or remembered from earlier calls.

    Raises:
        ConfigurationError: the address holds a password, names a provider whose package is missing, or is refused.
        TransientError: the other side cannot be reached.
    """
    if "://" not in address:
        return LocalFileSystem(), LocalFileSystem._strip_protocol(address)
    if PASSWORD.match(address):
        raise ConfigurationError("an inbox address holds a password: take it out, and log in with a key (connectors/README.md)")
    protocol = address.split("://", 1)[0]
    try:
        if protocol in SFTP:
            kind = _known_hosts_only()
            options = kind._get_kwargs_from_urls(address)
            return kind(**options, skip_instance_cache=True), kind._strip_protocol(address)
        options = {} if protocol == "memory" else {"skip_instance_cache": True, "use_listings_cache": False}
        filesystem, root = fsspec.core.url_to_fs(address, **options)
    except ImportError as trouble:
        raise ConfigurationError(f"{address}: {trouble}. `pip install 'earshot[remote]'` brings what it needs") from trouble
    except ValueError as trouble:
        raise ConfigurationError(
            f"{address} is no address of an inbox: {trouble}. Write it as s3://bucket/folder, gs://, sftp:// or a path"
        ) from trouble
    except Exception as trouble:
        raise told(trouble, address) from trouble
    return filesystem, root


def told(trouble: Exception, address: str) -> ConnectorError:
    """A failure of a provider's library by way of recovering from it."""
    names = {kind.__name__ for kind in type(trouble).__mro__}
    said = " ".join(str(trouble).split())[:300] or type(trouble).__name__
    if "not found in known_hosts" in said or "BadHostKeyException" in names:
        return ConfigurationError(
            f"{address}: the server's key is not the one in ~/.ssh/known_hosts ({said}); connect once by hand with `sftp`, "
            "compare its fingerprint, and run again"
        )
    if names & REFUSED or "No authentication methods available" in said:
        return ConfigurationError(f"{address}: access is refused ({said}); see that the credentials are there and may read it")
    return TransientError(f"{address} cannot be reached ({said}); try again later")


@cache
def _known_hosts_only() -> Any:
    """SFTP that talks to servers whose key is known, and to nobody else."""
    import paramiko
    from fsspec.implementations.sftp import SFTPFileSystem

    class KnownHostsSFTP(SFTPFileSystem):  # type: ignore[misc]
        """Rejects a server whose key is not in the user's `known_hosts`."""

        def _connect(self) -> None:
            self.client = paramiko.SSHClient()
            self.client.load_system_host_keys()
            self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
            self.client.connect(self.host, timeout=CONNECT_SECONDS, banner_timeout=CONNECT_SECONDS, **self.ssh_kwargs)
            self.ftp = self.client.open_sftp()

    return KnownHostsSFTP


def close(filesystem: fsspec.AbstractFileSystem) -> None:
    """Ends a connection, where there is one."""
    client = getattr(filesystem, "client", None)
    if client is not None:
        client.close()
