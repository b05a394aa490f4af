"""Where the jobs meet the database: a VPC without internet, or one that is there."""

from aws_cdk import Aws, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.grants import allow, document, write_logs
from infra.settings import Settings

ENDPOINTS = ("secretsmanager", "logs", "monitoring", "glue")
"""What the jobs call beside S3; runbook 2.3 checks these."""

REFUSED_LOGS = "/reconciliation/vpc-refused"


class Network(Construct):
    """The VPC and `glue-sg`, in which the workers of a job speak to each other."""

    def __init__(self, scope: Construct, construct_id: str, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.vpc = self._create() if settings.creates_network else self._import(settings)
        self.subnets = self.vpc.isolated_subnets or self.vpc.private_subnets
        self.glue_group = self._group("GlueGroup", settings.named("glue-sg"), "Glue jobs")
        self._speak_among_themselves()
        if settings.creates_network:
            self._add_endpoints(settings)
            self._log_refusals(settings)
        self.glue_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS by VPC endpoints")

    def allow_database(self, group: ec2.ISecurityGroup, port: int) -> None:
        """Let the jobs reach the database, and the database answer the jobs."""
        self.glue_group.add_egress_rule(group, ec2.Port.tcp(port), "Database")
        group.add_ingress_rule(self.glue_group, ec2.Port.tcp(port), "Glue jobs")

    def _create(self) -> ec2.IVpc:
        return ec2.Vpc(
            self,
            "Vpc",
            max_azs=2,
            nat_gateways=0,
            restrict_default_security_group=False,  # would add a hidden function
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24
                )
            ],
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)
            },
        )

    def _import(self, settings: Settings) -> ec2.IVpc:
        return ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id=settings.vpc_id,
            availability_zones=list(settings.availability_zones),
            isolated_subnet_ids=list(settings.subnet_ids),
        )

    def _group(self, construct_id: str, name: str, description: str) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(
            self,
            construct_id,
            vpc=self.vpc,
            security_group_name=name,
            description=description,
            allow_all_outbound=False,
        )

    def _speak_among_themselves(self) -> None:
        """Glue demands that its group trust itself on all TCP ports."""
        for peer, rule in (
            (self.glue_group, self.glue_group.add_ingress_rule),
            (self.glue_group, self.glue_group.add_egress_rule),
        ):
            rule(peer, ec2.Port.all_tcp(), "Workers of one job")

    def _add_endpoints(self, settings: Settings) -> None:
        group = self._group("EndpointGroup", settings.named("reconciliation-endpoints"), "VPC endpoints")
        group.add_ingress_rule(self.glue_group, ec2.Port.tcp(443), "Glue jobs")
        for service in ENDPOINTS:
            ec2.InterfaceVpcEndpoint(
                self,
                service.capitalize(),
                vpc=self.vpc,
                service=ec2.InterfaceVpcEndpointAwsService(service),
                subnets=ec2.SubnetSelection(subnets=self.subnets),
                security_groups=[group],
                open=False,
            )

    def _log_refusals(self, settings: Settings) -> None:
        """What the groups turned away: the first thing to look at where a connection fails."""
        name = settings.named(REFUSED_LOGS)
        log_group = logs.CfnLogGroup(
            self, "RefusedLogs", log_group_name=name, retention_in_days=settings.log_retention_days
        )
        log_group.apply_removal_policy(RemovalPolicy.DESTROY)
        find = allow("logs:DescribeLogGroups", "logs:DescribeLogStreams", on=["*"])  # as the VPC guide asks
        role = iam.Role(
            self,
            "RefusedRole",
            role_name=settings.named("reconciliation-vpc-refused"),
            assumed_by=iam.ServicePrincipal(
                "vpc-flow-logs.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            ),
            inline_policies={"access": document(write_logs(name), find)},
        )
        ec2.CfnFlowLog(
            self,
            "Refused",
            resource_id=self.vpc.vpc_id,
            resource_type="VPC",
            traffic_type="REJECT",
            log_group_name=log_group.ref,
            deliver_logs_permission_arn=role.role_arn,
        )
