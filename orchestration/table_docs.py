"""The page about the tables that files may hold: columns, units, rules and examples.

All of it is made from the contracts, so it cannot say anything else than the readers do:
`marketing-kpi tables --to docs/plain_tables.md` writes it anew.
"""

# ruff: noqa: E501 - rows of Markdown tables cannot be broken

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from orchestration.sources.contracts import (
    REGISTERS,
    SOURCES,
    Column,
    Pii,
    TableContract,
    Type,
    tables_of,
)

_TYPES = {
    Type.TEXT: "text",
    Type.INTEGER: "whole number",
    Type.MONEY: "money, 2 decimals",
    Type.SMALL_MONEY: "money, 6 decimals",
    Type.RATE: "number",
    Type.DATE: "date",
    Type.MONTH: "month",
    Type.TIMESTAMP: "date or time",
    Type.BOOLEAN: "yes/no",
}

EXAMPLES: Mapping[str, str] = MappingProxyType(
    {
        "plain__visits": (
            "visit_id,client_id,started_at,source,medium,campaign,landing_url,page_views,"
            "duration_seconds,is_new_visitor,goals,device,country\n"
            "v1,b-17,2026-01-05 10:00:00,yandex,cpc,701,https://shop.ru/?yclid=9,3,95,true,,phone,"
            "Russia\n"
            "v2,b-17,2026-01-08 21:30:00,,,,https://shop.ru/cart,5,240,false,form|cart,phone,Russia\n"
        ),
        "plain__conversions": (
            "conversion_id,event_id,client_id,converted_at,value\n"
            "subscribe,e1,b-17,2026-01-08 21:33:10,\n"
        ),
        "plain__ad_spend": (
            "date,channel,source,medium,campaign_id,campaign_name,impressions,clicks,cost,currency\n"
            "2026-01-05,,yandex,cpc,701,Brand,1200,40,1530.50,RUB\n"
            "2026-01-06,billboards,,,,January,,,50000,RUB\n"
        ),
        "plain__leads": (
            "lead_id,created_at,status,phone,client_id,utm_source,utm_medium,utm_campaign,"
            "is_qualified,qualified_at,reject_reason\n"
            "1,2026-01-08 21:35:00,QUALIFIED,+7 900 111-22-33,b-17,yandex,cpc,701,true,"
            "2026-01-09 12:00:00,\n"
            "2,2026-01-09 09:10:00,JUNK,+7 900 111-22-44,,,,,false,,spam\n"
        ),
        "plain__orders": (
            "order_id,lead_id,customer_id,ordered_at,gross_amount,discount_amount,refund_amount,"
            "cost_amount,currency,status,product_line\n"
            "1001,1,c7,2026-01-20 12:00:00,12500.00,500,0,7200,RUB,paid,stoves\n"
            "1002,,c8,2026-01-21,990.00,0,990,,RUB,paid,garden\n"
        ),
        "plain__order_lines": (
            "order_id,line_id,customer_id,ordered_at,product_id,product_line,quantity,unit_price,"
            "discount_amount,cost_amount\n"
            "1001,1,c7,2026-01-20 12:00:00,SKU-1,stoves,1,12000.00,500,7000\n"
            "1001,2,c7,2026-01-20 12:00:00,SKU-2,stoves,2,250.00,0,100\n"
            "C1001,1,c7,2026-02-02 09:00:00,SKU-2,stoves,-1,250.00,0,50\n"
        ),
        "plain__customers": (
            "customer_id,created_at,phone,email\nc7,2026-01-20,+7 900 111-22-33,anna@example.com\n"
        ),
        "plain__calls": (
            "call_id,called_at,phone,duration_seconds,is_first_call,client_id,utm_source\n"
            "k1,2026-01-08 11:00:00,+7 900 111-22-55,75,true,b-18,vk\n"
        ),
        "plain__followers": (
            "date,network,account,followers,joined,left_count,reach,reactions\n"
            "2026-01-05,telegram,@shop,1520,14,3,800,45\n"
        ),
        "plain__survey_responses": (
            "respondent_id,wave,answered_at,mode,vendor,is_target,is_customer,age_group,"
            "unaided_brands,aided_brands,recommendation,weight\n"
            "1,2026-Q1,2026-02-03,online_panel,Panel Ltd,true,false,25-34,Alpha|Beta,"
            "Alpha|Beta|Gamma,,1.2\n"
            "2,2026-Q1,2026-02-03,online_panel,Panel Ltd,true,true,35-44,,Alpha,9,0.8\n"
        ),
    }
)
"""A file of each plain table that the readers take as it stands."""

_MEANINGS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "plain__visits": (
            "Counted only where no other counter is the record: see `counter_of_record` in "
            "company.toml.",
            "The channel is found from source and medium by the map of channels. Without both, a "
            "visit with a foreign referrer is `referral`, any other `direct`.",
            "`campaign` joins `campaign_id` or `campaign_name` of the spend; `yclid` and `gclid` are "
            "read from `landing_url`.",
            "`goals` are ids of conversions of the type `metrica_goal` in registers/conversions. An "
            "empty cell is a visit without goals; of a file without the column no conversion by goals "
            "is shown.",
            "A visit id that comes again replaces the row of the earlier file.",
            "Empty `page_views`, `duration_seconds` and `is_new_visitor` are unknown, not zero: such "
            "visits count, and are left out of both sides of the share of bounces, empty or new "
            "visits.",
        ),
        "plain__server_requests": (
            "A visit is missing in the log only between two requests of it that lie at most three "
            "hours apart: before a log begins, after it ends and where it was not written, nothing "
            "is held against a visit.",
        ),
        "plain__conversions": (
            "Shown where registers/conversions has a row of the type `plain` with this "
            "`conversion_id`. An event joins the last visit of its browser on the same day.",
            "An event id that comes twice is one event; rows without event ids all count.",
        ),
        "plain__ad_spend": (
            "`channel` names the channel outright; else source and medium are looked up in the map "
            "of channels. `campaign_id` joins the campaign of visits and of leads, and so does "
            "`campaign_name` where one campaign of the channel bears it.",
            "Cost includes VAT if `includes_vat = true` (the default) in [sources.plain].",
            "Costs are added up before they are rounded to kopecks. A negative cost is a bonus or a "
            "refund.",
            "A later file replaces whole days of the same channel and source.",
            "No `clicks` or `impressions` means unknown, not zero.",
        ),
        "plain__leads": (
            "A lead is valid when it has a usable phone or e-mail, is not spam, and the same contact "
            "sent none in the 30 days before. Where no row of the file has a contact, every customer "
            "(or else every lead) is a person of its own.",
            "Accepted by sales (qualified): `is_qualified`, or the status QUALIFIED or CONVERTED. "
            "JUNK and DUPLICATE are refused; JUNK with a reason of spam or test is no lead at all. A "
            "valid lead is accepted where one that repeats it was.",
            "The newest row of a lead by `updated_at`, else by file name, counts.",
            "`product_line` decides how far back a lead's visits are looked for: "
            "`attribution_window_long_days` where registers/margins says that the line has a `long` "
            "sales cycle, else `attribution_window_days`. Without a line: as measured, see "
            "`dim_product_line`, line `(none)`.",
        ),
        "plain__orders": (
            "Net revenue = `gross_amount` - `discount_amount` - `refund_amount`, without VAT where "
            "company.toml says that the sums include it and VAT policy is `net`. A discount is part "
            "of `gross_amount`. A row with a negative `gross_amount` is a return: write it either so "
            "or as `refund_amount` of the order, never both. With the `order_id` of a sale it is paid back "
            "for that sale, on the sale's day; with the status `cancelled` or `open` it was not paid back. "
            "`marketing-kpi doctor` counts such rows.",
            "A refund of more than the order is refused; a check names sales whose returns exceed it.",
            "Foreign currency needs a rate of the very day, weekends included: see fx_rates.",
            "Only `paid` orders count. The first order of a customer is the one with the earliest "
            "time. Without `customer_id`, the customer is whoever alone has the phone (or, without "
            "one, the e-mail) in other orders or in a table of customers; else the phone or e-mail "
            "itself. A contact of several customers tells nobody.",
            "An order whose newest row, by file and time, is cancelled or open is not counted, whatever "
            "earlier rows say. One that came back whole, by its status, its `refund_amount` or negative "
            "rows alike, is billed and brings nothing: it makes nobody a customer and is no order.",
            "With a day and no time, visits of that whole day may have led to the order.",
            "`lead_id` counts the order to the month and channel of its lead.",
            "A repeated `order_id` inside a day's newest file counts once; rows without order ids "
            "all count, equal ones are flagged. A later file replaces the whole days on which it has "
            "an order of the earlier one; files without a common order (two shops) are added.",
            "An order is one row: of a number that comes again on another day the newest row counts, "
            "and a check tells what was left out. Payments in parts are one row with their sum, and "
            "numbers that begin anew each year need the year in front.",
            "Contribution is the margin of registers/margins, else net revenue - `cost_amount`.",
            "Where a sale is a won deal of the CRM and an order of the shop, both would count. Name the "
            "deal in `deal_id`, and the order is counted once, as the shop tells it, with the deal's "
            'lead and browser; or set `orders_of_record` in company.toml to `"shop"` or `"crm"`. '
            "Pairs with the same buyer and nearly the same sum within two weeks are flagged "
            "(`is_possible_duplicate`), deals of two CRMs too, and a check tells their money.",
        ),
        "plain__order_lines": (
            "Lines make orders where there is no file of orders with the same `order_id`: gross = sum "
            "of quantity x unit_price of positive quantities; refund = that of negative ones; "
            "discounts and costs are sums. An order of negative lines alone is a return.",
            "`cost_amount` is the cost of the whole line, not of a piece; "
            "an order's time is that of its first line.",
            "All lines of an order are replaced when it comes again in a later file.",
        ),
        "plain__customers": (
            "Ties orders to leads of the same person by phone or e-mail, and orders without a customer "
            "to the one customer who has the contact. Customers are counted from orders.",
        ),
        "plain__calls": (
            "A first call is a lead. Calls of `is_first_call = false` are not counted; without the "
            "column every call is taken for a first one, and a phone that calls again within 30 "
            "days is a duplicate.",
        ),
        "plain__followers": (
            "A day without a row stays missing: nothing is interpolated. Growth is followers of the "
            "day minus those of the day before.",
        ),
        "plain__survey_responses": (
            "Awareness rests on rows with `is_target`, except those of the mode `customers`; the "
            "recommendation (NPS) on rows with `is_customer` and an answer of 0 to 10.",
            "The brand that is looked for is `brand` of company.toml, compared without case. "
            "`first_brand`, else the first of `unaided_brands`, is the top of mind; a brand named "
            "unprompted counts as known.",
            "Answers of Google Forms are read as exported: see [Your own company](own_company.md). "
            "Where nobody is numbered, a respondent is told by the answers and the time, so a wave "
            "exported again with more answers counts nobody twice.",
            "Without `weight` every answer weighs 1.",
        ),
        "registers__fx_rates": (
            "A rate is in force on its own day only, so weekends need rows too: repeat the rate of "
            "the last working day. A sum without a rate has no amount and the reason "
            "`missing_rate`; doctor lists such days. With [sources.central_bank] on, days without "
            "publication carry the last published rate by themselves, up to 14 days; after the last "
            "row of a file they do so over the weekend and the holidays of the calendar.",
        ),
    }
)

_INTRODUCTION = """\
# Tables that files may hold

Made by `marketing-kpi tables --to docs/plain_tables.md` from the contracts the readers follow.
Anything that has no connector goes through a **plain table**: a CSV, XLSX or parquet file in
`exports/plain/` of the company's folder. Files of the other sources lie in `exports/<source>/`,
registers in `registers/`.

## Which file is which table
A file belongs to the table that its name, or its folder's name, begins with: `orders_2026.csv`,
`orders/part1.parquet`, `Заказы май.xlsx`. Otherwise its header tells. Several files of a table are
read in the order of their names; what a later one restates is said at each table.

## Headers
Columns may stand in any order; others are ignored. A header is compared without case, spaces, `_` and
`-`, with the column's name and the other headers listed here. Names of your own, and what is the same
in every row, go into company.toml:

```toml
[sources.plain.columns]
gross_amount = "Order total"                 # or a list: ["Order total", "Total"]
"leads.created_at" = "Received"              # for one table only

[sources.plain.constants]
"orders.currency" = "USD"

[sources.plain.values.status]                # words of yours -> words of the table
"Completed" = "paid"
```

Two headers that may be the same column are refused until the settings name one. Lines above the
header (titles, comments) are skipped, up to 50. A header of two lines, groups over names, is read as
one; a name that stands under two groups is refused until the settings say which:
`clicks = "Search / Clicks"`. A unit beside a header (`Cost, RUB`) is no part of its name, and a row of
units under the header (`RUB`, `%`, `pcs`) is no row; a column in thousands, or in another currency than
that of the source or of its rows, is refused. Skipped too are sum lines (Итого, Total) without a date. A row
whose id or key is such a word is refused, also with a date.

## How cells are read
| type | what is taken |
|---|---|
| date | 2026-01-31, 2026/01/31, 20260131, 31.01.2026, 31.01.26, Jan 31, 2026; with `date_order = "mdy"` or `"dmy"` also 01/31/2026 or 31/01/2026 |
| date or time | a date, with 18:05 or 18:05:00 after a space or T; with an offset (Z, +03:00, GMT+3); seconds, milliseconds or microseconds since 1970. A time without an offset is of the company's zone, or of `timezone` of the source |
| month | 2026-01, or any date of the month |
| money, number, whole number | 1234.5, 1 234.5, 1,234.5, (15.5), with or without a sign of currency. With decimal commas set `decimal = ","`; files parted by semicolons and workbooks tell it themselves where a number can be read in one way only. In a file parted by semicolons that has nothing but 1,500 to tell, the comma is decimal, and doctor says so. A share may be written 35%. A dash, `n/a`, `н/д`, `NULL` or `NaN` alone is an empty cell |
| currency | codes of ISO 4217 in any case, ₽, $, €, £, ₸ and the usual words (руб., рубли, доллары, euro) |
| yes/no | true/false, yes/no, y/n, 1/0, да/нет, +/- |
| list | parted by `|`, `;`, line ends, or by commas where none of those occurs; `list_separator` sets another |

Text may be UTF-8, UTF-16, cp1251, cp866 or koi8-r, parted by commas, semicolons, tabs or `|`, with line
ends of any kind, packed by gzip. Workbooks: the sheet that has the columns, or `sheet` of the source; where
several have them, one must be named, and hidden sheets are read only so. A cell merged over rows
speaks for all of them, one with a sum or a count is refused. An id written as `="00123"` keeps its zeros.

In a report with a column for each goal a blank cell means that the report has no figure of the goal for
that day: no row is made of it, and no zero. Where the counter says 0, it is 0.

Dates of events lie between `first_date` of company.toml and today. A row that breaks a rule goes to
the quarantine with file, line, column and remedy; more than 10 such rows and 1%, or more than 20%,
stop the file. Phones and e-mails are stored as keyed hashes only; so is a customer id that is one, or
that looks like a name.

## Plain tables
"""


def render() -> str:
    """The whole page as Markdown."""
    parts = [_INTRODUCTION]
    parts += [_table(contract, "###") for contract in tables_of("plain")]
    parts.append(
        f"## Registers\n\nThe owner's and finance's own tables, `{REGISTERS}/<table>.csv`.\n"
    )
    parts += [_table(contract, "###") for contract in tables_of(REGISTERS)]
    parts.append(
        "## Files of the other sources\n\nWhat their exports hold is read under the headers listed; "
        "the stages of your own sales funnel are mapped in `[sources.<source>.values]`.\n"
    )
    for source in SOURCES:
        if source not in ("plain", REGISTERS):
            parts.append(f"### {source}\n")
            parts += [_table(contract, "####") for contract in tables_of(source)]
    return "\n".join(parts).rstrip() + "\n"


def _table(contract: TableContract, heading: str) -> str:
    lines = [f"{heading} {contract.table}", "", contract.description, ""]
    names = sorted({contract.table, *contract.file_names})
    if len(tables_of(contract.source)) > 1 and contract.source != REGISTERS:
        lines += [f"File names begin with: {', '.join(f'`{name}`' for name in names)}.", ""]
    lines += [f"- {text}" for text in _MEANINGS.get(contract.name, ())]
    if contract.name in _MEANINGS:
        lines.append("")
    lines += ["| column | type | needed | what it holds | also read as |", "|---|---|---|---|---|"]
    lines += [_row(contract, column) for column in contract.columns]
    if contract.name in EXAMPLES:
        lines += ["", "```csv", EXAMPLES[contract.name].rstrip("\n"), "```"]
    return "\n".join([*lines, ""])


def _row(contract: TableContract, column: Column) -> str:
    needed = "yes" if column.required else ""
    if column.name == contract.generated_id:
        needed = "made where missing"
    elif column.derived_from and column.required:
        needed = f"yes, or `{column.derived_from}` tells it"
    elif column.from_file_name:
        needed = "yes, or the file's name tells it"
    kind = "list" if column.is_list else _TYPES[column.type]
    return (
        f"| `{column.name}` | {kind} | {needed} | {_escape(_about(column))} | "
        f"{_escape(', '.join(column.headers))} |"
    )


def _about(column: Column) -> str:
    told = [column.description]
    if column.allowed:
        told.append(f"One of {', '.join(column.allowed)}.")
    if column.minimum is not None and column.maximum is not None:
        told.append(f"{column.minimum} to {column.maximum}.")
    elif column.minimum is not None:
        told.append(f"At least {column.minimum}.")
    elif column.maximum is not None:
        told.append(f"At most {column.maximum}.")
    if column.default:
        told.append(f"Empty = {column.default}.")
    if column.pii in (Pii.PHONE, Pii.EMAIL):
        told.append("Stored as a keyed hash.")
    if column.takes_all and len(column.headers) > 1:
        told.append("Several columns may hold it; the first filled one counts.")
    return " ".join(told)


def _escape(text: str) -> str:
    return text.replace("|", "\\|")
