"""QuickSight over Athena's tables, a stack of its own: data source, datasets, analysis and dashboard.

It knows the main stack's parts by name alone, and the main one it by its datasets' names: neither holds up
the other's update. Whether there is one at all is a parameter of the main stack, whose template is the same
either way.

Written in the API's own terms, as they stand in the template: docs and `describe-…-definition` read the same.
"""

from typing import Any

from aws_cdk import Aws, CfnResource, Environment, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra import quicksight_dashboard, quicksight_data
from infra.analytics import query_tables, workgroup_arns
from infra.grants import allow, document, read, regional, under, use_key_of
from infra.names import WORKGROUP
from infra.quicksight_data import DATE_COLUMN, DataSet
from infra.settings import QUICKSIGHT_STACK, Settings
from infra.storage import KEY_ALIAS
from reconciliation import layout
from reconciliation.contract import TIME_ZONE
from reconciliation.deployment import DATASET, DAYS_DATASET
from reconciliation.layout import ANY_DAY

ROLE = "reconciliation-quicksight"
_WEEKLY = {
    "Interval": "WEEKLY",
    "RefreshOnDay": {"DayOfWeek": "SUNDAY"},
    "TimeOfTheDay": "03:00",
    "TimeZone": TIME_ZONE,
}
"""A whole copy: one in part leaves rows that are older than its window (QuickSight's guide, "Refreshing SPICE
data"), also those that a reprocessing took away, or that are too old for the dashboard."""
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


def data_set_arns(settings: Settings) -> list[str]:
    return regional("quicksight", *(f"dataset/{settings.named(name)}" for name in (DATASET, DAYS_DATASET)))


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
        copied = [self._data_set(source, each) for each in quicksight_data.data_sets(settings)]
        definition = quicksight_dashboard.definition(*data_set_arns(settings))
        analysis = self._add("Analysis", quicksight_dashboard.NAME, _OWN_ANALYSIS, Definition=definition)
        shown = self._add("Dashboard", quicksight_dashboard.NAME, _READ_DASHBOARD, Definition=definition)
        for resource in (analysis, shown):
            for data_set in copied:
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

    def _data_set(self, source: CfnResource, given: DataSet) -> CfnResource:
        query = {
            "DataSourceArn": source.get_att("Arn"),
            "Name": given.name,
            "SqlQuery": given.query,
            "Columns": [{"Name": column.name, "Type": column.kind} for column in given.columns],
        }
        data_set = self._add(
            "DataSet",
            self._settings.named(given.name),
            _READ_DATA_SET,
            identity=given.name,
            ImportMode="SPICE",
            # else the deployment waits up to 36 hours for an import, and falls with it
            IngestionWaitPolicy={"WaitForSpiceIngestion": False},
            PhysicalTableMap={given.name: {"CustomSql": query}},
            **_refreshed_by(given),
        )
        schedule = CfnResource(
            self,
            _id_of("RefreshSchedule", given.name),
            type="AWS::QuickSight::RefreshSchedule",
            properties={
                "AwsAccountId": Aws.ACCOUNT_ID,
                "DataSetId": self._settings.named(given.name),
                "Schedule": {
                    "ScheduleId": "weekly",
                    "RefreshType": "FULL_REFRESH",
                    "ScheduleFrequency": _WEEKLY,
                },
            },
        )
        schedule.add_resource_dependency(data_set)
        return data_set

    def _add(
        self, kind: str, name: str, granted: tuple[str, ...], identity: str = "", **properties: Any
    ) -> CfnResource:
        identity = identity or f"reconciliation-{kind.lower()}"
        people = [
            {
                "Principal": _principal(self._settings),
                "Actions": [f"quicksight:{action}" for action in granted],
            }
        ]
        return CfnResource(
            self,
            _id_of(kind, identity),
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
    """Query the two tables. Besides what any query needs: all that Athena's driver looks at before."""
    output = settings.bucket("output")
    return [
        *query_tables(settings),
        allow(
            *("athena:BatchGetQueryExecution", "athena:GetQueryResultsStream", "athena:GetWorkGroup"),
            on=workgroup_arns(settings),
        ),
        allow(
            *("athena:GetDataCatalog", "athena:GetDatabase", "athena:GetTableMetadata"),
            *("athena:ListDatabases", "athena:ListTableMetadata"),
            on=regional("athena", "datacatalog/AwsDataCatalog"),
        ),
        read(*under(layout.day_folder(output, ANY_DAY), layout.history(output))),
        use_key_of(settings.named(KEY_ALIAS)),
    ]


def _id_of(kind: str, name: str) -> str:
    """The construct's: what was there before there were two keeps its own."""
    return f"Days{kind}" if name == DAYS_DATASET else kind


def _refreshed_by(given: DataSet) -> dict[str, Any]:
    """How it is copied in part, where it is."""
    if given.window_days is None:
        return {}
    window = {"ColumnName": DATE_COLUMN, "Size": given.window_days, "SizeUnit": "DAY"}
    return {
        "DataSetRefreshProperties": {
            "RefreshConfiguration": {"IncrementalRefresh": {"LookbackWindow": window}}
        }
    }


def _principal(settings: Settings) -> str:
    """`group/default/NAME` is one of this account, in the region where its users live."""
    given, region = settings.quicksight_principal, settings.identity_region
    return given if given.startswith("arn:") else f"arn:aws:quicksight:{region}:{Aws.ACCOUNT_ID}:{given}"
