"""What must be true of surveys."""

from __future__ import annotations

from orchestration.expectations.model import Check, between, no_rows
from orchestration.expectations.tables import enabled, source_checks

WEIGHTS_POSITIVE = "survey_weights_positive"
BRAND_FOUND = "survey_brand_found"

# With a tenth of the audience knowing the brand, 100 answers without it are one in 40,000.
_ENOUGH_ANSWERS = 100


def checks() -> tuple[Check, ...]:
    return (
        *source_checks("surveys"),
        weights_positive("surveys", "responses"),
        weights_positive("plain", "survey_responses"),
        brand_found("surveys", "responses"),
        brand_found("plain", "survey_responses"),
    )


def weights_positive(source: str, table: str) -> Check:
    return Check(
        name=f"{source}_{WEIGHTS_POSITIVE}",
        subject="surveys",
        asset=(source, table),
        stage="raw",
        severity="blocking",
        applies=enabled(source, table),
        sql=f"""
select wave, _file as file, cast(min(answered_at) as date) as day, count(*) as failed_rows
from raw.{source}__{table}
where weight <= 0
group by wave, _file
order by wave, file
""",
        expectations=(no_rows(),),
        title_en="Weights of survey answers are above zero (or not given).",
        title_ru="Веса ответов опроса больше нуля (или не заданы).",
        message_en="{failed_rows:n} {failed_rows:answer has|answers have} a weight of zero or less",
        message_ru="У {failed_rows:n} {failed_rows:ответа|ответов|ответов} нулевой или "
        "отрицательный вес",
        item_en="wave {wave}, {file}: {failed_rows:n}",
        item_ru="волна {wave}, {file}: {failed_rows:n}",
        remedy_en="ask the vendor for the weights again; leave the column empty for an unweighted "
        "survey",
        remedy_ru="запросить веса у исполнителя заново; если опрос без весов, оставить столбец "
        "пустым",
    )


def brand_found(source: str, table: str) -> Check:
    """Brands are compared as written: another spelling reads as "nobody knows us"."""
    return Check(
        name=f"{source}_{BRAND_FOUND}",
        subject="surveys",
        asset=(source, table),
        stage="raw",
        severity="warning",
        applies=enabled(source, table),
        may_be_empty=True,
        sql=f"""
select
    wave,
    mode,
    cast(min(answered_at) as date) as day,
    count(*) as answers,
    count(*) filter (
        concat('|', lower(first_brand), '|', lower(unaided_brands), '|', lower(aided_brands), '|')
        like (select concat('%|', lower(trim(brand)), '|%') from raw.company)
    ) as mentions,
    (select brand from raw.company) as brand
from raw.{source}__{table}
where is_target and mode <> 'customers'
group by wave, mode
having
    count(*) >= {_ENOUGH_ANSWERS}
    -- who was asked for a mark only had no brand to name
    and (
        count(coalesce(first_brand, unaided_brands, aided_brands)) > 0
        or count(recommendation) = 0
    )
order by wave, mode
""",
        expectations=(between("mentions", minimum=1),),
        title_en="Every survey wave has answers that name the company's brand.",
        title_ru="В каждой волне опроса есть ответы с брендом компании.",
        message_en="The brand is not found in any answer of a wave, so awareness would be 0%",
        message_ru="Бренд не найден ни в одном ответе волны, узнаваемость вышла бы 0%",
        item_en="wave {wave} ({mode:survey_mode}): {answers:n} answers, none with '{brand}'",
        item_ru="волна {wave} ({mode:survey_mode}): {answers:n} "
        "{answers:ответ|ответа|ответов}, ни одного с «{brand}»",
        remedy_en="write `brand` in company.toml as it stands in the answers, or unify its "
        "spelling in the export",
        remedy_ru="записать brand в company.toml так, как в ответах, или привести написание в "
        "выгрузке к одному виду",
    )
