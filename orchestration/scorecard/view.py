"""What the template prints: plain words and drawings, nothing left to compute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestration.scorecard.charts import Drawing
from orchestration.scorecard.findings import Finding


@dataclass(frozen=True, slots=True)
class Cell:
    """`tone`: empty, `alarm`, `good`, `muted`. `is_head` cells name their row."""

    words: str
    tone: str = ""
    is_number: bool = False
    is_head: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`is_wide` scrolls sideways on a phone; `is_titled` shows its caption to all readers,
    `is_plain` has sentences and no names in its first column."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    is_wide: bool = False
    is_titled: bool = False
    is_plain: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a legend: a colour role, or `dashed` / `spike` for marks."""

    mark: str
    words: str


@dataclass(frozen=True, slots=True)
class Figure:
    label: str
    drawing: Drawing
    keys: Sequence[Key] = ()
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Stat:
    value: str
    words: str
    tone: str = ""


@dataclass(slots=True)
class Section:
    """`sad` replaces figures and tables; `is_absent` sections go into one list at the end."""

    id: str
    title: str
    what: str = ""
    how: str = ""
    lies: str = ""
    sad: str = ""
    is_absent: bool = False
    findings: list[Finding] = field(default_factory=list)
    takeaways: list[str] = field(default_factory=list)
    stats: list[Stat] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    details: list[Table] = field(default_factory=list)
    # Definitions of the KPIs shown here: (id, name).
    formulas: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Bullet:
    """Positions in per cent of the track."""

    actual: float
    plan: float
    expected: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Tile:
    metric_id: str
    name: str
    period: str
    verdict: str
    verdict_words: str
    value: str
    facts: Sequence[tuple[str, str]]
    flags: Sequence[str]
    coverage: str
    bullet: Bullet | None
    sparkline: str
    spark_end: tuple[float, float] | None
