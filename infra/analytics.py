"""The published divergences as a table: Athena reads the day's object by its date, without a crawler."""

from aws_cdk import Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.grants import allow, list_keys, regional, under
from infra.settings import Settings
from reconciliation import layout
from reconciliation.contract import COMPARED_TEXTS
from reconciliation.layout import Location

DATABASE = "reconciliation"
TABLE = "divergencias"
WORKGROUP = "reconciliation"

_SIDES = ("csv", "base")
COLUMNS = (
    *((name, "string") for name in ("tipo_divergencia", "motivo", "ordem_id", "job_id")),
    ("campos_divergentes", "string"),
    ("fornecedor_id", "string"),
    *((f"{name}_{side}", "string") for name in COMPARED_TEXTS for side in _SIDES),
    *((f"data_{side}", "date") for side in _SIDES),
    *((f"valor_{side}", "decimal(18,2)") for side in _SIDES),
    ("diferenca_valor", "decimal(19,2)"),
    ("linha", "bigint"),
    ("campos_so_invisiveis", "string"),
)
"""Columns of `divergencias.parquet`, found by name."""


def database_name(settings: Settings) -> str:
    """Glue and Athena take no hyphens."""
    return settings.named(DATABASE).replace("-", "_")


class Analytics(Construct):
    """Glue database, table `divergencias` partitioned by `dia` (projected), and an Athena workgroup."""

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
        table = glue.CfnTable(
            self,
            "Table",
            catalog_id=account,
            database_name=name,
            table_input=_table(settings.bucket("output")),
        )
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


def query_table(settings: Settings) -> list[iam.PolicyStatement]:
    """Query the one table, and keep the results where the workgroup does; Athena wants `default` too.

    Its objects are read with the caller's rights, as are the key's (Athena's guide, access to Amazon S3).
    """
    database, output = database_name(settings), settings.bucket("output")
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
            on=regional("glue", "catalog", f"database/{database}", f"table/{database}/{TABLE}"),
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


def _table(bucket: str) -> glue.CfnTable.TableInputProperty:
    parquet = "org.apache.hadoop.hive.ql.io.parquet"
    return glue.CfnTable.TableInputProperty(
        name=TABLE,
        table_type="EXTERNAL_TABLE",
        partition_keys=[glue.CfnTable.ColumnProperty(name="dia", type="string")],
        parameters={
            "classification": "parquet",
            "projection.enabled": "true",
            "projection.dia.type": "date",
            "projection.dia.format": "yyyy-MM-dd",
            "projection.dia.range": "2020-01-01,NOW+1DAYS",
            "storage.location.template": str(layout.day_folder(bucket, "${dia}")),
        },
        storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
            columns=[glue.CfnTable.ColumnProperty(name=name, type=kind) for name, kind in COLUMNS],
            location=str(Location(bucket, "")),
            input_format=f"{parquet}.MapredParquetInputFormat",
            output_format=f"{parquet}.MapredParquetOutputFormat",
            serde_info=glue.CfnTable.SerdeInfoProperty(
                serialization_library=f"{parquet}.serde.ParquetHiveSerDe"
            ),
        ),
    )
