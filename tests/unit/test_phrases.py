"""Nothing that a person is told is left in English where the company speaks Russian."""

from __future__ import annotations

import ast
import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration import doctor, phrases
from orchestration.errors import UserError
from orchestration.new_company import create
from orchestration.russian.errors import CAUSES, ERRORS
from orchestration.russian.progress import PROGRESS
from orchestration.russian.remedies import REMEDIES, WANTED
from orchestration.russian.rows import REASONS
from orchestration.russian.sentences import BEHIND_A_NAME, SENTENCES
from orchestration.settings import PROJECT_DIR, Company, language_of
from orchestration.sources import cells
from orchestration.sources.contracts import CONTRACTS
from orchestration.sources.files import reading_of, source_settings
from tests.unit.sources.helpers import make_company

SOURCES = PROJECT_DIR / "orchestration"
# What is only handed on: the text was written, and is found, elsewhere.
HANDED_ON = {
    "errors.py: message",
    "errors.py: remedy",
    "doctor.py: error.what()",
    "doctor.py: error.remedy",
    "doctor.py: problem.remedy",
    "doctor.py: answer.problem.remedy",
    "doctor.py: text",
    "doctor.py: remark.remedy",
    "doctor.py: remark.text",
    "doctor.py: remedy",
    "doctor.py: message.format(*row)",
    "sources/files.py: text",
    "sources/files.py: remedy",
    "cli.py: left_out",
    "cli.py: problem",
    "lake/loading.py: error",
    "sources/api/http.py: problem",
    "sources/api/http.py: gap.detail",
    *(
        f"sources/api/{file}.py: {told}"
        for file, told in [
            ("instagram", "no_past_counts(SYSTEM, window)"),
            ("telegram", "no_past_counts(SYSTEM, window)"),
            ("vk", "no_past_counts(SYSTEM, window)"),
            ("ga4", "text"),
            ("ga4", "told"),
            ("google_ads", "told"),
            ("vk_ads", "told"),
            ("yandex_direct", "text"),
            ("yandex_metrica", "text"),
            ("yandex_metrica", "detail"),
            ("instagram", "detail"),
            ("vk", "detail"),
        ]
    ),
    "sources/api/http.py: str(error)",
    "sources/api/http.py: _connection_trouble(error)",
    "sources/api/yandex_direct.py: state + (f' ({queue} in its queue)' if queue else '')",
}


@dataclass(frozen=True)
class Told:
    """A text of the code, variable parts replaced by a sample. `kind`: which words it needs."""

    kind: str
    text: str
    place: str


def _texts(node: ast.expr) -> list[str] | None:
    """Every form of a text; None where it is not written here."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Constant(value=None):
            return []
        case ast.JoinedStr(values=parts):
            forms = [_part(part) for part in parts]
            return ["".join(form) for form in itertools.product(*forms)]
        case ast.IfExp(body=body, orelse=other):
            one, two = _texts(body), _texts(other)
            return None if one is None or two is None else one + two
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            one, two = _texts(left), _texts(right)
            if one is not None and two is not None:
                return [a + b for a, b in itertools.product(one or [""], two or [""])]
    return None


# Variable parts that bring words of their own.
SAMPLES = {
    "COMPANY_FILE": "company.toml",
    "FILE": ".env",
    "company_environment.FILE": ".env",
    "at": "exports/a.csv, line 7",
    "place": "exports/a.csv, line 7, column 'X1'",
    "in_column": "exports/a.csv, column 'X1'",
    "column": ", column 'X1'",
    "means": "a return",
    "days": ", X1 to X1",
    "answer.detail": " (X1)",
    "lost": "X1 USD",
    "wanted": "sums in X1",
    "setting": ', or write in company.toml: [sources.X1.columns] X1 = "X1"; what is the same in '
    'every row may stand in [sources.X1.constants] X1 = "..."',
    "_too_large(*next(iter(too_large.items())))": "X1 has X1 rows; a sheet of Excel holds X1",
}


def _part(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    inner = node.value if isinstance(node, ast.FormattedValue) else node
    return _texts(inner) or [SAMPLES.get(ast.unparse(inner), "X1")]


def _written() -> Iterator[tuple[str, ast.expr, str]]:
    """(kind, expression, file) of every text in the code that people are shown."""
    for file in sorted(SOURCES.rglob("*.py")):
        name = file.relative_to(SOURCES).as_posix()
        if name.startswith(("sample_world/", "russian/", "scorecard/", "expectations/")):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                for kind, text in _told_by(node, name):
                    yield kind, text, name


def _told_by(call: ast.Call, file: str) -> Iterator[tuple[str, ast.expr]]:
    called = ast.unparse(call.func)
    if re.fullmatch(
        r"_?(User|Api|Auth|Quota|RangeTooLarge|LostAnswer|\w+Token|\w+Method)Error", called
    ):
        yield "error", call.args[0]
        yield from (("remedy", word.value) for word in call.keywords if word.arg == "remedy")
    elif called in ("Finding", "cls") and file == "doctor.py":
        yield "finding", call.args[1]
        yield from (("remedy", text) for text in call.args[2:3])
    elif called == "Remark":
        yield "remark", call.args[0]
        yield "remedy", call.args[1]
    elif called == "self.remarks.append" and isinstance(call.args[0], ast.Tuple):
        yield "remark", call.args[0].elts[0]
        yield "remedy", call.args[0].elts[1]
    elif called == "Retry" and file.startswith("sources/api/"):
        yield "cause", call.args[0]
    elif called == "unreadable":
        yield "cause", call.args[1]
    elif called == "Reject":
        yield "reason", call.args[2]
        yield "remedy", call.args[3]
    elif (
        called == "screen.say"
        or (called in ("progress", "report") and "/" not in file)
        or (called in ("say", "self._say") and file.startswith("lake/"))
        or (called == "context.log.info" and file.startswith("defs/"))
        or (file.startswith("sources/api/") and re.search(r"\b_?(progress|_once)$", called))
    ):
        yield "sentence", call.args[0]
    elif called == "Gap" and file.startswith("sources/api/"):
        # the two days may stand as one window
        yield "sentence", call.args[2 if isinstance(call.args[1], ast.Starred) else 3]
    elif called == "self._gap":
        yield "gap", call.args[2]
    elif called == "screen.say_pairs":
        yield from (("sentence", pair.elts[0]) for pair in call.args if isinstance(pair, ast.Tuple))


def _all_told() -> list[Told]:
    found = []
    for kind, node, file in _written():
        if isinstance(node, ast.Name) and node.id == "text" and file == "sources/files.py":
            continue
        for text in _texts(node) or []:
            found.append(Told(kind, text, file))
    for _, _, message, remedy in doctor._RULES:
        found.append(Told("finding", message.format("X1", "X2", "X3", "X4"), "doctor.py"))
        found.append(Told("remedy", remedy, "doctor.py"))
    return found


def _russian(told: Told) -> str:
    said = told.text.strip()
    if told.kind == "reason":
        return phrases.row_reason(said, "ru")
    if told.kind == "remedy":
        return phrases.remedy(said.rstrip("."), "ru")
    if told.kind == "cause":
        said = phrases.error(f"X1: {said}, for more than 5 minutes", "ru")
        return said.removeprefix("X1 не отвечает дольше 5 мин: ")
    if told.kind == "error":
        return phrases.error(said.rstrip("."), "ru")
    if told.kind == "gap":
        said = f"X1 {said}"
    if told.kind == "remark":
        return phrases.sentence(f"exports/a.csv: {said}", "ru")
    return phrases.sentence(said, "ru")


# Commands to type, and what the machine says by itself.
_AS_IT_IS = re.compile(r"chmod 600 .*|parquet|X1( X1)?(: X1)?|\[sources\.X1\] X1")


CAUSES_HANDED_ON = (
    "no answer in time",
    "the answer broke off",
    "the answer could not be unpacked",
    "no connection",
    "queued the report (X1 in its queue)",
    "is making the report",
)


@pytest.mark.parametrize("cause", CAUSES_HANDED_ON)
def test_every_cause_has_russian_words(cause: str) -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in SOURCES.glob("sources/api/*.py"))
    assert cause.partition(" (")[0] in code  # as it is written there
    assert english_in(_russian(Told("cause", cause, ""))) == []


PROGRESS_HANDED_ON = (
    "X1 gives no counts of past days: X1 to X1 stay as they are (a count before X1:00 closes the "
    "day before)",
    "X1: the days of the account are those of X1, a time zone that is not known here: whether they "
    "are the "
    "company's cannot be told",
    "X1: the days of property 7 are those of X1, the company's are those of X1: figures at the "
    "edge of a day "
    "will differ",
    "X1: the days of counter 7 are those of X1, the company's are those of X1: figures at the edge "
    "of a day "
    'will differ; and times with them, unless timezone = "X1" in [sources.yandex_metrica]',
    "X1: no followers given for X1, X1 stays missing",
    "X1: the members of X1 are hidden, X1 stays missing",
    "X1 estimated from 5% of the events (X1)",
    "X1 hides X1 from this account (X1): give it the right to see revenue",
    "X1 gives a part of the data only (X1): X1",
    "X1 no longer gives X1: its column stays empty",
    "X1: the report of X1 rests on a sample of 5%, though the full accuracy was asked for; its "
    "rows are "
    "marked is_sampled",
    "X1: rows of too few visitors are withheld in the report of X1",
)


@pytest.mark.parametrize("text", PROGRESS_HANDED_ON)
def test_what_doors_say_by_a_name_has_russian_words(text: str) -> None:
    said = phrases.sentence(text, "ru")
    assert said != text
    assert english_in(said.replace("is_sampled", "")) == [], said


def test_a_pause_of_a_door_is_said_in_russian() -> None:
    said = phrases.sentence("Bitrix24: no answer in time; try 2 of 8 in 3 s", "ru")
    assert said == "Bitrix24: нет ответа в срок; попытка 2 из 8 через 3 с"


@pytest.mark.parametrize("told", _all_told(), ids=lambda told: f"{told.kind}: {told.text[:60]}")
def test_every_text_has_russian_words(told: Told) -> None:
    """A new error, finding or sentence needs its line in `orchestration/russian/`."""
    if _AS_IT_IS.fullmatch(told.text.strip()):
        return
    said = _russian(told)
    assert said != told.text.strip(), f"no Russian words for a text of {told.place}: {told.text}"
    assert english_in(said) == [], said


def test_no_text_escapes_the_collection() -> None:
    """Texts that are not written where they are told have to be collected in another way."""
    handed_on = {
        f"{file}: {ast.unparse(node)}" for _, node, file in _written() if _texts(node) is None
    }
    assert handed_on <= HANDED_ON


def test_every_remedy_of_a_row_has_russian_words(company: Company) -> None:
    seen = set()
    for contract in CONTRACTS.values():
        reading = reading_of(company, contract, source_settings(company, contract.source))
        for column in contract.columns:
            # Only a column with a closed list can break the rule of it.
            closed = set() if column.allowed or column.is_list else {cells.Rule.NOT_ALLOWED}
            for rule in set(cells.Rule) - cells.SILENT_RULES - closed:
                _, remedy = cells.explain(rule, column, reading, "Сумма")
                seen.add(remedy)
    assert len(seen) > 20
    for remedy in seen:
        assert english_in(phrases.remedy(remedy, "ru")) == [], remedy


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    monkeypatch.setenv("KPI_HASH_KEY", "a key for tests")
    return make_company(tmp_path / "acme")


@pytest.mark.parametrize(
    "pairs",
    [ERRORS, REMEDIES, REASONS, SENTENCES, PROGRESS, BEHIND_A_NAME],
    ids=["e", "r", "w", "s", "p", "b"],
)
def test_both_languages_name_the_same_things(pairs: tuple[tuple[str, str], ...]) -> None:
    for english, russian in pairs:
        assert set(re.findall(r"\{(\w+)\}", russian)) <= set(re.findall(r"\{(\w+)\}", english))
        assert len(re.findall(r"\{(\w+)\}", english)) == len(set(re.findall(r"\{(\w+)\}", english)))
    assert len({english for english, _ in pairs}) == len(pairs)


@pytest.mark.parametrize(
    "pairs",
    [ERRORS, CAUSES, REMEDIES, WANTED, REASONS, SENTENCES, PROGRESS, BEHIND_A_NAME],
    ids=[
        "errors",
        "causes",
        "remedies",
        "wanted",
        "reasons",
        "sentences",
        "progress",
        "behind a name",
    ],
)
def test_no_pair_is_hidden_by_an_earlier_one(pairs: tuple[tuple[str, str], ...]) -> None:
    """The first pair that fits wins, so a general one before a special one takes its words."""
    for place, (english, _) in enumerate(pairs):
        text = re.sub(r"\{\w+\}", "7", english)
        fitting = next(pair for pair in pairs if phrases.Phrases([pair]).russian(text) is not None)
        assert fitting == pairs[place], f"{english!r} is never reached"


# --- what is printed ------------------------------------------------------------------------------

_ENGLISH = re.compile(
    r"\b(the|is|are|was|has|have|of|and|or|for|with|no|not|what|which|to|that|from|write|set|line|"
    r"file|column|row|rows|nothing|unless|put|add|name|into|under|will|run)\b"
)
# Names of things: what stands in quotes, commands, paths, settings, and what is typed.
_NAMES = re.compile(
    r"«[^»]*»|\"[^\"]*\"|'[^']*'|marketing-kpi [^,;.\n]*|make [\w-]+|--?\w+|\S*[/_\\=@]\S*|"
    r"\[[^\]]*\]|\w+\.(csv|toml|xlsx|com)\b|apt-get [^)]*|\w+\.\w+|run a newer"
)


def english_in(text: str) -> list[str]:
    """English words in a Russian text, names of things left out."""
    return _ENGLISH.findall(_NAMES.sub(" ", text).lower())


def test_english_is_seen() -> None:
    assert english_in("Столбец «the» пуст: the row is left out") == ["the", "row", "is"]


@dataclass(frozen=True)
class Broken:
    folder: Path
    environment: dict[str, str]

    def call(self, *words: str) -> tuple[int, str]:
        """Exit code and screen of a command about the company."""
        ended = subprocess.run(
            [sys.executable, "-m", "orchestration", *words],
            capture_output=True,
            text=True,
            env=self.environment,
            cwd=PROJECT_DIR,
            check=False,
        )
        return ended.returncode, ended.stdout


@pytest.fixture
def broken(tmp_path: Path) -> Broken:
    """A company that speaks Russian, with much that is wrong in its folder."""
    folder = create(tmp_path / "acme", name="Acme")
    settings = folder / "company.toml"
    text = settings.read_text(encoding="utf-8")
    text = re.sub(r'^language = "\w+"', 'language = "ru"', text, flags=re.MULTILINE)
    text = text.replace("by day, CSV\nenabled = false", "by day, CSV\nenabled = true", 1)
    settings.write_text(
        f'{text}\n[sources.instagram]\ndoor = "api"\ntoken_env = "NO_SUCH_TOKEN"\n'
        if "\n[sources.instagram]" not in text
        else text,
        encoding="utf-8",
    )
    plain = folder / "exports" / "plain"
    files = {
        "orders.csv": "order_id;ordered_at;gross_amount;currency;note\n"
        + "".join(f"{n};01.02.2026;{n};{'USD' if n > 290 else 'RUB'};x\n" for n in range(1, 301))
        + "301;46054;5;RUB;x\n302;01.02.1980;5;RUB;x\n303;01.02.2026;-5;RUB;x\n",
        "leads.csv": "Номер;Создан когда-то\n1;01.02.2026\n",
        "ad_spend.csv": "Дата;Канал;Расход, тыс. руб.\n01.02.2026;yandex;5\n",
        "visits.csv": "<html><table></table></html>",
        "customers.csv": "",
        "archive.zip": "PK",
    }
    for name, content in files.items():
        (plain / name).write_text(content, encoding="utf-8")
    (folder / "exports" / "roistat").mkdir()
    (folder / "exports" / "roistat" / "a.csv").write_text("x\n1\n", encoding="utf-8")
    environment = {**os.environ, "KPI_OUTPUT_DIR": str(tmp_path / "output"), "LC_ALL": "C.UTF-8"}
    environment.pop("KPI_HASH_KEY", None)
    return Broken(folder, environment)


def test_the_doctor_speaks_russian(broken: Broken) -> None:
    code, said = broken.call("doctor", "--company", str(broken.folder))
    assert code == 1
    assert "Что делать: " in said
    assert re.search(r"Исправить: \d+, к сведению: \d+\.", said)
    assert "в ячейке номер дня, каким его хранит таблица" in said
    assert "Единица столбца — «тыс. руб.»" in said
    assert "в USD строк 10" in said
    for line in said.splitlines():
        assert english_in(line) == [], line


def test_commands_that_cannot_work_say_so_in_russian(broken: Broken) -> None:
    days = ("--from", "2026-02-02", "--to", "2026-02-01")
    code, said = broken.call("backfill", *days, "--company", str(broken.folder))
    assert (code, said) == (
        1,
        "✗ --from 2026-02-02 позже, чем --to 2026-02-01. Что делать: поменяйте два дня местами.\n",
    )
    (broken.folder / "company.toml").write_text('language = "ru"\nname = Acme Ltd', "utf-8")
    code, said = broken.call("run", "--company", str(broken.folder))
    assert (code, said[:36]) == (1, "✗ company.toml не читается: значение")


@pytest.mark.parametrize(
    ("text", "machine", "expected"),
    [
        ('language = "ru"', "en_US.UTF-8", "ru"),
        ("language = 'en' # of the report", "ru_RU.UTF-8", "en"),
        ('name = "Acme"', "en_US.UTF-8", "ru"),  # as the setting's own default
        (None, "ru_RU.UTF-8", "ru"),
        (None, "C", "en"),
    ],
)
def test_the_language_of_a_company_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, machine: str, expected: str
) -> None:
    monkeypatch.setenv("LC_ALL", machine)
    if text is not None:
        (tmp_path / "company.toml").write_text(text, encoding="utf-8")
    assert language_of(tmp_path) == expected


def test_an_error_keeps_its_place_and_remedy_in_both_languages() -> None:
    error = UserError("The file is empty (0 bytes)", file="a.csv", line=1, remedy="export it again")
    assert str(error) == (
        "The file is empty (0 bytes) (file a.csv, line 1). What to do: export it again."
    )
    assert error.text("ru") == "Файл пуст (файл a.csv, строка 1). Что делать: выгрузите заново."
    assert phrases.failure(f"plain: {error}", "ru") == (
        "plain: файл пуст (файл a.csv, строка 1). Что делать: выгрузите заново."
    )
    # what a load says of a source on its way
    assert phrases.sentence(f"plain__orders: {error}", "ru") == phrases.failure(
        f"plain__orders: {error}", "ru"
    )
    log = "a: b, c to d; e rows, f\n" * 5000
    assert phrases.sentence(log, "ru") == log
    assert phrases.failure("plain: something nobody has foreseen", "ru") == (
        "plain: something nobody has foreseen"
    )


def test_numbers_of_ours_are_written_in_russian_and_cells_of_files_are_not() -> None:
    said = phrases.sentence("plain__orders: 141,504 rows loaded, 1,003 refused", "ru")
    assert said == "plain__orders: загружено строк 141\u00a0504, отбраковано 1\u00a0003"
    alarms = (
        "Spike detector, 30 days: 26 series, 12 days with an alarm; chance alone brings about 1.0. "
        "Too short a history to judge: 0 days of series"
    )
    assert "около 1,0." in phrases.sentence(alarms, "ru")
    for value in ("1,234", "331.5"):
        assert f"'{value}'" in phrases.sentence(f"the doctor says '{value}'", "ru")
