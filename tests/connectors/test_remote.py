"""Inboxes in object stores and on an SFTP server, against real servers on the loopback address."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import boto3
import fsspec
import paramiko
import pytest
from gcp_storage_emulator.server import create_server
from moto.server import ThreadedMotoServer

from connectors.errors import ConfigurationError, ConnectorError, TransientError
from connectors.landing import Landing
from connectors.remote import open_address
from orchestration.inputs import inbox_state

VENDORS = ("delighted", "zendesk")
BUCKET = "drop"


class Store:
    """A place where exports are delivered: an address, and how to put a file there."""

    def __init__(self, address, put, remove):
        self.address, self.put, self.remove = address, put, remove


@pytest.fixture(scope="module")
def s3_server():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    yield f"http://{server._server.server_address[0]}:{server._server.server_address[1]}"
    server.stop()


@pytest.fixture
def s3(s3_server, monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "something")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3", endpoint_url=s3_server)
    bucket = f"{BUCKET}-{tmp_path.name}".lower().replace("_", "-")[:60].strip("-")
    client.create_bucket(Bucket=bucket)
    return Store(
        f"s3://{bucket}/exports",
        lambda name, content: client.put_object(Bucket=bucket, Key=f"exports/{name}", Body=content),
        lambda name: client.delete_object(Bucket=bucket, Key=f"exports/{name}"),
    )


@pytest.fixture(scope="module")
def gs_server():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = create_server("127.0.0.1", port, in_memory=True, default_bucket=BUCKET)
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def gs(gs_server, monkeypatch, tmp_path):
    # Read when gcsfs is imported: the emulator speaks HTTP alone.
    monkeypatch.setenv("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    import gcsfs

    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gs_server)
    monkeypatch.setitem(fsspec.config.conf, "gs", {"token": "anon"})
    folder = f"{BUCKET}/{tmp_path.name}"
    other = gcsfs.GCSFileSystem(endpoint_url=gs_server, token="anon", skip_instance_cache=True)  # noqa: S106 - no token
    return Store(
        f"gs://{folder}",
        lambda name, content: other.pipe_file(f"{folder}/{name}", content),
        lambda name: other.rm(f"{folder}/{name}"),
    )


@pytest.fixture(scope="module")
def sshd(tmp_path_factory):
    """An SSH server of our own: its own host key, one known user key, nobody's files but these."""
    home = tmp_path_factory.mktemp("sshd")
    home.chmod(0o700)
    (home / ".ssh").mkdir(mode=0o700)
    for key in (home / "host_key", home / ".ssh" / "id_ed25519"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    shutil.copy(home / ".ssh" / "id_ed25519.pub", home / "authorized")
    (home / "authorized").chmod(0o600)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (home / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {home}/host_key\nPidFile {home}/pid\n"
        f"AuthorizedKeysFile {home}/authorized\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\n"
        "StrictModes no\nSubsystem sftp internal-sftp\n"
    )
    # As root, sshd separates its privileges into this folder.
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    program = shutil.which("sshd") or "/usr/sbin/sshd"
    log = (home / "log").open("w")
    server = subprocess.Popen([program, "-D", "-e", "-f", home / "config"], stderr=log)
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        assert server.poll() is None, (home / "log").read_text()
        time.sleep(0.05)
    yield home, port
    server.terminate()
    server.wait(10)
    log.close()


@pytest.fixture
def sftp(sshd, monkeypatch, tmp_path):
    home, port = sshd
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    key = (home / "host_key.pub").read_text().split()
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} {key[0]} {key[1]}\n")
    folder = tmp_path / "delivered"
    folder.mkdir()

    def put(name, content):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    user = getpass.getuser()
    return Store(f"sftp://{user}@127.0.0.1:{port}{folder}", put, lambda name: (folder / name).unlink())


@pytest.fixture(params=["s3", "gs", "sftp"])
def store(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def landing(tmp_path):
    return Landing(tmp_path / "landing", settle_seconds=0)


def test_each_remote_file_lands_once_by_content(store, landing):
    # One of the servers drops a carriage return that ends an upload.
    large = os.urandom(3 << 20) + b"."
    store.put("zendesk/2026/tickets.json", b'{"tickets": []}')
    store.put("delighted/responses.csv", large)
    found = landing.collect(store.address, VENDORS)
    assert [d.name for d in found.new] == ["delighted/responses.csv", "zendesk/2026/tickets.json"]
    assert [d.path.read_bytes() for d in found.new] == [large, b'{"tickets": []}']
    again = landing.collect(store.address, VENDORS)
    assert (again.new, again.repeated, again.refused) == ((), 2, ())

    store.put("zendesk/copy.json", b'{"tickets": []}')
    store.put("delighted/responses.csv", b"another content")
    found = landing.collect(store.address, VENDORS)
    assert [d.path.read_bytes() for d in found.new] == [b"another content"]
    store.remove("zendesk/copy.json")
    assert len(landing.deliveries()) == 3


def test_a_folder_of_no_vendor_is_refused_there_too(store, landing):
    store.put("zendesk/a.json", b"{}")
    store.put("hubspott/b.json", b"{}")
    found = landing.collect(store.address, VENDORS)
    assert [d.name for d in found.new] == ["zendesk/a.json"]
    assert [name for name, _ in found.refused] == ["hubspott/"]


def test_a_source_may_have_an_inbox_of_its_own(store, landing, tmp_path):
    store.put("deep/tickets.json", b"{}")
    (tmp_path / "inbox").mkdir()
    found = landing.collect(tmp_path / "inbox", VENDORS, {"zendesk": store.address})
    assert [(d.vendor, d.name) for d in found.new] == [("zendesk", "zendesk/deep/tickets.json")]


def test_what_is_new_there_is_seen_before_a_run(store):
    store.put("zendesk/a.json", b"{}")
    before = inbox_state(store.address)
    assert before
    assert inbox_state(store.address) == before
    store.put("zendesk/b.json", b"{}")
    assert inbox_state(store.address) not in (before, None)


def test_a_collection_that_was_killed_begins_again(store, landing, monkeypatch):
    for name in ("a", "b", "c"):
        store.put(f"zendesk/{name}.json", name.encode())
    real, left = landing._append, [1]

    def dying(entry):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        real(entry)

    monkeypatch.setattr(landing, "_append", dying)
    with pytest.raises(KeyboardInterrupt):
        landing.collect(store.address, VENDORS)
    landed = Landing(landing.root, settle_seconds=0)
    assert [d.name for d in landed.deliveries()] == ["zendesk/a.json"]
    assert [d.name for d in landed.collect(store.address, VENDORS).new] == ["zendesk/b.json", "zendesk/c.json"]
    assert [d.sequence for d in landed.deliveries()] == [1, 2, 3]


def test_no_server_is_told_as_passing_and_stops_no_other_source(landing, tmp_path, sftp):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"sftp://nobody@127.0.0.1:{closed.getsockname()[1]}/drop"
        with pytest.raises(TransientError, match="cannot be reached"):
            landing.collect(address, VENDORS)
        (tmp_path / "inbox" / "zendesk").mkdir(parents=True)
        (tmp_path / "inbox" / "zendesk" / "a.json").write_text("{}")
        found = landing.collect(tmp_path / "inbox", VENDORS, {"delighted": address})
        assert inbox_state(address)
    assert [d.name for d in found.new] == ["zendesk/a.json"]
    assert [name for name, _ in found.refused] == ["delighted/"]


def test_a_server_whose_key_is_not_known_is_not_talked_to(sftp, sshd, landing):
    (sshd[0] / ".ssh" / "known_hosts").write_text("")
    with pytest.raises(ConfigurationError, match="known_hosts"):
        landing.collect(sftp.address, VENDORS)
    _, port = sshd
    other = paramiko.ECDSAKey.generate()
    (sshd[0] / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} {other.get_name()} {other.get_base64()}\n")
    with pytest.raises(ConfigurationError, match="known_hosts"):
        landing.collect(sftp.address, VENDORS)


def test_a_key_that_the_server_does_not_know_is_refused_with_a_remedy(sftp, monkeypatch, tmp_path, sshd, landing):
    (tmp_path / ".ssh").mkdir()
    shutil.copy(sshd[0] / ".ssh" / "known_hosts", tmp_path / ".ssh" / "known_hosts")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(ConfigurationError, match="access is refused"):
        landing.collect(sftp.address, VENDORS)


def test_a_missing_bucket_and_wrong_addresses_are_told(s3, landing):
    with pytest.raises(ConnectorError, match="there is no inbox"):
        landing.collect("s3://no-such-bucket-here/drop", VENDORS)
    with pytest.raises(ConfigurationError, match="no address"):
        open_address("ftpx://somewhere")
    with pytest.raises(ConfigurationError, match="holds a password") as refused:
        open_address("sftp://me:hunter2@127.0.0.1/drop")
    assert "hunter2" not in str(refused.value)
