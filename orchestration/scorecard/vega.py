"""The chart library of the explore page, taken out of the `vl-convert` package."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

# The page needs one name of the bundle; Vega and Vega-Lite come with it.
_SNIPPET = "window.vegaEmbed = vegaEmbed;"


def library(cache: Path) -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, about 0.9 MB.

    Bundling takes a second or two, so the result is kept in `cache` for each release of the
    package. The text never holds "</script", which would end the element it is put into.
    """
    kept = cache / f"vega-{version('vl-convert-python')}.js"
    if kept.is_file():
        return kept.read_text(encoding="utf-8")
    import vl_convert  # noqa: PLC0415 - starts a JavaScript engine, needed once a release

    script: str = vl_convert.javascript_bundle(_SNIPPET)
    script = script.replace("</script", "<\\/script")
    cache.mkdir(parents=True, exist_ok=True)
    draft = kept.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(script, encoding="utf-8", newline="\n")
    draft.replace(kept)
    return script
