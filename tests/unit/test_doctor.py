from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import tomlkit

from orchestration import phrases
from orchestration.doctor import Finding, examine
from orchestration.errors import UserError
from orchestration.new_company import create
from tests.conftest import SAMPLE_COMPANY


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    monkeypatch.setenv("KPI_HASH_KEY", "a key")
    folder = create(tmp_path / "acme", name="Acme")
    orders = folder / "exports" / "plain" / "orders.csv"
    orders.write_text(
        "order_id,customer_id,ordered_at,gross_amount\n"
        + "".join(f"{number},a,2026-02-01,100\n" for number in range(1, 11)),
        encoding="utf-8",
    )
    return folder


def errors(folder: Path) -> list[Finding]:
    return [finding for finding in examine(folder) if finding.level == "error"]


def append(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


_RECORDED = {"recorded_at": "2025-12-20", "recorded_by": "owner", "reason": ""}
GOAL = {"goal_id": "grow", "name": "Grow", "objective": "sales", "owner": "Anna", **_RECORDED}
TARGET = {
    "target_id": "t1",
    "version": "1",
    "metric_id": "revenue",
    "direction": "up",
    "target_value": "100",
    "period_start": "2026-01-01",
    "period_end": "2026-03-31",
    "goal_id": "grow",
    "proposer": "Anna",
    "approver": "Boris",
    "approved_at": "2025-12-20 10:00:00",
    **_RECORDED,
}


def add_target(folder: Path, target: dict[str, str]) -> None:
    """The target, and the goal it serves."""
    for name, row in (("goals", GOAL), ("targets", target)):
        path = folder / "registers" / f"{name}.csv"
        header = path.read_text(encoding="utf-8").strip().split(",")
        append(path, ",".join(row.get(column, "") for column in header) + "\n")


def test_a_new_folder_with_one_export_is_in_order(folder: Path) -> None:
    assert errors(folder) == []
    notes = " ".join(finding.message for finding in examine(folder))
    assert "margins.csv is empty: no ROMI" in notes


def test_the_sample_company_is_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path))
    assert errors(SAMPLE_COMPANY) == []


def test_an_export_without_a_needed_column_is_explained(folder: Path) -> None:
    (folder / "exports" / "plain" / "orders.csv").write_text(
        "order_id,customer_id,ordered_at,sum_rub\n1,a,2026-02-01,100\n", encoding="utf-8"
    )
    (found,) = errors(folder)
    assert "exports/plain/orders.csv" in found.message
    assert "gross_amount" in found.message


def test_a_refused_row_names_its_line_column_and_remedy(folder: Path) -> None:
    append(folder / "exports" / "plain" / "orders.csv", "11,c,1970-01-01,10\n")
    (found,) = [f for f in examine(folder) if "1970" in f.message or "line 12" in f.message]
    assert found.level == "note"
    assert "orders.csv, line 12, column 'ordered_at'" in found.message
    assert found.remedy


def test_a_refused_row_of_a_register_must_be_mended(folder: Path) -> None:
    append(folder / "registers" / "margins.csv", "")
    margins = folder / "registers" / "margins.csv"
    header = margins.read_text(encoding="utf-8").strip().split(",")
    row = dict.fromkeys(header, "")
    row |= {
        "product_line": "shop",
        "valid_from": "2026-01-01",
        "contribution_margin": "34",
        "sales_cycle": "short",
        "recorded_at": "2026-01-01",
        "recorded_by": "finance",
    }
    good = {**row, "contribution_margin": "0.34"}
    append(margins, ",".join(good.values()) + "\n" + ",".join(row.values()) + "\n")
    assert any("contribution_margin" in finding.message for finding in errors(folder))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"metric_id": "likes"}, "unknown metric 'likes'"),
        ({"metric_id": "revenu"}, "names the unknown metric 'revenu'"),
        ({"unit": "roubles"}, "target t1 is in 'roubles', but revenue is measured in 'RUB'"),
        (
            {"metric_id": "purchase_conversion", "target_value": "12"},
            "target t1 is 12.0, but purchase_conversion is a share and never more than 1",
        ),
        ({"goal_id": "nowhere"}, "serves the goal 'nowhere'"),
        ({"approver": "Anna"}, "proposed and approved by Anna alone"),
        ({"period_end": "2025-12-31"}, "the day is before period_start"),
    ],
)
def test_registers_are_held_against_each_other(
    folder: Path, change: dict[str, str], expected: str
) -> None:
    add_target(folder, TARGET)
    assert errors(folder) == []
    path = folder / "registers" / "targets.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    changed = {**TARGET, **change}
    lines[1] = ",".join(changed.get(column, "") for column in lines[0].split(","))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert [expected in finding.message for finding in errors(folder)] == [True]


@pytest.mark.parametrize(
    ("metric", "remedy"),
    [
        ("lead_valid", "write leads_valid, "),
        ("Revenue", "write revenue, "),
        ("NPS", "write nps, "),
        ("xyzzy", "use a metric_id of "),
    ],
)
def test_an_unknown_metric_gets_its_near_names(folder: Path, metric: str, remedy: str) -> None:
    add_target(folder, {**TARGET, "metric_id": metric})
    (found,) = (item for item in errors(folder) if "unknown metric" in item.message)
    assert found.remedy.startswith(remedy)
    said = phrases.remedy(found.remedy, "ru")
    assert said.startswith(("напишите ", "возьмите "))


@pytest.mark.parametrize(
    "change",
    [
        {"metric_id": "purchase_conversion", "unit": "share", "target_value": "12%"},
        {"metric_id": "romi", "unit": "share", "target_value": "1.5"},
        {"metric_id": "revenue", "unit": "rub"},
        {"metric_id": "revenue", "unit": "money"},
    ],
)
def test_units_of_targets_that_are_right(folder: Path, change: dict[str, str]) -> None:
    add_target(folder, {**TARGET, **change})
    assert errors(folder) == []


@pytest.mark.parametrize(
    ("second", "is_told"),
    [
        ("C1,2026-01-01,tools,200,2026-02-01,finance", True),
        ("C1,2026-01-01,tools,100,2026-02-01,finance", False),  # the same line again
        ("C1,2026-01-01,tools,200,2026-02-02,finance", False),  # a correction
        ("C2,2026-01-01,tools,200,2026-02-01,finance", False),
    ],
)
def test_a_cost_that_another_of_its_key_hides_is_told(
    folder: Path, second: str, is_told: bool
) -> None:
    (folder / "registers" / "costs.csv").write_text(
        "cost_id,cost_month,cost_type,amount,recorded_at,recorded_by\n"
        f"C1,2026-01-01,tools,100,2026-02-01,finance\n{second}\n",
        encoding="utf-8",
    )
    told = [finding.message for finding in errors(folder)]
    expected = "registers/costs.csv: 2 different records have the key C1 and the same recorded_at"
    assert [message.startswith(expected) for message in told] == [True] * is_told


def test_a_source_of_several_tables_without_any_file_is_told_once(folder: Path) -> None:
    (folder / "exports" / "plain" / "orders.csv").unlink()
    (found,) = errors(folder)
    assert found.message == "[sources.plain] is on, but exports/plain/ has no file"
    shutil.rmtree(folder / "exports")
    assert errors(folder) == [found]


def test_a_source_that_is_on_without_files_and_one_without_rates(folder: Path) -> None:
    settings = folder / "company.toml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace("by day, CSV\nenabled = false", "by day, CSV\nenabled = true", 1)
    settings.write_text(text, encoding="utf-8")
    messages = [finding.message for finding in errors(folder)]
    assert any("exports/google_ads/ has no file" in message for message in messages)
    assert any("no USD" in message for message in messages)
    bank = "goes before them\nenabled = "
    assert bank + "false" in text
    text = text.replace(bank + "false", bank + "true", 1)
    settings.write_text(text, encoding="utf-8")
    assert not any("no USD" in finding.message for finding in errors(folder))
    settings.write_text(
        text.replace("[sources.central_bank]", '[sources.central_bank]\ncurrencies = ["EUR"]', 1),
        encoding="utf-8",
    )
    (found,) = (finding for finding in errors(folder) if "no USD" in finding.message)
    assert "currencies in [sources.central_bank]" in (found.remedy or "")


def test_a_missing_secret_names_its_variable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TG_TOKEN", raising=False)
    append(folder / "company.toml", "")
    settings = folder / "company.toml"
    text = settings.read_text(encoding="utf-8").replace(
        "[sources.telegram]          # followers by day, CSV\nenabled = false",
        '[sources.telegram]\ndoor = "api"\ntoken_env = "TG_TOKEN"',
    )
    settings.write_text(text, encoding="utf-8")
    assert any("TG_TOKEN" in finding.message for finding in errors(folder))


def test_exports_nobody_reads_are_named(folder: Path) -> None:
    lost = folder / "exports" / "roistat"
    lost.mkdir()
    (lost / "a.csv").write_text("x\n1\n", encoding="utf-8")
    assert any("exports/roistat/ belongs to no source" in f.message for f in examine(folder))


def test_files_of_a_kind_nobody_reads_are_named(folder: Path) -> None:
    (folder / "exports" / "plain" / "orders_2.zip").write_bytes(b"PK")
    (found,) = [f for f in examine(folder) if "orders_2.zip" in f.message]
    assert (found.level, found.message) == (
        "note",
        "exports/plain/orders_2.zip is of a kind that is not read",
    )
    assert "unpack" in str(found.remedy)


def test_links_and_files_in_the_wrong_place_are_named(folder: Path) -> None:
    plain, share = folder / "exports" / "plain", folder.parent / "share"
    share.mkdir()
    (share / "orders.csv").write_text("x\n1\n", encoding="utf-8")
    (plain / "linked").symlink_to(share)
    (plain / "orders_3.csv").symlink_to(share / "nothing.csv")
    (folder / "exports" / "orders.csv").write_text("x\n1\n", encoding="utf-8")
    (folder / "registers" / "margin.csv").write_text("x\n1\n", encoding="utf-8")
    told = {finding.message for finding in examine(folder) if finding.level == "note"}
    assert {
        "exports/plain/linked is a link to a folder, which is not followed",
        "exports/plain/orders_3.csv is a link to a file that is not there",
        "exports/orders.csv lies in no folder of a source and is not read",
        "registers/margin.csv is no register by its name and is not read",
    } <= told


def test_nothing_of_a_folder_in_order_is_called_unread(folder: Path) -> None:
    (folder / "exports" / "plain" / "~$orders.xlsx").write_bytes(b"x")
    (folder / "exports" / ".DS_Store").write_bytes(b"x")
    assert not [finding for finding in examine(folder) if "not read" in finding.message]


def test_unreadable_settings_stop_the_examination(tmp_path: Path) -> None:
    (tmp_path / "company.toml").write_text("name = Acme Ltd", encoding="utf-8")
    with pytest.raises(UserError, match="line 1"):
        examine(tmp_path)


def test_a_file_of_no_table_is_told_once(tmp_path: Path) -> None:
    folder = create(tmp_path / "acme", name="Acme")
    (folder / "exports" / "plain").mkdir(parents=True, exist_ok=True)
    (folder / "exports" / "plain" / "sheet1.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    settings = (folder / "company.toml").read_text(encoding="utf-8")
    if "\n[sources.plain]" not in settings:
        settings += "\n[sources.plain]\nenabled = true\n"
    (folder / "company.toml").write_text(settings, encoding="utf-8")
    told = [finding for finding in examine(folder) if "sheet1.csv" in finding.message]
    assert len(told) == 1


def test_sums_without_a_rate_are_named(folder: Path) -> None:
    orders = folder / "exports" / "plain" / "orders.csv"
    rows = "".join(
        f"{n},a,2026-02-0{n},{'110.50,USD' if n > 6 else '100,RUB'}\n" for n in range(1, 10)
    )
    orders.write_text(f"order_id,customer_id,ordered_at,gross_amount,Currency\n{rows}", "utf-8")
    (found,) = errors(folder)
    assert found.message == (
        "exports/plain/orders.csv, line 8, column 'Currency': 3 rows are in USD, but "
        "registers/fx_rates.csv has no rate of USD; 331.50 USD are in no figure"
    )
    assert "(2026-02-07 to 2026-02-09)" in str(found.remedy)
    assert found.text("ru").startswith(
        "exports/plain/orders.csv, строка 8, столбец Currency: в USD строк 3, но в "
        "registers/fx_rates.csv нет курса USD; 331,50 USD не входят ни в один показатель\n"
        "    Что делать: добавьте курс USD на каждый день"
    )
    rates = folder / "registers" / "fx_rates.csv"
    header = rates.read_text(encoding="utf-8").strip().split(",")

    def rate(day: str) -> str:
        row = {"rate_date": day, "currency": "USD", "nominal": "1", "rate": "90"}
        return ",".join(row.get(column, "") for column in header) + "\n"

    append(rates, rate("2026-02-07") + rate("2026-02-08"))
    assert errors(folder) == []
    (note,) = [finding for finding in examine(folder) if "USD" in finding.message]
    assert (note.level, note.message) == (
        "note",
        "exports/plain/orders.csv, column 'Currency': registers/fx_rates.csv lacks the rate of USD "
        "on days that have rows in USD: 1 (2026-02-09); 110.50 USD are in no figure",
    )
    assert "столбец Currency" in note.text("ru")
    append(rates, rate("2026-02-09"))
    assert not any("USD" in finding.message for finding in examine(folder))


def test_an_afternoon_run_never_learns_what_a_day_brought(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VK_TOKEN", "a token")
    path = folder / "company.toml"
    settings = tomlkit.parse(path.read_text(encoding="utf-8"))
    settings["sources"]["vk"] = {
        "enabled": True, "door": "api", "accounts": ["acme"], "with_statistics": True,
    }  # fmt: skip

    def notes(time: str) -> list[str]:
        settings["schedule"] = {"enabled": True, "time": time}
        path.write_text(tomlkit.dumps(settings), encoding="utf-8")
        return [finding.message for finding in examine(folder) if "joins" in finding.message]

    assert not notes("11:59")
    (note,) = notes("12:00")
    assert note.startswith("[schedule] time is 12:00: joins, leaves and reach of [sources.vk]")
