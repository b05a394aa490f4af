"""`reconciliation-db` created or imported, and the secret of the user that reads it."""

import json

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.grants import secrets
from infra.names import INSTANCE, SECRET
from infra.network import Network
from infra.settings import Settings
from infra.surroundings import port_of

MASTER_USER = "recon_owner"
"""At most 16 letters, since MySQL on RDS takes no more."""
_VERSIONS = {"postgres": "16.15", "mysql": "8.4.11"}
"""The newest minors of majors in standard support; a test compares with the linter's list."""
_SLOW_QUERIES = {
    "postgres": {"shared_preload_libraries": "pg_stat_statements", "rds.force_ssl": "1"},
    "mysql": {
        "slow_query_log": "1",
        "long_query_time": "1",
        "log_output": "FILE",  # RDS exports files alone, and its default is a table
        "require_secure_transport": "1",
    },
}
_ROTATED = "cron(0 3 1 * ? *)"
"""The month's first day, 00:00 to 02:00 in America/Sao_Paulo: no file comes then."""
_LOGS = {"postgres": ["postgresql", "upgrade"], "mysql": ["error", "slowquery"]}


class Database(Construct):
    """Its secret is the reading user's; RDS keeps the owner's password in a secret of its own."""

    def __init__(
        self, scope: Construct, construct_id: str, settings: Settings, network: Network, key: kms.IKey
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._network = network
        self.secret_name = settings.named(SECRET)
        self.owner_secret_arn = ""
        self.place: dict[str, str] = {}
        """A created one's, as the stack knows it; the secret has what people and the rotation wrote."""
        if settings.creates_database:
            self._group: ec2.ISecurityGroup = ec2.SecurityGroup(
                self, "Group", vpc=network.vpc, description="Database", allow_all_outbound=False
            )
            self.place = self._create(network, self._group, key)
        else:
            self._group = ec2.SecurityGroup.from_security_group_id(
                self, "Group", settings.database_security_group_id
            )
        for opened in sorted({settings.port, port_of(settings.read_endpoint) or settings.port}):
            network.allow_database(self._group, opened)
        self.group_id = self._group.security_group_id
        self._add_secret(key)

    def rotate(self, function: lambda_.Function) -> None:
        """A new password every month, by that function; the first one is that of the secret's first value.

        An imported database's secret has none yet: the function takes that for nothing to do.
        """
        permission = lambda_.CfnPermission(
            self,
            "SecretsManagerMayRotate",
            action="lambda:InvokeFunction",
            function_name=function.function_arn,
            principal="secretsmanager.amazonaws.com",
            source_account=Aws.ACCOUNT_ID,
            source_arn=secrets(self.secret_name)[0].replace("??????", "*"),
        )
        schedule = secretsmanager.CfnRotationSchedule(
            self,
            "Rotation",
            secret_id=self._secret.ref,
            rotation_lambda_arn=function.function_arn,
            rotate_immediately_on_update=False,
            rotation_rules=secretsmanager.CfnRotationSchedule.RotationRulesProperty(
                schedule_expression=_ROTATED, duration="2h"
            ),
        )
        # Secrets Manager tries the call at once, and the function its way to Secrets Manager and the database
        schedule.node.add_dependency(function, permission, self._network, self._group)

    def _create(self, network: Network, group: ec2.ISecurityGroup, key: kms.IKey) -> dict[str, str]:
        """Its `place`."""
        settings = self._settings
        version = settings.engine_version or _VERSIONS[settings.engine]
        subnets, parameters = self._surroundings(network, version)
        instance = rds.CfnDBInstance(
            self,
            "Instance",
            db_instance_identifier=settings.named(INSTANCE),
            engine=settings.engine,
            engine_version=version,
            # by default RDS enrols, and bills by vCPU once the major is past its standard support
            engine_lifecycle_support="open-source-rds-extended-support-disabled",
            db_instance_class=settings.instance_class,
            allocated_storage=str(settings.storage_gb),
            storage_type="gp3",
            storage_encrypted=True,
            kms_key_id=key.key_arn,
            db_name=settings.database_name,
            port=str(settings.port),
            master_username=MASTER_USER,
            manage_master_user_password=True,
            multi_az=settings.multi_az,
            publicly_accessible=False,
            db_subnet_group_name=subnets.ref,
            db_parameter_group_name=parameters.ref,
            vpc_security_groups=[group.security_group_id],
            backup_retention_period=7,
            copy_tags_to_snapshot=True,
            deletion_protection=settings.protects_database,
            enable_cloudwatch_logs_exports=_LOGS[settings.engine],
        )
        removal = RemovalPolicy.DESTROY if settings.remove_data else RemovalPolicy.SNAPSHOT
        instance.apply_removal_policy(removal)
        self.owner_secret_arn = instance.attr_master_user_secret_secret_arn
        return {
            "engine": settings.engine,
            "host": instance.attr_endpoint_address,
            "port": instance.attr_endpoint_port,
            "dbname": settings.database_name,
        }

    def _surroundings(
        self, network: Network, version: str
    ) -> tuple[rds.CfnDBSubnetGroup, rds.CfnDBParameterGroup]:
        engine = self._settings.engine
        subnets = rds.CfnDBSubnetGroup(
            self,
            "Subnets",
            db_subnet_group_description="Isolated subnets of the reconciliation",
            subnet_ids=[subnet.subnet_id for subnet in network.subnets],
        )
        parameters = rds.CfnDBParameterGroup(
            self,
            "Parameters",
            description="Slow queries are visible, connections are encrypted",
            family=_family(engine, version),
            parameters=_SLOW_QUERIES[engine],
        )
        return subnets, parameters

    def _add_secret(self, key: kms.IKey) -> None:
        """`{engine, host, port, dbname, username, password}`; the engine selects the jobs' SQL dialect.

        An imported database's has no value until a person puts it. What CloudFormation generated, it
        generates anew where a word of the template changes (cloudformation-coverage-roadmap#2210): what a
        person put would be lost.
        """
        self._secret = secretsmanager.CfnSecret(
            self,
            "Secret",
            name=self.secret_name,
            description="The jobs' user of the transactions database; may only SELECT",
            kms_key_id=key.key_arn,
            generate_secret_string=self._first_value() if self._settings.creates_database else None,
        )

    def _first_value(self) -> secretsmanager.CfnSecret.GenerateSecretStringProperty:
        """Of which any change, of a blank too, is another password: `trocar_senha` gives it to the reader."""
        settings = self._settings
        known = {
            "engine": settings.engine,
            "host": self.place["host"],
            "port": settings.port,
            "dbname": settings.database_name,
            "username": settings.database_user,
        }
        return secretsmanager.CfnSecret.GenerateSecretStringProperty(
            secret_string_template=json.dumps(known),
            generate_string_key="password",
            password_length=32,
            exclude_punctuation=True,
        )


def _family(engine: str, version: str) -> str:
    """RDS's name for a version's parameters: postgres16, mysql8.0."""
    parts = version.split(".")
    return f"mysql{parts[0]}.{parts[1]}" if engine == "mysql" else f"postgres{parts[0]}"
