"""What must be true of leads, deals and orders."""

from __future__ import annotations

from orchestration.expectations.bands import WITHIN_BAND, banded
from orchestration.expectations.model import (
    AS_OF,
    CURRENCY,
    LAST_COMPLETE,
    RECENT_DAYS,
    SHOWN_DAYS,
    Check,
    at_most,
    between,
    no_rows,
)
from orchestration.expectations.tables import enabled, source_checks

BITRIX_SNAPSHOT_COMPLETE = "bitrix24_snapshot_complete"
NET_WITHIN_GROSS = "net_within_gross"
REFUNDS_WITHIN_ORDERS = "refunds_within_orders"
REJECTED_LEADS_USUAL = "rejected_leads_usual"
LEADS_HAVE_CLIENT = "leads_have_client_id"
ORDERS_HAVE_CLIENT = "orders_have_client_id"
MARGIN_COVERS_REVENUE = "margin_covers_revenue"
ORDERS_SEEN_BY_COUNTER = "orders_seen_by_counter"
LEADS_SEEN_BY_COUNTER = "leads_seen_by_counter"
ORDERS_NOT_REPEATED = "orders_not_repeated"
ORDER_ROWS_AGREE = "order_rows_agree"
ORDERS_FOLLOW_LEADS = "orders_follow_leads"
ORDERS_KEPT = "orders_kept"

CLIENT_COVERAGE = 0.70
COVERAGE_DAYS = 90
MINIMUM_COUNT = 30


def checks() -> tuple[Check, ...]:
    return (
        *source_checks("crm"),
        bitrix_snapshot_complete(),
        net_within_gross(),
        refunds_within_orders(),
        orders_not_repeated(),
        order_rows_agree(),
        orders_kept(),
        orders_follow_leads(),
        rejected_leads_usual(),
        leads_have_client(),
        orders_have_client(),
        margin_covers_revenue(),
        orders_seen_by_counter(),
        leads_seen_by_counter(),
    )


def bitrix_snapshot_complete() -> Check:
    """Every export is a full snapshot, so rows that an older one had and the newest lacks were
    deleted in the CRM, or the export was filtered."""
    return Check(
        name=BITRIX_SNAPSHOT_COMPLETE,
        subject="crm",
        asset=("bitrix24", "leads"),
        stage="raw",
        severity="warning",
        applies=enabled("bitrix24", "leads", "deals"),
        sql="""
with records as (
    select 'leads' as table_name, lead_id as id, cast(created_at as date) as day, _file as file
    from raw.bitrix24__leads
    union all
    select 'deals', deal_id, cast(created_at as date), _file
    from raw.bitrix24__deals
), seen as (
    select table_name, id, min(day) as day, max(file) as last_file
    from records
    group by table_name, id
), newest as (
    select table_name, max(file) as file
    from records
    where file <> 'api' -- the API door replaces the rows it has seen and never forgets one
    group by table_name
)
select
    seen.table_name,
    newest.file,
    seen.last_file,
    min(seen.day) as day,
    count(*) as failed_rows
from seen
inner join newest on seen.table_name = newest.table_name and seen.last_file < newest.file
group by seen.table_name, newest.file, seen.last_file
order by seen.table_name, seen.last_file
""",
        expectations=(no_rows(),),
        title_en="The newest CRM export has every lead and deal that older exports had.",
        title_ru="В новой выгрузке CRM есть все лиды и сделки прежних выгрузок.",
        message_en="{failed_rows:n} {failed_rows:lead or deal|leads or deals} vanished from the "
        "CRM "
        "export",
        message_ru="Из выгрузки CRM {failed_rows:пропала|пропали|пропало} {failed_rows:n} "
        "{failed_rows:запись|записи|записей} (лиды или сделки)",
        item_en="{table_name:table}: {failed_rows:n} of {last_file} are not in {file}, created "
        "from "
        "{day:d}",
        item_ru="{table_name:table}: {failed_rows:n} из {last_file} нет в {file}, созданы с "
        "{day:d}",
        remedy_en="export without a filter; if records were deleted in the CRM, ask who did it: "
        "deleted leads improve every rate of conversion",
        remedy_ru="выгрузить без фильтра; если записи удалены в CRM, узнать, кем: удаление лидов "
        "улучшает любую конверсию",
    )


def net_within_gross() -> Check:
    return Check(
        name=NET_WITHIN_GROSS,
        subject="crm",
        asset=("marts", "fct_orders"),
        stage="marts",
        severity="blocking",
        applies="exists (select 1 from marts.fct_orders)",
        sql=f"""
select
    order_date as day,
    source_system,
    count(*) as failed_rows,
    sum(gross_amount) as gross_amount,
    sum(net_amount) as net_amount,
    {CURRENCY} as currency
from marts.fct_orders
where net_amount > gross_amount
group by order_date, source_system
order by day
""",
        expectations=(no_rows(),),
        title_en="Net revenue of an order is never above what was billed.",
        title_ru="Чистая выручка заказа не больше выставленной суммы.",
        message_en="{failed_rows:n} {failed_rows:order has|orders have} a net revenue above the "
        "billed sum: "
        "{sum_net_amount:m} against {sum_gross_amount:m} {currency}",
        message_ru="Чистая выручка {failed_rows:n} {failed_rows:заказа|заказов|заказов} больше "
        "выставленной суммы: {sum_net_amount:m} против {sum_gross_amount:m} {currency}",
        item_en="{day:d} {source_system:source}: {failed_rows:n}",
        item_ru="{day:d} {source_system:source}: {failed_rows:n}",
        remedy_en="look at the sign of discounts and refunds in the export: both are positive "
        "numbers",
        remedy_ru="проверить знак скидок и возвратов в выгрузке: и те и другие — положительные "
        "числа",
    )


def refunds_within_orders() -> Check:
    """One row cannot say so, rows of several files can: a refund told twice, as a column and as a
    negative row, looks the same as money paid back on top, and only the shop knows which it is."""
    return Check(
        name=REFUNDS_WITHIN_ORDERS,
        subject="crm",
        asset=("marts", "fct_orders"),
        stage="marts",
        severity="warning",
        applies="exists (select 1 from marts.fct_orders)",
        sql=f"""
select
    order_date as day,
    source_system,
    order_id,
    net_amount,
    {CURRENCY} as currency
from marts.fct_orders
where order_kind <> 'return' and net_amount < 0 and order_date >= ({AS_OF}) - {SHOWN_DAYS}
order by net_amount, order_id
""",
        expectations=(no_rows(),),
        title_en="No sale has more paid back than was paid.",
        title_ru="Ни по одной продаже не возвращено больше, чем заплачено.",
        message_en="{failed:n} {failed:sale has|sales have} more paid back than was paid, "
        "{sum_net_amount:m} {currency} in all",
        message_ru="По {failed:n} {failed:продаже|продажам|продажам} возвращено больше, чем "
        "заплачено, всего {sum_net_amount:m} {currency}",
        item_en="{day:d} {source_system:source}: {order_id}, {net_amount:m} {currency}",
        item_ru="{day:d} {source_system:source}: {order_id}, {net_amount:m} {currency}",
        remedy_en="write a return either as refund_amount of the order or as a negative row, never "
        "both; if so much was paid back, nothing has to be done",
        remedy_ru="записывать возврат либо в refund_amount заказа, либо отдельной отрицательной "
        "строкой, но не дважды; если столько и вернули, делать ничего не нужно",
    )


def orders_not_repeated() -> Check:
    return Check(
        name=ORDERS_NOT_REPEATED,
        subject="crm",
        asset=("marts", "fct_orders"),
        stage="marts",
        severity="warning",
        applies="exists (select 1 from marts.fct_orders)",
        sql=f"""
select
    order_month as day,
    source_system,
    count(*) filter (is_possible_duplicate) as failed_rows,
    coalesce(sum(net_amount) filter (is_possible_duplicate), 0) as repeated_amount,
    coalesce(sum(net_amount) filter (is_possible_duplicate) / nullif(sum(net_amount), 0), 0)
        as repeated_share,
    {CURRENCY} as currency
from marts.fct_orders
where order_date >= ({AS_OF}) - {SHOWN_DAYS} or not exists (
    select 1 from marts.fct_orders where order_date >= ({AS_OF}) - {SHOWN_DAYS}
)
group by order_month, source_system
order by day
""",
        # A few equal purchases of one customer on one day are life; a month full of them is a file
        # that was loaded under two names.
        expectations=(between("repeated_share", maximum=0.02),),
        title_en="Orders that look counted twice make at most 2% of a month's revenue.",
        title_ru="Заказы, похожие на учтённые дважды, — не больше 2% выручки месяца.",
        message_en="{failed_rows:n} {failed_rows:order looks|orders look} counted twice"
        ", {sum_repeated_amount:m} {currency} of revenue",
        message_ru="{failed_rows:Похож на повтор|Похожи на повторы|Похожи на повторы} "
        "{failed_rows:n} "
        "{failed_rows:заказ|заказа|заказов}, выручка {sum_repeated_amount:m} {currency}",
        item_en="{source_system:source}, month of {day:d}: {failed_rows:n} ({repeated_share:p})",
        item_ru="{source_system:source}, месяц с {day:d}: {failed_rows:n} ({repeated_share:p})",
        remedy_en="look whether one period lies in two files, and export orders with their "
        "numbers; where a deal of the CRM and an order of the shop are one sale, name the deal in "
        "the column deal_id of the orders, or set orders_of_record in company.toml; deals "
        "that moved from one CRM to another belong into the export of one of them",
        remedy_ru="проверить, не лежит ли один период в двух файлах, и выгружать заказы с "
        "номерами; если сделка CRM и заказ магазина — одна продажа, указать сделку в столбце "
        "deal_id заказов или задать orders_of_record в company.toml; сделки, "
        "перенесённые из одной CRM в другую, оставить в выгрузке одной из них",
    )


def order_rows_agree() -> Check:
    """One of them counts; which one is right, nobody but the shop can tell."""
    return Check(
        name=ORDER_ROWS_AGREE,
        subject="crm",
        asset=("plain", "orders"),
        stage="raw",
        severity="warning",
        applies=enabled("plain", "orders"),
        sql="""
with orders as (
    select *, cast(ordered_at as date) as day
    from raw.plain__orders
    -- a negative row is paid back for the sale, not a repeat of it
    where coalesce(has_order_id, true) and gross_amount >= 0
), sold_days as (
    select
        order_id,
        day,
        max(_file) as _file,
        max_by(gross_amount, (_file, ordered_at)) as gross_amount
    from orders
    where coalesce(status, 'paid') not in ('cancelled', 'refunded', 'open')
    group by order_id, day
), disagreeing as (
    select
        _file,
        order_id,
        min(day) as day,
        sum(gross_amount) - max_by(gross_amount, ordered_at) as left_out_amount
    from orders
    group by _file, order_id
    having count(distinct (ordered_at, gross_amount, discount_amount, refund_amount, currency)) > 1
    union all
    -- an order is corrected under its own day: one that was paid on several days is paid in parts,
    -- or its number was given twice
    select
        max(_file) as _file,
        order_id,
        min(day) as day,
        sum(gross_amount) - max_by(gross_amount, (_file, day)) as left_out_amount
    from sold_days
    group by order_id
    having count(distinct _file) > 1
)
select
    _file as file,
    min(day) as day,
    count(*) as failed_rows,
    sum(left_out_amount) as left_out_amount
from disagreeing
group by _file
order by day desc
""",
        expectations=(no_rows(),),
        title_en="An order that stands twice says the same each time.",
        title_ru="Заказ, записанный дважды, оба раза говорит одно и то же.",
        message_en="{failed_rows:n} {failed_rows:order stands|orders stand} twice with other "
        "content; the newest row counts, the others are left out: {sum_left_out_amount:m}",
        message_ru="{failed_rows:n} {failed_rows:заказ записан|заказа записаны|заказов записаны} "
        "дважды с разным содержанием; учтена самая новая строка, не учтены другие: "
        "{sum_left_out_amount:m}",
        item_en="{file}: {failed_rows:n}, from {day:d}, {left_out_amount:m} left out",
        item_ru="{file}: {failed_rows:n}, с {day:d}, не учтено {left_out_amount:m}",
        remedy_en="leave the right row of each order; lines of one order belong into the table "
        "order_lines, payments in parts are one row with their sum, and numbers that begin anew "
        "each year need the year in front",
        remedy_ru="оставить верную строку каждого заказа; строкам одного заказа место в таблице "
        "order_lines, оплата частями — одна строка с общей суммой, а к номерам, которые каждый "
        "год начинаются заново, нужно добавить год",
    )


def orders_kept() -> Check:
    """A later file replaces the days on which it has an order of an earlier one, as a full export
    does. An export of changed orders alone would take away the others of their days."""
    return Check(
        name=ORDERS_KEPT,
        subject="crm",
        asset=("plain", "orders"),
        stage="raw",
        severity="warning",
        applies=enabled("plain", "orders"),
        sql=f"""
with orders as (
    select distinct _file, order_id, cast(ordered_at as date) as day, gross_amount
    from raw.plain__orders
    where coalesce(has_order_id, true)
), replaced_days as (
    select earlier._file, earlier.day, max(later._file) as later_file
    from orders as earlier
    inner join orders as later
        on earlier.order_id = later.order_id
        and earlier.day = later.day
        and earlier._file < later._file
    group by earlier._file, earlier.day
), last_files as (
    select order_id, max(_file) as _file
    from orders
    group by order_id
)
select
    replaced_days.later_file as file,
    replaced_days._file as before,
    replaced_days.day,
    count(*) as failed_rows,
    sum(orders.gross_amount) as amount
from replaced_days
inner join orders on replaced_days._file = orders._file and replaced_days.day = orders.day
inner join last_files
    on orders.order_id = last_files.order_id and orders._file = last_files._file
where replaced_days.day >= ({AS_OF}) - {SHOWN_DAYS}
group by replaced_days.later_file, replaced_days._file, replaced_days.day
order by replaced_days.day desc
""",
        expectations=(no_rows(),),
        title_en="A later export of orders has every order of the days that it replaces.",
        title_ru="В новой выгрузке есть все заказы тех дней, которые она заменяет.",
        message_en="{failed_rows:n} {failed_rows:order|orders} of {failed:n} "
        "{failed:day|days} vanished: a later file has other orders of the same days",
        message_ru="{failed_rows:Пропал|Пропали|Пропали} {failed_rows:n} "
        "{failed_rows:заказ|заказа|заказов} за {failed:n} {failed:день|дня|дней}: новый файл "
        "содержит другие заказы тех же дней",
        item_en="{day:d}: {failed_rows:n} of {before} are not in {file}, {amount:m} in all",
        item_ru="{day:d}: {failed_rows:n} из {before} нет в {file}, всего на {amount:m}",
        remedy_en="export whole days; if the orders were cancelled, export them with that status, "
        "so that they are seen to be",
        remedy_ru="выгружать дни целиком; отменённые заказы выгружать со статусом отмены, чтобы "
        "это было видно",
    )


def orders_follow_leads() -> Check:
    return Check(
        name=ORDERS_FOLLOW_LEADS,
        subject="crm",
        asset=("marts", "fct_orders"),
        stage="marts",
        severity="warning",
        applies="exists (select 1 from marts.fct_orders where lead_id is not null)",
        sql=f"""
select
    orders.source_system,
    count(*) as failed_rows,
    min(orders.order_date) as day,
    max(orders.order_date) as last_day,
    max(leads.lead_date - orders.order_date) as longest
from marts.fct_orders as orders
inner join marts.fct_leads as leads using (lead_id)
where orders.order_kind = 'sale'
    and orders.order_date < leads.lead_date
    and orders.order_date >= ({AS_OF}) - {SHOWN_DAYS}
group by orders.source_system
order by orders.source_system
""",
        expectations=(no_rows(),),
        title_en="No order is older than the lead it came from.",
        title_ru="Ни один заказ не старше лида, из которого он вырос.",
        message_en="{failed_rows:n} {failed_rows:order is|orders are} dated before the lead; "
        "{failed_rows:it counts|they count} as of the lead's day, in the lead's channel",
        message_ru="{failed_rows:n} {failed_rows:заказ датирован|заказа датированы|заказов "
        "датированы} раньше своего лида и {failed_rows:отнесён|отнесены|отнесены} ко дню и каналу "
        "лида",
        item_en="{source_system:source}: {failed_rows:n} from {day:d} to {last_day:d}, up to "
        "{longest:n} {longest:day|days} before",
        item_ru="{source_system:source}: {failed_rows:n} с {day:d} по {last_day:d}, раньше самое "
        "большее на {longest:n} {longest:день|дня|дней}",
        remedy_en="see in the CRM whether leads are entered after the sale: such a lead credits a "
        "channel with a sale that it did not bring",
        remedy_ru="проверить в CRM, не заводят ли лиды после продажи: такой лид приписывает каналу "
        "продажу, которой тот не приводил",
    )


def rejected_leads_usual() -> Check:
    """Share of duplicate and invalid leads of the last 30 days against the half year before."""
    return Check(
        name=REJECTED_LEADS_USUAL,
        subject="crm",
        asset=("marts", "fct_leads"),
        stage="marts",
        severity="warning",
        applies="exists (select 1 from marts.fct_leads)",
        may_be_empty=True,
        sql=f"""
with leads as (
    select
        channel,
        lead_status <> 'valid' as is_rejected,
        lead_date > ({LAST_COMPLETE}) - {RECENT_DAYS} as is_recent
    from marts.fct_leads
    where lead_date > ({LAST_COMPLETE}) - 210 and lead_date <= {LAST_COMPLETE}
), sums as (
    select
        case when grouping(channel) = 1 then '(all)' else channel end as channel,
        count(*) filter (is_recent) as leads,
        count(*) filter (is_recent and is_rejected) as rejected_leads,
        count(*) filter (not is_recent) as leads_before,
        count(*) filter (not is_recent and is_rejected) as rejected_before
    from leads
    group by grouping sets ((), (channel))
), shares as (
    -- one rejected lead more than seen: a channel without any has a limit as well
    select *, (rejected_before + 1) / (leads_before + 2) as usual_share
    from sums
    where leads >= {MINIMUM_COUNT} and leads_before >= {MINIMUM_COUNT}
)
select
    channel,
    ({LAST_COMPLETE}) - {RECENT_DAYS - 1} as day,
    leads,
    rejected_leads,
    rejected_leads / leads as rejected_share,
    usual_share,
    usual_share + greatest(
        0.05,
        3.5 * sqrt(usual_share * (1 - usual_share) * (1.0 / leads + 1.0 / leads_before))
    ) as allowed_share
from shares
order by channel
""",
        expectations=(at_most("rejected_share", "allowed_share"),),
        title_en="Share of duplicate and invalid leads is as usual in every channel.",
        title_ru="Доля повторных и негодных лидов обычная во всех каналах.",
        message_en="Many more leads than usual are duplicates or invalid in the last 30 days",
        message_ru="За 30 дней повторных и негодных лидов намного больше обычного",
        item_en="{channel:channel}: {rejected_leads:n} of {leads:n} ({rejected_share:p}), usually "
        "{usual_share:p}",
        item_ru="{channel:channel}: {rejected_leads:n} из {leads:n} ({rejected_share:p}), обычно "
        "{usual_share:p}",
        remedy_en="listen to some of their calls or open the forms; a form without protection or a "
        "contractor paid per lead is the usual cause",
        remedy_ru="прослушать часть звонков или открыть заявки; обычная причина — форма без защиты "
        "или подрядчик с оплатой за лид",
    )


def _client_coverage(
    name: str, mart: str, day: str, *, where: str, words_en: str, words_ru: str
) -> Check:
    return Check(
        name=name,
        subject="crm",
        asset=("marts", mart),
        stage="marts",
        severity="warning",
        applies=f"exists (select 1 from marts.fct_visits) and exists (select 1 from marts.{mart} "
        f"where {where} and {day} >= ({AS_OF}) - {COVERAGE_DAYS})",
        may_be_empty=True,
        sql=f"""
select
    source_system,
    ({AS_OF}) - {COVERAGE_DAYS} as day,
    count(*) as records,
    count(*) filter (not has_client_id) as failed_rows,
    count(*) filter (has_client_id) / count(*) as covered_share
from marts.{mart}
where {where} and {day} >= ({AS_OF}) - {COVERAGE_DAYS}
group by source_system
having count(*) >= {MINIMUM_COUNT}
""",
        expectations=(between("covered_share", minimum=CLIENT_COVERAGE, maximum=1),),
        title_en=f"At least {CLIENT_COVERAGE:.0%} of the {words_en} of 90 days carry the browser "
        "id that joins them to visits.",
        title_ru=f"Не меньше {CLIENT_COVERAGE:.0%} {words_ru} за 90 дней связаны с визитами "
        "(есть ClientID).",
        message_en=f"Too few {words_en} can be joined to visits; the rest has no channel",
        message_ru=f"Слишком мало {words_ru} связано с визитами, у остальных нет канала",
        item_en="{source_system:source}: {covered_share:p} of {records:n} joined",
        item_ru="{source_system:source}: связано {covered_share:p} из {records:n}",
        remedy_en="pass the counter's ClientID into the CRM or shop with every form and order; "
        "below 70% the report gives no verdict on channels",
        remedy_ru="передавать ClientID счётчика в CRM и магазин с каждой заявкой и заказом; при "
        "доле ниже 70% отчёт не судит о каналах",
    )


def leads_have_client() -> Check:
    return _client_coverage(
        LEADS_HAVE_CLIENT,
        "fct_leads",
        "lead_date",
        where="lead_status = 'valid'",
        words_en="leads",
        words_ru="лидов",
    )


def orders_have_client() -> Check:
    return _client_coverage(
        ORDERS_HAVE_CLIENT,
        "fct_orders",
        "order_date",
        where="order_kind = 'sale'",
        words_en="orders",
        words_ru="заказов",
    )


def margin_covers_revenue() -> Check:
    return Check(
        name=MARGIN_COVERS_REVENUE,
        subject="crm",
        asset=("marts", "fct_orders"),
        stage="marts",
        severity="warning",
        applies="exists (select 1 from marts.fct_orders where net_amount > 0) and ("
        "exists (select 1 from raw.registers__margins) "
        "or exists (select 1 from marts.fct_ad_spend_daily))",
        sql=f"""
with orders as (
    select *
    from marts.fct_orders
    where order_date > (select max(order_date) from marts.fct_orders) - {SHOWN_DAYS}
)
select
    coalesce(product_line, '(none)') as product_line,
    min(order_date) as day,
    max(order_date) as last_day,
    count(*) as failed_rows,
    sum(net_amount) as uncovered_amount,
    (select sum(net_amount) from orders) as revenue_amount,
    {CURRENCY} as currency
from orders
where net_amount <> 0 and contribution_amount is null
group by coalesce(product_line, '(none)')
order by uncovered_amount desc, product_line
""",
        expectations=(no_rows(),),
        title_en="Every order of the last year has a margin.",
        title_ru="У каждого заказа за год известна маржа.",
        # one order is enough: a return of a part of the orders would be a return of other orders
        message_en="{failed_rows:n} {failed_rows:order has|orders have} no margin, so contribution "
        "and ROMI of their months cannot be told",
        message_ru="Нет маржи для {failed_rows:n} {failed_rows:заказа|заказов|заказов}, поэтому "
        "маржинальную прибыль и ROMI их месяцев посчитать нельзя",
        item_en="product line {product_line:product_line}: {failed_rows:n} from {day:d} to "
        "{last_day:d}, {uncovered_amount:m} of {revenue_amount:m} {currency} of a year",
        item_ru="направление {product_line:product_line}: {failed_rows:n} с {day:d} по "
        "{last_day:d}, {uncovered_amount:m} из {revenue_amount:m} {currency} за год",
        # a margin belongs to a product line, so none can be given to orders that name no line
        remedy_en="let finance add these product lines to registers/margins.csv, valid from the "
        "first sale. Where the line is none, export the column product_line or, where one line "
        "is sold, name it in company.toml: [sources.<source>.constants] product_line",
        remedy_ru="попросить финансы добавить эти направления в registers/margins.csv с даты "
        "первой продажи. Где направление не указано, выгружать столбец product_line, а если оно "
        "одно, назвать его в company.toml: [sources.<источник>.constants] product_line",
    )


def _seen_by_counter(name: str, pair: str, words_en: str, words_ru: str) -> Check:
    return Check(
        name=name,
        subject="crm",
        asset=("marts", "kpi_reconciliation_daily"),
        stage="marts",
        severity="warning",
        applies=f"exists (select 1 from marts.kpi_reconciliation_daily where pair_kind = '{pair}')",
        may_be_empty=True,
        # Weeks, not days: a shop with six orders a day differs by half on any one of them.
        sql=banded(
            f"""
    select 'week' as name, day, right_value / left_value as value
    from (
        select
            date_day as day,
            sum(left_value) over week as left_value,
            sum(right_value) over week as right_value
        from marts.kpi_reconciliation_daily
        where pair_kind = '{pair}'
            and date_day > ({LAST_COMPLETE}) - 130
        window week as (order by date_day range between interval 6 days preceding and current row)
    ) as weeks
    where left_value >= 20
""",
            minimum_width=0.3,
            relative=True,
            tested_days=RECENT_DAYS,
        ),
        expectations=WITHIN_BAND,
        title_en=f"The counter sees about as many {words_en} as before.",
        title_ru=f"Счётчик видит примерно столько же {words_ru}, сколько раньше.",
        message_en=f"The counter's share of {words_en} changed in weeks that end on {{failed:n}} "
        "{failed:day|days}",
        message_ru=f"Изменилась доля {words_ru}, которые видит счётчик: {{failed:n}} "
        "{failed:неделя|недели|недель} (по последнему дню)",
        item_en="week to {day:d}: {value:r} per record of sales, usually {usual:r}",
        item_ru="неделя по {day:d}: {value:r} на запись продаж, обычно {usual:r}",
        remedy_en="fewer: the event left the thank-you page; more: the event fires twice, or "
        "records are missing in the CRM",
        remedy_ru="меньше: событие пропало со страницы «спасибо»; больше: событие срабатывает "
        "дважды или в CRM не хватает записей",
    )


def orders_seen_by_counter() -> Check:
    return _seen_by_counter(
        ORDERS_SEEN_BY_COUNTER, "shop_orders_counter_purchases", "orders", "заказов"
    )


def leads_seen_by_counter() -> Check:
    return _seen_by_counter(LEADS_SEEN_BY_COUNTER, "crm_leads_counter_goals", "leads", "лидов")
