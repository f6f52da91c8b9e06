from __future__ import annotations

import pickle
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from orchestration.errors import UserError
from orchestration.phrases import failure
from orchestration.settings import PROJECT_DIR, Company, load_company

MINIMAL = 'name = "Acme"\nfirst_date = 2026-01-01\n'


@pytest.fixture
def company_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "acme"
    folder.mkdir()
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    monkeypatch.delenv("KPI_HASH_KEY", raising=False)
    return folder


def write(folder: Path, text: str) -> Company:
    (folder / "company.toml").write_text(text, encoding="utf-8")
    return load_company(folder)


def test_minimal_company_has_absolute_paths_and_defaults(company_folder: Path) -> None:
    company = write(company_folder, MINIMAL)
    assert company.slug == "acme"
    assert company.currency == "RUB"
    assert company.paths.warehouse == company_folder.parent / "output" / "acme" / "warehouse.duckdb"
    assert all(
        path.is_absolute()
        for path in (company.directory, company.paths.lake, company.paths.published)
    )


def test_the_output_stays_where_the_environment_said_when_the_company_was_loaded(
    company_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = write(company_folder, MINIMAL)
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(company_folder.parent / "elsewhere"))
    output = company_folder.parent / "output"
    assert company.paths.output == output / "acme"
    renamed = company.model_copy(update={"directory": company_folder.parent / "other"})
    assert renamed.paths.output == output / "other"


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("[sources.yandex_metrika]\n", r"no source of this product.*use one of: yandex_metrica", 3),
        (
            '[sources.plain]\ntimezone = "Moscow"\n',
            r"plain\.timezone': 'Moscow' is no time zone",
            4,
        ),
        ('[sources.plain]\ncurrency = "rub"\n', r"plain\.currency': 'rub' is no currency", 4),
        ("[sources.plain]\nenabld = false\n", r"enabld': is not a known .* 'enabled' meant", 4),
        ('[sources.plain.colums]\ncost = "x"\n', r"colums': is not a .* 'columns' meant", 3),
        ("[sources.plain]\nwith_vat = false\n", r"known setting; is 'includes_vat' meant", 4),
        ("[sources.plain]\nlookback = 3\n", r"known setting; is 'lookback_days' meant", 4),
        ("[sources.plain]\nfoo = 5\n", r"'sources\.plain\.foo': is not a known setting \(", 4),
        ('[sources.yandex_metrica]\ncounter_id = "1"\n', r"is 'counter_ids' meant", 4),
        ('[sources.vk]\ntoken_evn = "T"\n', r"is 'token_env' meant", 4),
        ('[sources.vk]\ntoken_env = "vk1.a.secret"\n', r"'token_env' must be the name of an en", 3),
        ("[alert]\nrecipients = {}\n", r"'alert': is not a known setting; is 'alerts' meant", 3),
        ("[windows]\nattribution_day = 9\n", r"is 'attribution_days' meant", 4),
        ("[warehouse.clickhouse]\nhosts = 'x'\n", r"clickhouse\.hosts': .* is 'host' meant", 4),
        ("[windows]\nattribution_days = true\n", r"attribution_days': must be a whole number", 4),
        ("[sources.plain]\nlookback_days = true\n", r"lookback_days': must be a whole", 4),
        ('hash_key_env = "my key!"\n', r"'hash_key_env': must be the name of an environment", 3),
        ('[sources.plain]\nvalues = "x"\n', r"plain\.values': must be a section", 4),
        ('[sources.plain.values]\nstatus = "x"\n', r"values\.status': must be a section", 4),
        ('[sources.plain.constants]\nchannel = ["a"]\n', r"'channel' must be a single value", 3),
        ("[sources.plain.columns]\ncost = 5\n", r"columns\.cost': must be a text in quotes", 4),
        ('counter_of_record = "metrica"\n', r"'counter_of_record': must be one of", 3),
        ("counter_of_record = []\n", r"'counter_of_record': name a counter", 3),
        ('[vat.rates]\n"x" = 0.2\n', r"'vat\.rates\.x': must be a day", None),
        ("[vat]\nrate = nan\n", r"'vat\.rate': must be a number", 4),
    ],
)
def test_a_setting_that_would_be_taken_wrongly_is_refused(
    company_folder: Path, text: str, said: str, line: int | None
) -> None:
    with pytest.raises(UserError, match=said) as caught:
        write(company_folder, MINIMAL + text)
    assert caught.value.line == line
    assert failure(str(caught.value), "ru") != str(caught.value)


def test_every_setting_that_a_new_folder_explains_is_taken(company_folder: Path) -> None:
    template = (PROJECT_DIR / "orchestration" / "company_template" / "company.toml").read_text()
    text = template.replace("$name", "Acme").replace("$language", "en")
    text = text.replace("$first_date", "2026-01-01")
    for explained in re.findall(r"^# (\w+ = .*)$", text.partition("[sources.")[2], re.MULTILINE):
        text = text.replace(f"# {explained}", explained)
    company = write(company_folder, text)
    assert company.sources["yandex_direct"].options["client_logins"] == ["login"]
    assert company.sources["instagram"].options["metrics"]["reach"] == "reach"


@pytest.mark.parametrize("name", ["directory", "output_root"])
def test_places_of_a_company_are_no_settings(company_folder: Path, name: str) -> None:
    with pytest.raises(UserError, match=rf"Setting '{name}': is not a known setting.*line 3"):
        write(company_folder, MINIMAL + f'{name} = "/elsewhere"\n')


def test_company_is_chosen_by_the_environment(
    company_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (company_folder / "company.toml").write_text(MINIMAL, encoding="utf-8")
    monkeypatch.setenv("COMPANY_DIR", str(company_folder))
    assert load_company().directory == company_folder


def test_today_is_the_companys_own_day(company_folder: Path) -> None:
    company = write(
        company_folder, MINIMAL.replace("Acme", "Far") + 'timezone = "Asia/Kamchatka"\n'
    )
    today = datetime.now(tz=ZoneInfo("Asia/Kamchatka")).date()
    assert (company.as_of_date() - today).days in {0, 1}
    pinned = write(company_folder, MINIMAL + "as_of = 2026-03-01\n")
    assert pinned.last_complete_date() == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        (MINIMAL + "curency = 'RUB'\n", 3, "'curency': is not a known setting"),
        (MINIMAL + 'timezone = "Moscow"\n', 3, "Europe/Moscow"),
        (MINIMAL + "\n[vat]\nrate = 22\n", 5, "vat.rate"),
        (MINIMAL + "[vat.rates]\n2026-01-01 = 22\n", 4, "vat.rates"),
        (MINIMAL + "[vat]\nrate = 0.2\nrates = {2026-01-01 = 0.22}\n", 3, "either rate"),
        (MINIMAL + "name = twice\n", 3, "cannot be read"),
        (MINIMAL + "[schedule]\ntime = '25:00'\n", 4, "expected HH:MM"),
        ("first_date = 2026-01-01\n", None, "'name': is missing"),
        (MINIMAL + "[sources.vk]\ndoor = 'ftp'\n", 4, "sources.vk.door"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line(
    company_folder: Path, text: str, line: int | None, expected: str
) -> None:
    with pytest.raises(UserError) as caught:
        write(company_folder, text)
    assert expected in str(caught.value)
    assert caught.value.line == line
    assert caught.value.file == str(company_folder / "company.toml")
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "english", "russian"),
    [
        ("currency = 'RUR'\n", "'RUR' is no currency", "«RUR» — не валюта"),
        ("currency = 'рубль'\n", "'рубль' is no currency", "«рубль» — не валюта"),
        ("curency = 'RUB'\n", "is not a known setting", "Нет такой настройки: «curency»"),
        ("as_of = '31.01.2026'\n", "must be a day, written 2026-01-31", "нужен день в виде"),
        ("brand = 5\n", "must be a text in quotes", "нужен текст в кавычках"),
        ("kpi_set = 'shop'\n", "must be one of 'ecommerce', 'serv", "допустимы только 'ecommerce'"),
        ("[vat]\nrate = 22\n", "must be less than 1", "нужно число меньше 1"),
        ("[fiscal]\nyear_start_month = 13\n", "must be at most 12", "нужно число не больше 12"),
        ("[windows]\nattribution_days = 0\n", "must be at least 1", "нужно число не меньше 1"),
        ("[windows]\nattribution_days = 'a'\n", "a whole number", "нужно целое число"),
        ("[sources]\nvk.enabled = 'да'\n", "must be true or false", "нужно true или false"),
        ("[alerts]\nrecipients = 'a@b.c'\n", "must be a section", "нужен раздел"),
    ],
)
def test_a_wrong_setting_is_explained_in_both_languages(
    company_folder: Path, text: str, english: str, russian: str
) -> None:
    with pytest.raises(UserError) as caught:
        write(company_folder, MINIMAL + text)
    assert english in caught.value.text("en")
    assert russian in caught.value.text("ru")
    assert "nput should" not in caught.value.text("ru")


@pytest.mark.parametrize(
    ("text", "line", "english", "russian"),
    [
        (MINIMAL.replace("2026", "2206"), 2, "2206-01-01 lies before 1990", "позже 2100"),
        (MINIMAL.replace("2026", "2099"), 2, "2099-01-01 lies in the future", "ещё не наступило"),
        (MINIMAL + "as_of = 2025-12-31\n", 2, "is not before 2025-12-31", "не раньше 2025-12-31"),
        (MINIMAL + "as_of = 2206-01-31\n", 3, "'as_of': 2206-01-31 lies before", "позже 2100"),
        (MINIMAL + "[sources.plain]\nfirst_date = 2099-01-01\n", 4, "the future", "не наступило"),
        (
            MINIMAL + "[windows]\nattribution_days = 200\n",
            3,
            "attribution_long_days is 180, less than the 200 of",
            "attribution_long_days (180) меньше attribution_days (200)",
        ),
        (
            MINIMAL + "[sources.plain]\nas_of = 2026-02-01\n",
            3,
            "'as_of' is a setting of the company: move it above",
            "«as_of» — настройка всей компании",
        ),
        (MINIMAL.replace("Acme", ""), 1, "'name': must be a text", "нужен текст"),
    ],
)
def test_a_setting_that_leaves_nothing_to_show_is_refused(
    company_folder: Path, text: str, line: int, english: str, russian: str
) -> None:
    with pytest.raises(UserError) as caught:
        write(company_folder, text)
    assert english in caught.value.text("en")
    assert russian in caught.value.text("ru")
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "line", "english", "russian"),
    [
        ("brand = Acme\n", 3, "neither a number, nor a day", "не число, не день"),
        ('brand = "Acme\n', 3, "no closing quotation mark", "нет закрывающей кавычки"),
        ("as_of = 01.02.2026\n", 3, "something stands behind", "после значения стоит лишнее"),
        ("as_of = 2026-02-30\n", 3, "no such day", "такого дня нет"),
        ("[vat]\nrate = 0,2\n", 4, "something stands behind", "после значения стоит лишнее"),
        ('name = "B"\n', 3, "stands there twice", "записана дважды"),
        ("[vat]\nrate = 0.2\n[vat]\n", 5, "stands there twice", "записана дважды"),
        ("vat = {rate = 0.2, rate = 0.1}\n", 3, "stands there twice", "записана дважды"),
        ("бренд = 1\n", 3, "in Latin letters", "латинскими буквами"),
        ("brand: 1\n", 3, "name = value", "имя = значение"),
        ("[vat\nrate = 0.2\n", 3, "a bracket is not closed", "скобка не закрыта"),
        ('brand = "C:\\Users"\n', 3, "backslash", "пишется дважды"),
        ('brand = "A\x01"\n', 3, "that no text may hold", "быть не может"),
    ],
)
def test_what_is_no_toml_is_told_in_plain_words(
    company_folder: Path, text: str, line: int, english: str, russian: str
) -> None:
    with pytest.raises(UserError) as caught:
        write(company_folder, MINIMAL + text)
    assert english in caught.value.text("en")
    assert russian in caught.value.text("ru")
    assert caught.value.line == line
    assert "column" not in caught.value.text("ru")


def test_vat_follows_its_day(company_folder: Path) -> None:
    one = write(company_folder, MINIMAL + "[vat]\nrate = 0.1\n").vat.steps()
    assert one == [(date.min, date.max, Decimal("0.1"))]
    given = MINIMAL + "[vat.rates]\n2026-01-01 = 0.22\n2019-01-01 = 0.20\n"
    assert write(company_folder, given).vat.steps() == [
        (date.min, date(2026, 1, 1), Decimal("0.20")),
        (date(2026, 1, 1), date.max, Decimal("0.22")),
    ]
    russian = write(company_folder, MINIMAL).vat.steps()
    assert [rate for _, _, rate in russian] == [Decimal("0.18"), Decimal("0.20"), Decimal("0.22")]


def test_google_ads_has_no_vat_in_its_money_unless_it_is_said(company_folder: Path) -> None:
    sources = write(company_folder, MINIMAL + "[sources.google_ads]\n[sources.vk_ads]\n").sources
    assert not sources["google_ads"].includes_vat
    assert sources["vk_ads"].includes_vat
    said = write(company_folder, MINIMAL + "[sources.google_ads]\nincludes_vat = true\n").sources
    assert said["google_ads"].includes_vat


def test_a_missing_folder_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="marketing-kpi new"):
        load_company(tmp_path / "nowhere")


def test_options_of_a_source_are_kept(company_folder: Path) -> None:
    company = write(company_folder, MINIMAL + "[sources.vk_ads]\npage_size = 17\nenabled = false\n")
    assert company.sources["vk_ads"].options == {"page_size": 17}
    assert company.source("vk_ads") is None
    assert company.source("unknown") is None


def test_hash_key_is_made_once_and_only_its_owner_reads_it(
    company_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = write(company_folder, MINIMAL)
    key = company.hash_key()
    assert company.hash_key() == key
    assert (company.paths.output / ".hash_key").stat().st_mode & 0o077 == 0
    monkeypatch.setenv("KPI_HASH_KEY", "from the environment")
    assert company.hash_key() == b"from the environment"


def test_an_empty_hash_key_is_none(company_folder: Path) -> None:
    """A full disk or a power cut may have left one."""
    company = write(company_folder, MINIMAL)
    path = company.paths.output / ".hash_key"
    path.parent.mkdir(parents=True)
    path.write_text("", encoding="utf-8")
    assert len(company.hash_key()) == 64
    assert path.stat().st_mode & 0o077 == 0
    assert list(path.parent.iterdir()) == [path]


def test_whoever_needs_the_first_hash_key_at_once_gets_the_same(company_folder: Path) -> None:
    company = write(company_folder, MINIMAL)
    path = company.paths.output / ".hash_key"
    for _ in range(20):
        path.unlink(missing_ok=True)
        with ThreadPoolExecutor(8) as threads:
            (key,) = set(threads.map(lambda _: company.hash_key(), range(8)))
        assert len(key) == 64


def test_user_error_survives_pickling() -> None:
    error = UserError("Bad value", file="a.csv", line=3, column="x", remedy="mend it")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert "file a.csv, line 3, column 'x'" in str(error)
