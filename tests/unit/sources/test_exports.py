"""Exports as the systems and the people who press "export" really write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.errors import UserError
from orchestration.settings import Company
from orchestration.sources.contracts import contract_of
from orchestration.sources.files import export_files
from tests.unit.sources.helpers import make_company, read, write


def rows_of(company: Company, contract: str, path: Path) -> list[dict[str, Any]]:
    rows, outcome = read(company, contract, path)
    assert outcome.problems == []
    key = contract_of(*contract.split("__")).natural_key
    found = rows.to_pylist()
    # Where ids may have to be made, the order of the rows is lost on the way.
    is_ordered = contract not in {"plain__orders", "surveys__responses"}
    if is_ordered:
        return found
    return sorted(found, key=lambda row: [str(row[name]) for name in key])


def refusal(company: Company, contract: str, path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        read(company, contract, path)
    return caught.value


def at(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001 - the company's clock


# --- CRM -----------------------------------------------------------------------------------------


def test_deals_of_bitrix24_tell_their_meaning_by_the_name_of_the_stage(company: Company) -> None:
    path = write(
        company.exports / "bitrix24" / "DEAL_20261116.csv",
        '\ufeff"ID";"Название сделки";"Стадия сделки";"Сумма";"Валюта";"Контакт";"Дата создания";'
        '"Дата изменения";"Дата завершения";"UTM Source";"UTM Campaign";"ID лида"\r\n'
        '"10";"Дом; 120 м²";"Сделка успешна";"1 250 000,50";"RUB";"Анна Петрова";'
        '"05.01.2026 10:00:00";"07.02.2026 11:30:00";"07.02.2026";"yandex";"70100001";"3"\r\n'
        '"11";"Баня";"Подготовка документов";"300 000,00";"RUB";"";"06.01.2026 10:00:00";'
        '"07.01.2026 09:00:00";"";"";"";""\r\n'
        '"12";"Баня";"C5:LOSE";"0,00";"RUB";"";"06.01.2026 10:00:00";"07.01.2026 09:00:00";"";'
        '"";"";""\r\n',
    )
    won, open_deal, lost = rows_of(company, "bitrix24__deals", path)
    assert (won["stage_semantic"], open_deal["stage_semantic"], lost["stage_semantic"]) == (
        "S", "P", "F",
    )  # fmt: skip
    assert won["amount"] == Decimal("1250000.50")
    assert won["closed_at"] == at(2026, 2, 7)
    assert (won["utm_source"], won["lead_id"]) == ("yandex", "3")
    assert "Петрова" not in str(won)


def test_stages_of_a_company_s_own_are_asked_for_all_at_once(company: Company) -> None:
    stages = ["Замер", "Смета", "Договор подписан"]
    lines = [f"{i};{stages[i % 3]};100;05.01.2026;05.01.2026" for i in range(9)]
    path = write(
        company.exports / "bitrix24" / "deals.csv",
        "\n".join(["ID;Стадия сделки;Сумма;Дата создания;Дата изменения", *lines]),
    )
    error = refusal(company, "bitrix24__deals", path)
    assert all(stage in str(error) for stage in stages)
    assert "[sources.bitrix24.values.stage_semantic]" in str(error)
    assert error.column == "Стадия сделки"
    words = {"Замер": "P", "смета": "P", "Договор подписан": "S"}
    company = make_company(company.directory, bitrix24={"values": {"stage_semantic": words}})
    rows = rows_of(company, "bitrix24__deals", path)
    assert [row["stage_semantic"] for row in rows] == ["P", "P", "S"] * 3


def test_an_amocrm_export(company: Company) -> None:
    path = write(
        company.exports / "amocrm" / "amocrm_export_leads_2026-11-16.csv",
        "ID;Название сделки;Бюджет;Дата создания сделки;Дата редактирования;Дата закрытия;"
        "Этап сделки;Воронка;Полное имя контакта;Рабочий телефон;Мобильный телефон;"
        "Рабочий email (контакт);utm_source;utm_campaign;_ym_uid;gclid;GCLIENTID\n"
        '1;"Заявка ""с сайта""";5000;05.01.2026 10:00:00;06.01.2026 11:00:00;06.01.2026 11:00:00;'
        "Успешно реализовано;Продажи;Пётр;;8 900 111-22-33;;yandex;701;1600;g-1;GA1.1.12.34\n"
        "2;x;;05.01.2026 10:00:00;06.01.2026 11:00:00;;Переговоры;Продажи;;+79001112233;;;;;;;\n"
        "3;x;;05.01.2026;06.01.2026;06.01.2026;Закрыто и не реализовано;Продажи;;;;a@b.ru;;;;;\n",
    )
    (file,) = export_files(company, contract_of("amocrm", "leads"))
    assert file.path == path
    won, open_lead, lost = rows_of(company, "amocrm__leads", path)
    assert [row["stage_semantic"] for row in (won, open_lead, lost)] == ["S", "P", "F"]
    assert [row["status"] for row in (won, open_lead, lost)] == ["CONVERTED", "IN_PROCESS", "LOST"]
    assert won["phone_hash"] == open_lead["phone_hash"] is not None
    assert lost["email_status"] == "valid"
    assert (won["client_id"], won["gclid"], won["ga_client_id"]) == ("1600", "g-1", "GA1.1.12.34")
    assert "Пётр" not in str(won)


def test_hubspot_exports(company: Company) -> None:
    contacts = write(
        company.exports / "hubspot" / "hubspot-crm-exports-all-contacts-2026-11-16.csv",
        '"Record ID","First Name","Email","Phone Number","Create Date","Last Modified Date",'
        '"Lifecycle Stage","Lead Status","Original Source"\n'
        '"51","Anna","anna@example.com","","2026-01-05 10:00","2026-01-06 10:00",'
        '"Subscriber","",""\n'
        '"52","Ben","","","2026-01-05 10:00","2026-01-06 10:00","Sales Qualified Lead","",'
        '"Paid Search"\n'
        '"53","Cy","","","2026-01-05 10:00","2026-01-06 10:00","Lead","Unqualified",""\n',
    )
    deals = write(
        company.exports / "hubspot" / "hubspot-crm-exports-all-deals-2026-11-16.csv",
        '"Record ID","Deal Name","Deal Stage","Pipeline","Amount","Create Date",'
        '"Last Modified Date","Close Date","Associated Contact IDs"\n'
        '"9","Big","Closed Won","Sales Pipeline","1,500.50","2026-01-05 10:00",'
        '"2026-02-06 10:00","2026-02-06 10:00","52"\n',
    )
    for table, path in (("contacts", contacts), ("deals", deals)):
        assert [f.path for f in export_files(company, contract_of("hubspot", table))] == [path]
    statuses = [row["status"] for row in rows_of(company, "hubspot__contacts", contacts)]
    assert statuses == [None, "QUALIFIED", "JUNK"]
    (deal,) = rows_of(company, "hubspot__deals", deals)
    assert (deal["stage_semantic"], deal["customer_id"], deal["amount"]) == (
        "S", "52", Decimal("1500.50"),
    )  # fmt: skip


def test_a_single_name_is_personal_too(company: Company) -> None:
    path = write(
        company.exports / "plain" / "orders.csv",
        "order_id,Клиент,ordered_at,gross_amount\n1,Анна,2026-01-05,1\n2,Smith,2026-01-05,1\n"
        "3,c-17,2026-01-05,1\n",
    )
    found = [row["customer_id"] for row in rows_of(company, "plain__orders", path)]
    assert found[2] == "c-17"
    assert all(len(value) == 64 for value in found[:2])


# --- web analytics -------------------------------------------------------------------------------


def test_a_ga4_exploration_with_comments_and_a_grand_total(company: Company) -> None:
    company = make_company(company.directory, ga4={"property_ids": ["123"]})
    path = write(
        company.exports / "ga4" / "download.csv",
        "# ----------------------------------------\n# Free-form 1\n# 20260101-20260131\n"
        "# ----------------------------------------\n\n"
        "Date,Session source / medium,Session campaign,Landing page,Sessions,Engaged sessions,"
        "Key events,Session key event rate\n"
        ",,,,30,21,3,0.1,Grand total\n"
        "20260105,google / cpc,brand,/a,20,15,2,0.1\n"
        "20260106,(direct) / (none),(direct),/b,10,6,1,0.1\n",
    )
    (file,) = export_files(company, contract_of("ga4", "sessions"))
    first, second = rows_of(company, "ga4__sessions", path)
    assert file.path == path
    assert (first["date"], first["source_medium"]) == (date(2026, 1, 5), "google / cpc")
    assert (first["property_id"], second["sessions"]) == ("123", 10)
    assert first["session_key_event_rate"] == Decimal("0.1")


def test_hits_are_told_by_their_header_whatever_the_file_is_called(company: Company) -> None:
    header = ["watchID", "counterID", "visitID", "clientID", "date", "dateTime", "isPageView"]
    row = ["7", "1", "5", "9", "2026-01-05", "2026-01-05 10:00:00", "1"]
    path = write(
        company.exports / "yandex_metrica" / "part0.tsv",
        "\t".join(f"ym:pv:{name}" for name in header) + "\n" + "\t".join(row) + "\n",
    )
    (file,) = export_files(company, contract_of("yandex_metrica", "hits"))
    assert file.path == path
    assert export_files(company, contract_of("yandex_metrica", "visits")) == []
    (hit,) = rows_of(company, "yandex_metrica__hits", path)
    assert (hit["visit_id"], hit["is_page_view"]) == ("5", 1)


def test_of_a_report_under_its_own_name_the_error_names_what_the_report_lacks(
    company: Company,
) -> None:
    """Not the columns of visits, which no report of Metrica's interface has."""
    path = write(
        company.exports / "yandex_metrica" / "Посещаемость.csv",
        "Отчёт: Посещаемость\n\nДата визита;Визиты;Посетители;Отказы\n05.11.2026;30;29;31,2\n",
    )
    (file,) = export_files(company, contract_of("yandex_metrica", "daily_report"))
    assert file.path == path
    assert export_files(company, contract_of("yandex_metrica", "visits")) == []
    error = refusal(company, "yandex_metrica__daily_report", path)
    assert "'counter_id' is missing" in str(error)
    assert "[sources.yandex_metrica.constants] counter_id" in str(error)


def test_a_file_that_fits_no_table_of_metrica_is_read_as_visits(company: Company) -> None:
    path = write(company.exports / "yandex_metrica" / "заметки.csv", "a;b\n1;2\n")
    (file,) = export_files(company, contract_of("yandex_metrica", "visits"))
    assert file.path == path


def test_a_metrica_report_as_workbook_with_a_title_and_a_sum_line(company: Company) -> None:
    company = make_company(company.directory, yandex_metrica={"counter_ids": ["77"]})
    path = sheet(
        company.exports / "yandex_metrica" / "report.xlsx",
        [
            ["Посещаемость"],
            ["с 05.01.2026 по 06.01.2026"],
            [],
            ["Дата визита", "Визиты", "Посетители", "Просмотры", "Визиты роботов"],
            ["Итого и средние", 300, 250, 900, 12],
            ["2026-01-05", 100, 90, 300, 4],
            ["2026-01-06", 200, 170, 600, 8],
        ],
    )
    (file,) = export_files(company, contract_of("yandex_metrica", "daily_report"))
    assert file.path == path
    rows = rows_of(company, "yandex_metrica__daily_report", path)
    assert [(row["counter_id"], row["visits"], row["robot_visits"]) for row in rows] == [
        ("77", 100, 4), ("77", 200, 8),
    ]  # fmt: skip


GA4_EVENTS = """
select * from (values
    ('20260105', 1767646800000000, 'session_start', 'u.1', '100', null, 'google', 'cpc', 'g-7',
     'mobile', 'Russia', null),
    ('20260105', 1767646801000000, 'purchase', 'u.1', '100', 2500, null, null, null,
     'mobile', 'Russia', 'T-1')
) as events(
    day, moment, name, browser, session, engaged, source, medium, gclid, device, country, deal
)
"""


def ga4_events(path: Path, wrap: str) -> Path:
    """Events in the schema of the BigQuery export; `wrap` is how a list of structures is stored."""
    path.parent.mkdir(parents=True, exist_ok=True)
    parameters = [
        ("ga_session_id", "null", "cast(session as bigint)"),
        ("page_location", "'https://shop.ru/a?x=1'", "null"),
        ("engagement_time_msec", "null", "cast(engaged as bigint)"),
    ]
    entries = ", ".join(
        f"{{'key': '{key}', 'value': {{'string_value': cast({text} as varchar), "
        f"'int_value': cast({number} as bigint), 'float_value': cast(null as double), "
        "'double_value': cast(null as double)}}"
        for key, text, number in parameters
    )
    listed = f"[{entries}]"
    if wrap == "bigquery":
        listed = f"{{'list': list_transform({listed}, lambda x: {{'element': x}})}}"
    duckdb.sql(
        f"copy (select day as event_date, moment as event_timestamp, name as event_name, "
        f"browser as user_pseudo_id, {listed} as event_params, "
        "{'category': device, 'operating_system': 'Android', "
        "'web_info': {'browser': 'Chrome'}} as device, "
        "{'country': country, 'city': 'Moscow'} as geo, "
        "{'manual_source': source, 'manual_medium': medium, 'manual_campaign_name': "
        "cast(null as varchar), 'gclid': gclid} as collected_traffic_source, "
        "{'transaction_id': deal, 'purchase_revenue': 990.5} as ecommerce "
        f"from ({GA4_EVENTS})) to '{path}' (format parquet)"
    )
    return path


@pytest.mark.parametrize("wrap", ["plain", "bigquery"])
def test_events_of_the_bigquery_export_are_read_out_of_their_structures(
    company: Company, wrap: str
) -> None:
    path = ga4_events(company.exports / "ga4" / "events_20260105.parquet", wrap)
    first, purchase = rows_of(company, "ga4__events", path)
    # 2026-01-05 21:00 UTC is the next day in Moscow; the property's day is kept as it came
    assert (first["event_date"], first["occurred_at"]) == (
        date(2026, 1, 5), at(2026, 1, 6, 0, 0, 0),
    )  # fmt: skip
    assert (first["ga_session_id"], first["source"], first["gclid"]) == ("100", "google", "g-7")
    assert (first["browser"], first["device_category"], first["city"]) == (
        "Chrome", "mobile", "Moscow",
    )  # fmt: skip
    assert (purchase["transaction_id"], purchase["engagement_time_msec"]) == ("T-1", 2500)
    assert purchase["source"] is None


# --- shops, 1C, workbooks ------------------------------------------------------------------------


def sheet(path: Path, rows: list[list[object]], merged: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def test_a_1c_workbook_with_titles_text_numbers_and_a_sum_line(company: Company) -> None:
    path = sheet(
        company.exports / "plain" / "Продажи 2026.xlsx",
        [
            ["Продажи за период 01.01.2026 - 31.01.2026"],
            ["Организация: ООО «Ромашка»"],
            [],
            ["№ заказа", "Дата", "Покупатель", "Сумма", "Скидка", "Себестоимость"],
            ["УТ-1", "05.01.2026 10:15:00", "c1", "1\u00a0234\u00a0567,50", "0,00", "1,234"],
            ["УТ-2", at(2026, 1, 6), "c2", 99.5, 0, "12,5"],
            ["УТ-3", 46029, "c3", "7", None, None],
            ["", "Итого", "", "1\u00a0234\u00a0674,00", "", ""],
        ],
    )
    first, second, third = rows_of(company, "plain__orders", path)
    assert first["gross_amount"] == Decimal("1234567.50")
    assert second["gross_amount"] == Decimal("99.50")
    # a column with 12,5 has decimal commas, so 1,234 is no thousand
    assert first["cost_amount"] == Decimal("1.23")
    assert third["ordered_at"] == at(2026, 1, 7)


def test_a_cell_merged_over_rows_speaks_for_all_of_them(company: Company) -> None:
    path = sheet(
        company.exports / "plain" / "order_lines.xlsx",
        [
            ["order_id", "ordered_at", "product_id", "quantity", "unit_price"],
            ["1", "2026-01-05", "a", 1, 10],
            [None, None, "b", 2, 20],
            ["2", "2026-01-06", "a", 1, 10],
        ],
        merged=("A2:A3", "B2:B3"),
    )
    rows = rows_of(company, "plain__order_lines", path)
    assert [(row["order_id"], row["product_id"]) for row in rows] == [
        ("1", "a"), ("1", "b"), ("2", "a"),
    ]  # fmt: skip


def test_a_formula_that_was_never_computed_is_named(company: Company) -> None:
    path = sheet(
        company.exports / "plain" / "orders.xlsx",
        [
            ["order_id", "ordered_at", "gross_amount", "cost_amount"],
            ["1", "2026-01-05", 10, 5],
            ["2", "2026-01-05", 10, "=C3/2"],
        ],
    )
    error = refusal(company, "plain__orders", path)
    assert (error.line, error.column) == (3, "cost_amount")
    assert "formula" in str(error)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1 234,50 ₽", "1234.50"),
        ("1 234,50 руб.", "1234.50"),
        ("(15,5)", "-15.50"),
        ("−7,25", "-7.25"),
        ("1'234,5", "1234.50"),
    ],
)
def test_money_as_people_write_it(company: Company, cell: str, expected: str) -> None:
    path = write(
        company.exports / "plain" / "orders.csv",
        f"order_id;ordered_at;gross_amount\n1;05.01.2026;{cell}\n2;05.01.2026;0,5\n",
    )
    assert rows_of(company, "plain__orders", path)[0]["gross_amount"] == Decimal(expected)


@pytest.mark.parametrize(
    ("cell", "settings", "expected"),
    [
        ("2026-01-05", {}, at(2026, 1, 5)),
        ("2026-01-05T10:30:00", {}, at(2026, 1, 5, 10, 30)),
        ("2026-01-05T07:30:00Z", {}, at(2026, 1, 5, 10, 30)),
        ("2026-01-05T07:30:00+00:00", {}, at(2026, 1, 5, 10, 30)),
        ("05.01.2026 10:30", {}, at(2026, 1, 5, 10, 30)),
        ("05.01.26 10:30", {}, at(2026, 1, 5, 10, 30)),
        ("20260105", {}, at(2026, 1, 5)),
        ("1767598200", {}, at(2026, 1, 5, 10, 30)),
        ("1767598200000", {}, at(2026, 1, 5, 10, 30)),
        ("2026/01/05 10:30:00 AM GMT+3", {}, at(2026, 1, 5, 10, 30)),
        ("2026/01/05 7:30:00 AM UTC", {}, at(2026, 1, 5, 10, 30)),
        ("01/05/2026 10:30 AM", {"date_order": "mdy"}, at(2026, 1, 5, 10, 30)),
        ("05/01/2026 10:30", {"date_order": "dmy"}, at(2026, 1, 5, 10, 30)),
        ("Jan 5, 2026", {}, at(2026, 1, 5)),
        ("2026-01-05 12:30:00", {"timezone": "Asia/Yekaterinburg"}, at(2026, 1, 5, 10, 30)),
    ],
)
def test_times_as_systems_write_them(
    company: Company, cell: str, settings: dict[str, str], expected: datetime
) -> None:
    company = make_company(company.directory, plain=settings)
    path = write(
        company.exports / "plain" / "orders.csv",
        f'order_id,ordered_at,gross_amount\n1,"{cell}",5\n',
    )
    assert rows_of(company, "plain__orders", path)[0]["ordered_at"] == expected


def test_two_columns_that_may_be_the_same_are_not_chosen_between(company: Company) -> None:
    text = "order_id,Дата,Сумма,Сумма заказа\n1,2026-01-05,5,6\n"
    path = write(company.exports / "plain" / "orders.csv", text)
    error = refusal(company, "plain__orders", path)
    assert "'Сумма' and 'Сумма заказа'" in str(error)
    assert '[sources.plain.columns] gross_amount = "Сумма"' in str(error)
    own = {"columns": {"gross_amount": "Сумма заказа"}}
    company = make_company(company.directory, plain=own)
    assert rows_of(company, "plain__orders", path)[0]["gross_amount"] == 6


def test_what_is_the_same_in_every_row_may_stand_in_the_settings(company: Company) -> None:
    own = {"constants": {"orders.currency": "USD", "orders.product_line": "houses"}}
    company = make_company(company.directory, plain=own)
    path = write(
        company.exports / "plain" / "orders.csv",
        "order_id,ordered_at,gross_amount\n1,2026-01-05,5\n",
    )
    (row,) = rows_of(company, "plain__orders", path)
    assert (row["currency"], row["product_line"]) == ("USD", "houses")
    company = make_company(company.directory, plain={"constants": {"curency": "USD"}})
    assert "write currency" in str(refusal(company, "plain__orders", path))


# --- surveys -------------------------------------------------------------------------------------

QUESTIONS = {
    "unaided_brands": "Какие строительные компании Вы знаете?",
    "aided_brands": "Какие из этих компаний Вам известны?",
    "recommendation": "Оцените от 0 до 10, порекомендуете ли Вы нас",
    "is_customer": "Вы покупали у нас?",
}


def test_a_google_forms_sheet(company: Company) -> None:
    own = {"columns": QUESTIONS, "constants": {"mode": "online_panel", "is_target": True}}
    company = make_company(company.directory, surveys=own)
    path = sheet(
        company.exports / "surveys" / "Опрос 2026-Q1 (ответы).xlsx",
        [
            ["Отметка времени", *QUESTIONS.values()],
            [at(2026, 1, 5, 10, 30), "Тёплый берег; Дом и сад", "Дом и сад, Тёплый берег", 9, "Да"],
            [at(2026, 1, 5, 11), "", "", 3, "Нет"],
            [at(2026, 1, 5, 11), "", "", 3, "Нет"],
        ],
    )
    rows = rows_of(company, "surveys__responses", path)
    assert len({row["respondent_id"] for row in rows}) == 3
    assert {row["wave"] for row in rows} == {"2026-Q1"}
    first = next(row for row in rows if row["recommendation"] == 9)
    assert first["unaided_brands"] == "Тёплый берег|Дом и сад"
    assert first["aided_brands"] == "Дом и сад|Тёплый берег"
    assert (first["is_customer"], first["is_target"], first["mode"]) == (True, True, "online_panel")


def test_brands_in_columns_of_their_own_make_one_list(company: Company) -> None:
    own = {
        "columns": {"unaided_brands": ["q1_1", "q1_2", "q1_3"]},
        "constants": {"mode": "street", "is_target": "да", "is_customer": "нет"},
    }
    company = make_company(company.directory, surveys=own)
    path = write(
        company.exports / "surveys" / "2026-02.csv",
        "id,Дата,q1_1,q1_2,q1_3\n1,2026-02-05,Alpha,,Beta\n2,2026-02-05,,,\n",
    )
    rows = rows_of(company, "surveys__responses", path)
    assert [row["unaided_brands"] for row in rows] == ["Alpha|Beta", None]


# --- attacks -------------------------------------------------------------------------------------


def test_a_parquet_of_another_shape_is_told_like_a_csv(company: Company) -> None:
    path = company.exports / "plain" / "orders.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table({"order_id": [1], "total_price": [5.0]}), path)
    error = refusal(company, "plain__orders", path)
    assert "is missing" in str(error)


def test_durations_and_flags_of_calls(company: Company) -> None:
    path = write(
        company.exports / "plain" / "Звонки.csv",
        "ID;Дата звонка;Телефон;Длительность;Первый звонок\n"
        "1;05.01.2026 10:00;8 (900) 111-22-33;75;да\n2;05.01.2026 11:00;;0;нет\n",
    )
    first, second = rows_of(company, "plain__calls", path)
    assert (first["duration_seconds"], first["is_first_call"]) == (75, True)
    assert (second["phone_status"], second["is_first_call"]) == ("missing", False)


def test_files_of_any_name_find_their_table_by_their_header(company: Company) -> None:
    folder = company.exports / "plain"
    write(folder / "shop1.csv", "order_id,ordered_at,gross_amount\n1,2026-01-05,5\n")
    write(folder / "export (2).csv", "lead_id;created_at;utm_source\n1;2026-01-05;x\n")

    def found(table: str) -> list[str]:
        return [file.path.name for file in export_files(company, contract_of("plain", table))]

    assert found("orders") == ["shop1.csv"]
    assert found("leads") == ["export (2).csv"]


def test_shares_in_per_cent(company: Company) -> None:
    path = write(
        company.registers / "margins.csv",
        "product_line;valid_from;contribution_margin;sales_cycle\nhouses;2026-01-01;35%;long\n",
    )
    (row,) = rows_of(company, "registers__margins", path)
    assert row["contribution_margin"] == Decimal("0.35")


def test_a_day_of_a_year_ago_is_not_lost(company: Company) -> None:
    first = company.first_date - timedelta(days=1)
    path = write(
        company.exports / "plain" / "orders.csv",
        f"order_id,ordered_at,gross_amount\n1,{first},5\n",
    )
    error = refusal(company, "plain__orders", path)
    assert "first_date" in str(error)


# --- rates of the central bank -------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_dynamics_of_a_currency_as_the_bank_s_site_gives_it(
    company: Company, kind: str
) -> None:
    header = ["nominal", "data", "curs", "cdx"]
    path = company.exports / "central_bank" / f"RC_F01_01_2026_T31_01_2026.{kind}"
    if kind == "xlsx":
        rows = [
            [100, at(2026, 1, 17), 15.2431, "Казахстанских тенге"],
            [1, at(2026, 1, 17), 78.5, "Доллар США"],
        ]
        sheet(path, [header, *rows])
    else:
        write(
            path,
            "nominal;data;curs;cdx\n100;17.01.2026;15,2431;Казахстанских тенге\n"
            "1;17.01.2026;78,5;Доллар США\n",
        )
    tenge, dollar = rows_of(company, "central_bank__fx_rates", path)
    assert (tenge["currency"], tenge["nominal"], tenge["rate"]) == ("KZT", 100, Decimal("15.2431"))
    assert (dollar["currency"], dollar["nominal"], dollar["rate"]) == ("USD", 1, Decimal("78.5"))
    assert (tenge["rate_date"], tenge["published_date"]) == (date(2026, 1, 17), None)


def test_a_rate_without_its_nominal_is_refused(company: Company) -> None:
    path = write(
        company.exports / "central_bank" / "rates.csv",
        "data;curs;cdx\n17.01.2026;15,2431;Казахстанских тенге\n",
    )
    assert "The column 'nominal' is missing" in str(
        refusal(company, "central_bank__fx_rates", path)
    )
