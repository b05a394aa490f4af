"""What is published as tables: Athena reads a day's object by its date, without a crawler."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from aws_cdk import Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.grants import allow, list_keys, regional, under
from infra.names import WORKGROUP
from infra.published import COLUMNS
from infra.settings import Settings
from reconciliation import layout
from reconciliation.config import OFFSET_DAYS_MAX
from reconciliation.contract import YEAR_MIN
from reconciliation.layout import Location

DATABASE = "reconciliation"
TABLE, SUMMARIES = "divergencias", "resumos"

SUMMARY_COLUMNS = (
    *((name, "string") for name in ("status", "job_id")),
    ("divergence_rate_percent", "double"),
    ("totals", "struct<lines:struct<data_lines:bigint,rejected:bigint,base_in_scope:bigint>>"),
    ("types", "map<string,bigint>"),
    ("value_by_type_cents", "map<string,decimal(30,0)>"),
    ("seconds_by_stage", "map<string,double>"),
    ("causes", "array<struct<code:string,sentence:string>>"),
)
"""Of `resumo.json`, one line a day: what the dashboard reads. Names are found without regard to case, what is
not named is passed over, what an older day lacks is null, and a map keeps its keys as they are written
(trinodb/trino, JsonDeserializer: Athena's engine). A number beyond its column's bigint fails the query, so of
all days: ten of the largest amounts are that many cents. OpenX's reader may answer otherwise from one time to
the next (Athena's guide, OpenX JSON SerDe)."""

DAYS: Final = f"{date(YEAR_MIN, 1, 1) - timedelta(days=OFFSET_DAYS_MAX)},NOW+366DAYS"
"""Those that are looked for: from the first that can be published, by the contract's dates, to a year from
now. A day beyond, which needs rows of that date in file and base, is found once it is so near: up to the
contract's last one, `dia >= ...` without an end would look at 350,000 places of S3. A query that names no day
looks at 47,000."""


def database_name(settings: Settings) -> str:
    """Glue and Athena take no hyphens."""
    return settings.named(DATABASE).replace("-", "_")


class Analytics(Construct):
    """Glue database, tables `divergencias` and `resumos` by `dia` (projected), and an Athena workgroup."""

    def __init__(self, scope: Construct, construct_id: str, settings: Settings, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        account = Stack.of(self).account
        name = database_name(settings)
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(name=name),
        )
        output = settings.bucket("output")
        for table_id, given in (("Table", _divergences(output)), ("Summaries", _summaries(output))):
            table = glue.CfnTable(self, table_id, catalog_id=account, database_name=name, table_input=given)
            table.node.add_dependency(database)
        athena.CfnWorkGroup(
            self,
            "WorkGroup",
            name=settings.named(WORKGROUP),
            recursive_delete_option=True,  # Athena refuses to delete a workgroup that has a history
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=str(layout.query_results(settings.bucket("intermediate"))),
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_KMS", kms_key=key.key_arn
                    ),
                ),
            ),
        )


def workgroup_arns(settings: Settings) -> list[str]:
    return regional("athena", f"workgroup/{settings.named(WORKGROUP)}")


def query_tables(settings: Settings) -> list[iam.PolicyStatement]:
    """Query the two tables, and keep the results where the workgroup does; Athena wants `default` too.

    Its objects are read with the caller's rights, as are the key's (Athena's guide, access to Amazon S3).
    """
    database, output = database_name(settings), settings.bucket("output")
    tables = (f"table/{database}/{name}" for name in (TABLE, SUMMARIES))
    intermediate = settings.bucket("intermediate")
    return [
        allow(
            *("athena:StartQueryExecution", "athena:StopQueryExecution", "athena:GetQueryExecution"),
            "athena:GetQueryResults",
            on=workgroup_arns(settings),
        ),
        allow(
            *("glue:GetDatabase", "glue:GetDatabases", "glue:GetTable", "glue:GetTables"),
            *("glue:GetPartition", "glue:GetPartitions"),
            on=regional("glue", "catalog", f"database/{database}", *tables),
        ),
        allow("glue:GetDatabase", "glue:GetDatabases", on=regional("glue", "database/default")),
        allow(
            *("s3:GetObject", "s3:PutObject"),
            *("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"),
            on=under(layout.query_results(intermediate)),
        ),
        list_keys(output, intermediate),
        allow("s3:GetBucketLocation", on=[f"arn:aws:s3:::{name}" for name in (output, intermediate)]),
    ]


def ask_saved_queries(settings: Settings) -> iam.PolicyStatement:
    """Run them by name, and see which there are (Athena's guide, security-iam-athena-prepared-statements)."""
    return allow(
        *("athena:GetPreparedStatement", "athena:ListNamedQueries", "athena:BatchGetNamedQuery"),
        on=workgroup_arns(settings),
    )


class _Format(NamedTuple):
    """How Hive reads an object; the classes' names."""

    classification: str
    input: str
    output: str
    serde: str


_PARQUET = "org.apache.hadoop.hive.ql.io.parquet"
_AS_PARQUET = _Format(
    "parquet",
    f"{_PARQUET}.MapredParquetInputFormat",
    f"{_PARQUET}.MapredParquetOutputFormat",
    f"{_PARQUET}.serde.ParquetHiveSerDe",
)
_AS_JSON = _Format(
    "json",
    "org.apache.hadoop.mapred.TextInputFormat",
    "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
    "org.apache.hive.hcatalog.data.JsonSerDe",
)


def _divergences(bucket: str) -> glue.CfnTable.TableInputProperty:
    where = layout.day_folder(bucket, "${dia}")
    return _table(TABLE, Location(bucket, ""), where, COLUMNS, _AS_PARQUET)


def _summaries(bucket: str) -> glue.CfnTable.TableInputProperty:
    root = layout.history(bucket)
    return _table(SUMMARIES, root, root / "${dia}/", SUMMARY_COLUMNS, _AS_JSON)


def _table(
    name: str, root: Location, of_a_day: Location, columns: Sequence[tuple[str, str]], read: _Format
) -> glue.CfnTable.TableInputProperty:
    return glue.CfnTable.TableInputProperty(
        name=name,
        table_type="EXTERNAL_TABLE",
        partition_keys=[glue.CfnTable.ColumnProperty(name="dia", type="string")],
        parameters={
            "classification": read.classification,
            "projection.enabled": "true",
            "projection.dia.type": "date",
            "projection.dia.format": "yyyy-MM-dd",
            "projection.dia.range": DAYS,
            "storage.location.template": str(of_a_day),
        },
        storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
            columns=[glue.CfnTable.ColumnProperty(name=column, type=kind) for column, kind in columns],
            location=str(root),
            input_format=read.input,
            output_format=read.output,
            serde_info=glue.CfnTable.SerdeInfoProperty(serialization_library=read.serde),
        ),
    )
