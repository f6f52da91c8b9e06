"""Every word of the pages, once, in both languages side by side.

`{name}` is a typed value, `{n:one|other}` in English and `{n:one|few|many}` in Russian is the word
form that fits the number, `{name!c}` starts with a capital. Keys with a dot and an id at the end
(`verdict.behind`) name values found in the data.
"""

from __future__ import annotations

from orchestration.scorecard.messages import explore, names, page, sections

MESSAGES: dict[str, dict[str, str]] = (
    page.MESSAGES | sections.MESSAGES | names.MESSAGES | explore.MESSAGES
)
