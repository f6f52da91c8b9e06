"""Colours of the pages, each named once, for day, night and paper.

Charts are drawn in the colours of the day; rules of the style sheet turn each of them into a CSS
variable, which is how one drawing serves all three.
"""

from __future__ import annotations

# role: (light, dark, print)
PALETTE = {
    "ink": ("#1c2330", "#e9ecf1", "#000000"),
    "muted": ("#59616f", "#a3abb8", "#444444"),
    "grid": ("#e4e7ec", "#2f3642", "#dddddd"),
    "axis": ("#a9b0bc", "#566072", "#888888"),
    "paper": ("#fefefe", "#171b22", "#ffffff"),
    "blue": ("#2358b8", "#7aa7f5", "#2358b7"),
    "sky": ("#a9c3ee", "#39588d", "#a9c3ed"),
    "band": ("#e3ebf8", "#233149", "#e8eef8"),
    "neutral": ("#b6becb", "#566276", "#b6beca"),
    "alarm": ("#bf2a1e", "#ff8a7a", "#b3261b"),
    "amber": ("#a86400", "#f0b454", "#9a5b00"),
    "green": ("#19774a", "#6fcf9f", "#156640"),
    "heat1": ("#edf2fb", "#1d2839", "#f3f6fc"),
    "heat2": ("#cfdef6", "#24395c", "#dbe6f8"),
    "heat3": ("#a5c1ee", "#2d4f86", "#b9cff2"),
    "heat4": ("#6d98df", "#3d68ab", "#8db0e8"),
    "heat5": ("#2c62be", "#7fadf5", "#5f8cd8"),
    "on_pale": ("#1c2331", "#e9ecf2", "#000001"),
    "on_deep": ("#fffffe", "#0d1117", "#000002"),
}
HEAT_STEPS = 5


def colour(role: str) -> str:
    return PALETTE[role][0]


def palette_css() -> str:
    """Variables for each mode, and the rules that tie the drawn colours to them."""

    def variables(mode: int) -> str:
        return "".join(f"--{role}:{shades[mode]};" for role, shades in PALETTE.items())

    ties = "".join(
        f'svg [fill="{colour(role)}"]{{fill:var(--{role})}}'
        f'svg [stroke="{colour(role)}"]{{stroke:var(--{role})}}'
        for role in PALETTE
    )
    return (
        f":root{{{variables(0)}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{variables(1)}}}}}"
        f"@media print{{:root{{{variables(2)}}}}}{ties}"
    )
