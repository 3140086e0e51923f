"""Audit what the locks pin for known vulnerabilities: make audit.

pip-audit is installed into an environment of its own that is thrown away, so that it is not among
what it audits. It asks the package index what is known of each version, for every platform that
the lock names. Where the network does not answer, it says "none found" of packages of which it
could learn nothing: here that is no audit, which is said in one line, and which fails in CI.

Exit codes: 0 nothing known, or not done outside CI; 1 vulnerabilities, packages that are not known
to the index, or not done in CI.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

LOCKS = ("requirements.lock", "requirements-validators.lock")
AUDITOR = "pip-audit==2.10.1"
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


class NotDone(Exception):
    """The audit could not be made; says why."""


def rounds(lock: str) -> list[list[str]]:
    """What the lock pins, in as many lists as needed for each to name a package once."""
    made: list[dict[str, str]] = []
    for name, version in PINNED.findall(lock):
        own = next((pins for pins in made if name not in pins), None)
        if own is None:
            made.append(own := {})
        own[name] = f"{name}=={version}"
    return [list(pins.values()) for pins in made]


def verdict(reports: list[dict[str, Any]], lock: str, path: str) -> tuple[list[str], int]:
    """What is to be said of the auditor's reports on a lock, and the exit code. Raises NotDone."""
    found = [package for report in reports for package in report["dependencies"]]
    unknown = [package["name"] for package in found if "skip_reason" in package]
    if len(unknown) == len(found):
        raise NotDone("the package index tells nothing of known vulnerabilities here")
    said = []
    for package in found:
        for known in package.get("vulns", []):
            pin = f"{package['name']}=={package['version']}"
            line = next((n for n, text in enumerate(lock.splitlines(), 1) if text.startswith(pin)), 1)
            mended = " or ".join(known["fix_versions"]) or "no version yet"
            said.append(f"{path}:{line}:1: {pin} has {known['id']}; mended in {mended}")
    said += [
        f"{path}:1:1: {name} could not be audited; the index does not know this version" for name in unknown
    ]
    if said:
        return said, 1
    return [f"{path}: no known vulnerability; packages asked about: {len(found)}"], 0


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def reports(lock: str, folder: Path) -> list[dict[str, Any]]:
    """What the auditor reports of each round. Raises NotDone."""
    auditor = folder / "env"
    python = auditor / "bin" / "python"
    for command in (
        [sys.executable, "-m", "venv", str(auditor)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", AUDITOR],
    ):
        if run(command).returncode:
            raise NotDone(f"{AUDITOR} cannot be installed; is there a network?")
    made = []
    for number, pins in enumerate(rounds(lock)):
        listed, report = folder / f"{number}.txt", folder / f"{number}.json"
        listed.write_text("\n".join(pins) + "\n", "utf-8")
        ran = run(
            [
                *(str(python), "-m", "pip_audit", "--requirement", str(listed), "--no-deps", "--disable-pip"),
                *("--progress-spinner", "off", "--format", "json", "--output", str(report)),
                *("--cache-dir", str(folder / "cache")),
            ]
        )
        # it ends with 1 both where it finds something and where it fails; only then is there no report
        if not report.is_file():
            raise NotDone(f"the package index cannot be asked: {(ran.stderr.splitlines() or ['?'])[-1]}")
        made.append(json.loads(report.read_text("utf-8")))
    return made


def main() -> int:
    """Audit the locks in the current folder, say what was found, and give the exit code."""
    said: list[str] = []
    code = 0
    try:
        for path in LOCKS:
            lock = Path(path).read_text("utf-8")
            with tempfile.TemporaryDirectory() as folder:
                lines, failed = verdict(reports(lock, Path(folder)), lock, path)
            said, code = [*said, *lines], max(code, failed)
    except NotDone as why:
        said, code = [*said, f"audit: not done: {why}"], max(code, 1 if os.environ.get("CI") else 0)
    print("\n".join(said), file=sys.stderr if code else sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main())
