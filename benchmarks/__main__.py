"""Runs every benchmark of the folder, one process each, or those that are named: `python -m benchmarks load insights`."""

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Runs them one after another; the last line counts those that failed."""
    folder = Path(__file__).parent
    known = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    wanted = sys.argv[1:] or known
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; known: {', '.join(known)}")
        return 2
    failed = [name for name in wanted if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode]
    print(f"{len(wanted) - len(failed)} benchmarks ran, {len(failed)} failed{': ' + ', '.join(failed) if failed else ''}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
