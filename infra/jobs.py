"""The three Glue jobs, their role and what they bring with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import AssetStaging, FileAssetLocation, FileAssetPackaging, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from infra.grants import document, object_arn
from infra.network import Network
from infra.packaging import Sources
from infra.settings import Settings
from reconciliation.run import DEADLINE_MAX_S, RANGES


@dataclass(frozen=True)
class JobSpec:
    """A job: its name, its script in `glue_jobs/`, and which of the stack's arguments it gets by default."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()


VALIDATION = JobSpec("reconciliation-validation-job", "validation_job", ("--checkpoints_bucket",))
RECONCILIATION = JobSpec(
    "reconciliation-job", "reconciliation_job", ("--secret_id", "--checkpoints_bucket", "--output_bucket")
)
OUTPUT = JobSpec(
    "reconciliation-output-job",
    "output_job",
    ("--checkpoints_bucket", "--intermediate_bucket", "--output_bucket"),
)
JOBS = (VALIDATION, RECONCILIATION, OUTPUT)

DATABASE_CA, READ_ENDPOINT = "--database_ca", "--read_endpoint"
"""Given where the settings of these names are."""

ROLE = "ReconciliationGlueRole"


class Jobs(Construct):
    """`database_ca` is the CA bundle's address, "" for none; the role's rights are given by the stack."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        settings: Settings,
        *,
        sources: Sources,
        network: Network,
        arguments: dict[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        glue_service = iam.ServicePrincipal("glue.amazonaws.com")
        self.role = iam.Role(self, "Role", role_name=settings.named(ROLE), assumed_by=glue_service)
        self._connections = [self._connect(network, place) for place in range(len(network.subnets))]
        shared_code = self._asset("Code", sources.packages.jobs)
        self._common = {
            "--extra-py-files": shared_code.s3_object_url,
            "--python-modules-installer-option": "--no-index",
            "--job-language": "python",
            "--aws_region": settings.region,
        }
        scripts = {
            spec: self._asset(spec.module, sources.root / "glue_jobs" / f"{spec.module}.py") for spec in JOBS
        }
        trusted = [self._asset("DatabaseCa", Path(settings.database_ca))] if settings.database_ca else []
        self.database_ca = trusted[0].s3_object_url if trusted else ""
        self.database_ca_arns = [object_arn(asset) for asset in trusted]
        wheels = {spec: self._wheels(spec, sources.packages.wheels[spec.module]) for spec in JOBS}
        for spec, script in scripts.items():
            given = {name: arguments[name] for name in spec.arguments}
            given["--additional-python-modules"] = wheels[spec].s3_object_url
            self._job(spec, script, given | self._of_base(spec))
        self.asset_arns = [
            *(object_arn(asset) for asset in (shared_code, *scripts.values(), *trusted)),
            *(f"arn:aws:s3:::{found.bucket_name}/{found.object_key}" for found in wheels.values()),
        ]

    def _of_base(self, spec: JobSpec) -> dict[str, str]:
        """What the one job that reads the base is told of it, where the settings say it."""
        known = {DATABASE_CA: self.database_ca, READ_ENDPOINT: self._settings.read_endpoint}
        return {name: value for name, value in known.items() if value and spec is RECONCILIATION}

    def name(self, spec: JobSpec) -> str:
        return self._settings.named(spec.name)

    def grant(self, inline: Mapping[str, list[iam.PolicyStatement]]) -> None:
        """The role's inline policies, under these names."""
        role = self.role.node.default_child
        assert isinstance(role, iam.CfnRole)
        role.policies = [
            iam.CfnRole.PolicyProperty(policy_name=name, policy_document=document(*statements))
            for name, statements in inline.items()
        ]

    @property
    def connection_names(self) -> list[str]:
        return [self._connection_name(place) for place in range(len(self._connections))]

    def _connection_name(self, place: int) -> str:
        return self._settings.named(f"reconciliation-network{f'-{place + 1}' if place else ''}")

    def _job(self, spec: JobSpec, script: assets.Asset, arguments: dict[str, str]) -> None:
        settings = self._settings
        glue.CfnJob(
            self,
            spec.module.title().replace("_", ""),
            name=self.name(spec),
            role=self.role.role_arn,
            glue_version="5.1",
            command=glue.CfnJob.JobCommandProperty(
                name="glueetl", python_version="3", script_location=script.s3_object_url
            ),
            worker_type=settings.worker_type,
            number_of_workers=RANGES["workers"][0],  # of a run by hand; the machine says how many
            timeout=-(-DEADLINE_MAX_S // 60),  # minutes: a run that all forget dies by itself
            max_retries=0,
            execution_property=glue.CfnJob.ExecutionPropertyProperty(
                max_concurrent_runs=settings.max_concurrent_runs
            ),
            connections=glue.CfnJob.ConnectionsListProperty(
                connections=[each.ref for each in self._connections]
            ),
            default_arguments={**self._common, **arguments},
        )

    def _connect(self, network: Network, place: int) -> glue.CfnConnection:
        """One for each subnet: a run is in one zone, that of the first in the job's list that Glue finds fit.

        Fit is one in a healthy zone, with free addresses and a way to S3 (glue-troubleshooting-errors.html,
        failover between VPCs).
        """
        subnet = network.subnets[place]
        return glue.CfnConnection(
            self,
            f"Connection{place + 1 if place else ''}",
            catalog_id=Stack.of(self).account,
            connection_input=glue.CfnConnection.ConnectionInputProperty(
                name=self._connection_name(place),
                connection_type="NETWORK",
                connection_properties={},
                physical_connection_requirements=glue.CfnConnection.PhysicalConnectionRequirementsProperty(
                    availability_zone=subnet.availability_zone,
                    subnet_id=subnet.subnet_id,
                    security_group_id_list=[network.glue_group.security_group_id],
                ),
            ),
        )

    def _asset(self, construct_id: str, path: Path) -> assets.Asset:
        return assets.Asset(self, construct_id, path=str(path))

    def _wheels(self, spec: JobSpec, path: Path) -> FileAssetLocation:
        """Where they are. An `Asset` would keep only `.zip` of the suffix by which Glue knows them."""
        staging = AssetStaging(self, f"Wheels_{spec.module}", source_path=str(path))
        return Stack.of(self).synthesizer.add_file_asset(
            source_hash=f"{staging.asset_hash}.gluewheels",
            file_name=staging.relative_staged_path(Stack.of(self)),
            packaging=FileAssetPackaging.FILE,
        )
