"""What pyproject.toml cannot say: the wheel carries the release of the checkout, in mmru/released/.

A mapping of that folder to the top folder would do it too, but an editable install would then start
every Python of its environment with a finder of its own, which takes 10 ms.
"""

import shutil
import sys
from hashlib import sha256
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

sys.path.insert(0, "scripts")
from mmru.verify import EDITOR, SUMS, Folder, by_hand, described, verify


def whole() -> list[str]:
    """What SHA256SUMS lists and what is written by hand of a release, by path."""
    return sorted(by_hand(Path()) | set(described(Folder(Path()))))


def held() -> list[str]:
    """The files of the release, by path."""
    return [path for path in whole() if not path.startswith(EDITOR)]


class BuildWithRelease(build_py):
    """Build the package, and put the release into it, with a list of checksums of all its files."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        faults, _ = verify(Path())
        if faults:
            sys.exit("\n".join(map(str, faults)) + "\nthe wheel carries the data: run mmru build first")
        released = Path(self.build_lib, "mmru", "released")
        shutil.rmtree(released, ignore_errors=True)  # what an earlier build left there
        for path in held():
            self.mkpath(str((released / path).parent))
            shutil.copyfile(path, released / path)
        sums = (f"{sha256(Path(path).read_bytes()).hexdigest()}  {path}\n" for path in held())
        (released / SUMS).write_text("".join(sums), "utf-8", newline="\n")

    def get_source_files(self) -> list[str]:
        return [*super().get_source_files(), *whole(), SUMS]


setup(cmdclass={"build_py": BuildWithRelease})
