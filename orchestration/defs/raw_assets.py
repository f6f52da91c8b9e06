"""One shape for every source: its raw tables as assets.

The folders beside this module only say which subject they hold.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

import dagster as dg

from orchestration import lake, process
from orchestration.defs.resources import CompanyResource
from orchestration.errors import UserError
from orchestration.settings import Company, load_company
from orchestration.sources.contracts import CONTRACTS, REGISTERS, TableContract, lookback_days
from orchestration.sources.files import source_settings

# Networks and servers fail for minutes. Bad files, refused secrets and used-up quotas are not tried
# again: waiting so long mends none of them. It is no policy of the step: by one, Dagster also tries
# again what a person has stopped, and the run goes on to publish.
RETRY_POLICY = dg.RetryPolicy(max_retries=2, delay=60, backoff=dg.Backoff.EXPONENTIAL)

OWNERS = {
    "web_analytics": "team:marketing-analytics",
    "ad_spend": "team:performance-marketing",
    "crm": "team:sales-operations",
    "social": "team:social-media",
    "surveys": "team:brand-research",
    "registers": "team:finance",
    "pipeline": "team:data-engineering",
    "marts": "team:data-engineering",
}


def daily_partitions(company: Company) -> dg.DailyPartitionsDefinition:
    """One partition a day of the company's own calendar, up to its last complete day."""
    return dg.DailyPartitionsDefinition(
        start_date=company.first_date.isoformat(),
        end_date=company.as_of.isoformat() if company.as_of else None,
        timezone=company.timezone,
    )


def subject_definitions(subject: str) -> dg.Definitions:
    """Assets of a subject: one multi-asset for each source in it."""
    company = load_company()
    tables = sorted(
        (table for table in CONTRACTS.values() if table.subject == subject),
        key=lambda table: (table.source, table.by_day, table.table),
    )
    groups = groupby(tables, key=lambda table: (table.source, table.by_day))
    assets = [_source_assets(company, subject, list(group)) for _, group in groups]
    return dg.Definitions(assets=assets)


def _source_assets(
    company: Company, subject: str, tables: Sequence[TableContract]
) -> dg.AssetsDefinition:
    source, by_day = tables[0].source, tables[0].by_day
    name = f"{source}_{subject}" if source == "plain" else source
    look_back = timedelta(days=source_settings(company, source).look_back(lookback_days(tables)))

    @dg.multi_asset(
        name=f"{name}_days" if by_day and _has_both(source, subject) else name,
        specs=[_spec(company, table) for table in tables],
        group_name=subject,
        partitions_def=daily_partitions(company) if by_day else None,
        # A backfill of a year is one run: a window costs little more than a day.
        backfill_policy=dg.BackfillPolicy.single_run() if by_day else None,
        can_subset=True,
        pool=company.pool,
    )
    def raw_tables(
        context: dg.AssetExecutionContext, company: CompanyResource
    ) -> Iterator[dg.MaterializeResult]:
        chosen = [
            table.table
            for table in tables
            if dg.AssetKey([table.source, table.table]) in context.selected_asset_keys
        ]
        start, end = _window(context, company.company, by_day)
        try:
            reports = lake.load(
                company.company,
                source,
                tables=chosen,
                window=(max(start - look_back, company.company.first_date), end),
                until=company.company.as_of_date(),
                progress=context.log.info,
            )
        except Exception as error:
            told = _told_or_tried_again(error, context.retry_number)
            if told is error:
                raise
            raise told from error
        for report in reports:
            yield _result(report, company.company)

    return raw_tables


def _told_or_tried_again(error: Exception, tries_before: int) -> BaseException:
    """What a step that loads raises in the place of an error."""
    if process.is_stopped_query(error):
        return dg.DagsterExecutionInterruptedError()
    may_pass = error.may_pass if isinstance(error, UserError) else True
    if may_pass and tries_before < RETRY_POLICY.max_retries:
        return dg.RetryRequested(
            max_retries=RETRY_POLICY.max_retries,
            seconds_to_wait=RETRY_POLICY.calculate_delay(tries_before + 1),
        )
    return dg.Failure(str(error), allow_retries=False) if isinstance(error, UserError) else error


def loaded_sources(company: Company) -> list[str]:
    """Sources that are switched on, and the registers, which every company has."""
    return [REGISTERS, *(name for name in company.sources if company.source(name))]


def _has_both(source: str, subject: str) -> bool:
    kinds = {
        table.by_day
        for table in CONTRACTS.values()
        if table.source == source and table.subject == subject
    }
    return len(kinds) > 1


def _spec(company: Company, table: TableContract) -> dg.AssetSpec:
    is_on = table.source in loaded_sources(company)
    return dg.AssetSpec(
        key=[table.source, table.table],
        description=table.description,
        owners=[OWNERS[table.subject]],
        kinds={"parquet", "dlt"},
        tags={"state": "on" if is_on else "off"},
        metadata={
            "dagster/column_schema": dg.TableSchema(
                columns=[
                    dg.TableColumn(column.name, column.sql_type, column.description)
                    for column in table.stored_columns
                ]
            ),
            "dagster/table_name": f"raw.{table.name}",
            "lookback_days": table.lookback_days,
        },
    )


def _window(context: dg.AssetExecutionContext, company: Company, by_day: bool) -> tuple[date, date]:
    """Half-open range of days this step is to bring."""
    if not by_day:
        return company.first_date, company.as_of_date()
    keys = context.partition_key_range
    return date.fromisoformat(keys.start), date.fromisoformat(keys.end) + timedelta(days=1)


def _result(report: lake.LoadReport, company: Company) -> dg.MaterializeResult:
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(report.rows_total),
        "rows_loaded": dg.MetadataValue.int(report.rows_loaded),
        "rows_quarantined": dg.MetadataValue.int(report.rows_quarantined),
        "rows_deleted_at_source": dg.MetadataValue.int(report.rows_deleted),
        "files": dg.MetadataValue.int(report.file_count),
        "state": dg.MetadataValue.text(report.note or "loaded"),
    }
    if report.door == "api":
        metadata |= {
            "days_asked": dg.MetadataValue.int(report.days_asked),
            "days_empty": dg.MetadataValue.int(report.days_empty),
            "days_incomplete": dg.MetadataValue.int(report.days_incomplete),
        }
    if report.first_day and report.last_day:
        metadata["days"] = dg.MetadataValue.text(f"{report.first_day} to {report.last_day}")
        metadata["days_behind"] = dg.MetadataValue.int(
            (company.last_complete_date() - report.last_day).days
        )
    return dg.MaterializeResult(asset_key=[report.source, report.table], metadata=metadata)
