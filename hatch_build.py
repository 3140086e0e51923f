"""Put the release of the checkout into the wheel, in mmru/released/, and into the sdist.

The wheel describes itself in the words of datapackage.json.
"""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

sys.path.insert(0, str(Path(__file__).parent / "scripts"))
from mmru.verify import EDITOR, PACKAGE, SUMS, Folder, by_hand, described, verify

# The README leads to files of the repository, which an index of packages does not show.
LONG_DESCRIPTION = """\
# {title}

{description}

```python
import mmru

print(mmru.tables())
events = mmru.load("events")
print(mmru.describe("events"))
print(mmru.cite())
```

The package holds the data: once it is installed, it needs no network. `help(mmru)` lists the functions.

The data are licensed under {data[title]} (<{data[path]}>), the code under the {code[title]} (<{code[path]}>).
"""


class DescriptionHook(MetadataHookInterface):
    """Add the long description, the keywords and, where the dataset has one, its address."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add them to the metadata of the project."""
        about = json.loads(Path(self.root, PACKAGE).read_text("utf-8"))
        text = LONG_DESCRIPTION.format(**about, data=about["licenses"][0], code=about["mmru:code_license"])
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
        metadata["keywords"] = about["keywords"]
        metadata["urls"] = {"Homepage": about["homepage"]} if "homepage" in about else {}


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
