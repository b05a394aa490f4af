"""QuickSight over the Athena table, a stack of its own: data source, dataset, analysis and dashboard.

It knows the main stack's parts by name alone, and the main one it by `DATA_SET`: neither holds up the other's
update. Whether there is one at all is a parameter of the main stack, whose template is the same either way.

Written in the API's own terms, as they stand in the template: docs and `describe-…-definition` read the same.
"""

from typing import Any

from aws_cdk import Aws, CfnResource, Environment, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra import quicksight_dashboard
from infra.analytics import COLUMNS, TABLE, WORKGROUP, database_name, query_table, workgroup_arns
from infra.grants import allow, document, read, regional, under, use_key_of
from infra.settings import QUICKSIGHT_STACK, Settings
from infra.storage import KEY_ALIAS
from reconciliation import layout
from reconciliation.contract import DATASET_LOOKBACK_DAYS
from reconciliation.layout import ANY_DAY

DATA_SET = "reconciliation-dataset"
ROLE = "reconciliation-quicksight"
DATE_COLUMN = "data_referencia"
"""By which the dataset is refreshed in part: `dia` as a date."""

_KINDS = {"string": "STRING", "bigint": "INTEGER", "date": "DATETIME"}
_READ_DATA_SET = (
    "DescribeDataSet",
    "DescribeDataSetPermissions",
    "DescribeIngestion",
    "ListIngestions",
    "PassDataSet",
)
_READ_DASHBOARD = ("DescribeDashboard", "ListDashboardVersions", "QueryDashboard")
_OWN_ANALYSIS = (
    *("DescribeAnalysis", "QueryAnalysis", "UpdateAnalysis", "DeleteAnalysis", "RestoreAnalysis"),
    *("DescribeAnalysisPermissions", "UpdateAnalysisPermissions"),
)  # QuickSight knows no reader of an analysis; the next deploy makes it anew


def data_set_arn(settings: Settings) -> str:
    return regional("quicksight", f"dataset/{settings.named(DATA_SET)}")[0]


class QuickSightStack(Stack):
    """Read by the people of `quicksight_principal`; reads with a role of its own, not the account's."""

    def __init__(self, scope: Construct, settings: Settings, main: Stack) -> None:
        super().__init__(
            scope,
            settings.named(QUICKSIGHT_STACK),
            env=Environment(region=settings.region),
            description="QuickSight's dashboard of the divergences that the reconciliation publishes",
        )
        self.add_stack_dependency(main)
        self._settings = settings
        source = self._data_source(self._role())
        data_set = self._data_set(source)
        definition = quicksight_dashboard.definition(data_set_arn(settings))
        analysis = self._add("Analysis", quicksight_dashboard.NAME, _OWN_ANALYSIS, Definition=definition)
        shown = self._add("Dashboard", quicksight_dashboard.NAME, _READ_DASHBOARD, Definition=definition)
        for resource in (analysis, shown):
            resource.add_resource_dependency(data_set)

    def _role(self) -> iam.Role:
        """Trusted without a condition: nothing says that QuickSight tells for whom it acts."""
        return iam.Role(
            self,
            "Role",
            role_name=self._settings.named(ROLE),
            assumed_by=iam.ServicePrincipal("quicksight.amazonaws.com"),
            inline_policies={"access": document(*_rights(self._settings))},
        )

    def _data_source(self, role: iam.Role) -> CfnResource:
        workgroup = self._settings.named(WORKGROUP)
        return self._add(
            "DataSource",
            "Conciliação: divergências publicadas",
            (),
            Type="ATHENA",
            DataSourceParameters={"AthenaParameters": {"WorkGroup": workgroup, "RoleArn": role.role_arn}},
        )

    def _data_set(self, source: CfnResource) -> CfnResource:
        settings = self._settings
        columns = [("dia", "STRING"), (DATE_COLUMN, "DATETIME")] + [
            (name, _KINDS.get(kind, "DECIMAL")) for name, kind in COLUMNS
        ]
        query = {
            "DataSourceArn": source.get_att("Arn"),
            "Name": TABLE,
            "SqlQuery": _query(settings),
            "Columns": [{"Name": name, "Type": kind} for name, kind in columns],
        }
        window = {"ColumnName": DATE_COLUMN, "Size": DATASET_LOOKBACK_DAYS, "SizeUnit": "DAY"}
        return self._add(
            "DataSet",
            settings.named(DATA_SET),
            _READ_DATA_SET,
            ImportMode="SPICE",
            # else the deployment waits up to 36 hours for an import, and falls with it
            IngestionWaitPolicy={"WaitForSpiceIngestion": False},
            PhysicalTableMap={TABLE: {"CustomSql": query}},
            DataSetRefreshProperties={
                "RefreshConfiguration": {"IncrementalRefresh": {"LookbackWindow": window}}
            },
        )

    def _add(self, kind: str, name: str, granted: tuple[str, ...], **properties: Any) -> CfnResource:
        identity = DATA_SET if kind == "DataSet" else f"reconciliation-{kind.lower()}"
        people = [
            {
                "Principal": _principal(self._settings),
                "Actions": [f"quicksight:{action}" for action in granted],
            }
        ]
        return CfnResource(
            self,
            kind,
            type=f"AWS::QuickSight::{kind}",
            properties={
                "AwsAccountId": Aws.ACCOUNT_ID,
                f"{kind}Id": self._settings.named(identity),
                "Name": name,
                **properties,
                **({"Permissions": people} if granted else {}),
            },
        )


def _rights(settings: Settings) -> list[iam.PolicyStatement]:
    """Query the one table. Besides what any query needs: all that Athena's driver looks at before."""
    return [
        *query_table(settings),
        allow(
            *("athena:BatchGetQueryExecution", "athena:GetQueryResultsStream", "athena:GetWorkGroup"),
            on=workgroup_arns(settings),
        ),
        allow(
            *("athena:GetDataCatalog", "athena:GetDatabase", "athena:GetTableMetadata"),
            *("athena:ListDatabases", "athena:ListTableMetadata"),
            on=regional("athena", "datacatalog/AwsDataCatalog"),
        ),
        read(*under(layout.day_folder(settings.bucket("output"), ANY_DAY))),
        use_key_of(settings.named(KEY_ALIAS)),
    ]


def _query(settings: Settings) -> str:
    """The newest days, as far back as the dashboard shows: SPICE is paid by size."""
    columns = ", ".join(name for name, _ in COLUMNS)
    oldest = f"date_format(current_date - interval '{settings.quicksight_days}' day, '%Y-%m-%d')"
    date_of_day = f"date_parse(dia, '%Y-%m-%d') AS {DATE_COLUMN}"
    table = f'"{database_name(settings)}"."{TABLE}"'
    return f"SELECT dia, {date_of_day}, {columns} FROM {table} WHERE dia >= {oldest}"  # noqa: S608 - our own names


def _principal(settings: Settings) -> str:
    """`group/default/NAME` is one of this account, in the region where its users live."""
    given, region = settings.quicksight_principal, settings.identity_region
    return given if given.startswith("arn:") else f"arn:aws:quicksight:{region}:{Aws.ACCOUNT_ID}:{given}"
