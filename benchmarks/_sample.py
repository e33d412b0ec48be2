"""A published sample company for benchmarks that read one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def published_sample(folder: Path, size: float) -> Path:
    """Makes a sample company and runs the main job on it.

    Args:
        folder: becomes the workspace.
        size: of the company.

    Returns:
        The workspace.

    Raises:
        subprocess.CalledProcessError: it was not published.
    """
    earshot = Path(sys.executable).with_name("earshot")
    subprocess.run([earshot, "demo", folder, "--size", str(size)], check=True, capture_output=True)
    subprocess.run([earshot, "run", "--workspace", folder], check=True, capture_output=True)
    return folder
