"""Compare web addresses: two of them can lead to one page and differ in their spelling."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlencode, urlsplit

_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|dclid|msclkid|yclid|twclid|igshid|mc_cid|mc_eid|ref_src", re.I)
_STANDARD_PORT = re.compile(r":(?:80|443)?$")


def comparable(url: str) -> str:
    """Return an address without the parts that do not change the page.

    Left out are the scheme, `www.`, the case of the host, a standard port, the fragment, parameters that
    only track readers, and a slash at the end. Text that is not an address is returned unchanged.
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url
    host = _STANDARD_PORT.sub("", parts.netloc.lower().removeprefix("www."))
    named = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([pair for pair in named if not _TRACKING.fullmatch(pair[0])])
    return f"{host}{parts.path.rstrip('/')}{'?' if query else ''}{query}"
