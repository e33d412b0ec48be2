"""An audit that did not happen is never told as one that found nothing."""

import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import dependency_audit
import pytest
from dependency_audit import verdict

CLEAN = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
SKIPPED = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "strict", "code", "told"),
    [
        ([CLEAN], True, 0, "1 dependencies audited, 0 vulnerable"),
        ([CLEAN, BAD], False, 1, "b 2: CVE-1, fixed in 3"),
        ([CLEAN, SKIPPED], False, 0, "1 of 2 dependencies NOT AUDITED"),
        ([CLEAN, SKIPPED], True, 2, "1 of 2 dependencies NOT AUDITED"),
        ([BAD, SKIPPED], False, 1, "NOT AUDITED"),
        (None, False, 0, "could not be reached"),
        (None, True, 2, "could not be reached"),
    ],
)
def test_verdicts(packages, strict, code, told):
    found, text = verdict({"dependencies": packages} if packages else None, strict=strict)
    assert found == code
    assert told in text


class Advisories(BaseHTTPRequestHandler):
    """An advisory service in OSV's format that knows one weakness, or is out of order."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
        weakness = {"id": "PYSEC-1", "affected": [{"package": {"name": asked, "ecosystem": "PyPI"}, "versions": ["1.0"]}]}
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(json.dumps({"vulns": [weakness]} if asked == "weak" else {}).encode())

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(
    ("package", "status", "code", "told"),
    [
        ("sound", 200, 0, "1 dependencies audited, 0 vulnerable"),
        ("weak", 200, 1, "weak 1.0: PYSEC-1"),
        ("weak", 500, 2, "NOT AUDITED"),
    ],
)
def test_the_audit_asks_the_service_and_fails_on_what_it_finds(tmp_path, package, status, code, told):
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"{package}==1.0 --hash=sha256:{'0' * 64}\n", "utf-8")
    server = HTTPServer(("127.0.0.1", 0), Advisories)
    server.status = status
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/v1/query"
        command = [sys.executable, dependency_audit.__file__, lock, "--strict", "--osv-url", url]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        server.shutdown()
    assert (done.returncode, told in done.stdout) == (code, True), done.stdout + done.stderr
