"""Put the release of the checkout into the wheel, in mmru/released/, and into the sdist."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "scripts"))
from mmru.verify import EDITOR, SUMS, Folder, by_hand, described, verify


class ReleaseHook(BuildHookInterface):  # type: ignore[type-arg]
    """Add the files of the release to what hatchling builds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files; end the build where the data are not those of their descriptor."""
        if version == "editable":
            return
        root = Path(self.root)
        faults, _ = verify(root)
        if faults:
            sys.exit("\n".join(map(str, faults)) + "\nthe wheel carries the data: run mmru build first")
        files = sorted(by_hand(root) | set(described(Folder(root))))
        if self.target_name == "sdist":
            build_data["force_include"] |= {str(root / path): path for path in [*files, SUMS]}
            return
        files = [path for path in files if not path.startswith(EDITOR)]
        self.folder = TemporaryDirectory()
        sums = Path(self.folder.name, SUMS)
        lines = (f"{sha256((root / path).read_bytes()).hexdigest()}  {path}\n" for path in files)
        sums.write_text("".join(lines), "utf-8", newline="\n")
        build_data["force_include"] |= {str(root / path): f"mmru/released/{path}" for path in files}
        build_data["force_include"][str(sums)] = f"mmru/released/{SUMS}"
