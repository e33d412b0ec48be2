"""Audits the locked dependencies for known vulnerabilities; says so where the advisory service did not answer for them.

pip-audit ends well when it could look nothing up, so its own exit code is no proof. Here: 0 where every package was looked
up and is clean, 1 where one is vulnerable; where some could not be looked up, 0 with a plain NOT AUDITED (2 with --strict).

    python tests/dependency_audit.py requirements.lock [--strict] [--osv-url URL]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PATIENCE_SECONDS = 120


def verdict(report: dict[str, Any] | None, *, strict: bool) -> tuple[int, str]:
    """What a report of pip-audit means.

    Args:
        report: its JSON; None where there was none.
        strict: whether packages that could not be looked up are a failure.

    Returns:
        Exit code and text.
    """
    packages = report["dependencies"] if report else []
    vulnerable = [package for package in packages if package.get("vulns")]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    lines = [
        f"{package['name']} {package['version']}: {vulnerability['id']}, "
        f"fixed in {', '.join(vulnerability['fix_versions']) or 'no version yet'}"
        for package in vulnerable
        for vulnerability in package["vulns"]
    ]
    if not packages:
        lines.append("dependencies NOT AUDITED: the advisory service could not be reached; run `make audit` with a network")
    elif skipped:
        lines.append(
            f"{len(skipped)} of {len(packages)} dependencies NOT AUDITED: the advisory service did not answer for "
            f"{', '.join(skipped[:3])}{'…' if len(skipped) > 3 else ''}; run `make audit` where it can be reached"
        )
    else:
        lines.append(f"{len(packages)} dependencies audited, {len(vulnerable)} vulnerable")
    unknown = bool(skipped) or not packages
    return (1 if vulnerable else 2 if unknown and strict else 0), "\n".join(lines)


def audit(lock: Path, osv_url: str | None = None) -> dict[str, Any] | None:
    """What pip-audit reports of a lock file; None where it could not.

    Args:
        lock: names, versions and hashes.
        osv_url: an advisory service in OSV's format that is asked instead of the package index.
    """
    command = [sys.executable, "-m", "pip_audit", "-r", str(lock), "--require-hashes", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    command += ["--vulnerability-service", "osv", "--osv-url", osv_url] if osv_url else []
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
        report: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None
    return report


def main() -> int:
    """Audits the lock file that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lock", type=Path)
    parser.add_argument("--strict", action="store_true", help="packages that could not be looked up are a failure")
    parser.add_argument("--osv-url", help="an advisory service in OSV's format, such as a mirror of your own")
    chosen = parser.parse_args()
    code, text = verdict(audit(chosen.lock, chosen.osv_url), strict=chosen.strict)
    sys.stdout.write(f"{text}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
