"""CloudFormation: the resource types that moto skips, and the properties that it ignores.

Each type is one function (cloudformation_types.py), what a type of moto's lacks another one
(cloudformation_properties.py). moto finds types among CloudFormationModel's subclasses,
so each gets one; `Ref` and `GetAtt` then answer from what the function made. What becomes of a whole stack is
in cloudformation_stacks.py.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.core.common_models import CloudFormationModel
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.models.subnets import SubnetRouteTableAssociation
from moto.ec2.models.vpcs import VPC, VPCEndPoint
from moto.iam.models import Role
from moto.kms.models import Key
from moto.rds.models import DBInstance
from moto.s3.models import FakeBucket
from moto.stepfunctions.models import StateMachine

from local.aws import cloudformation_stacks, cloudformation_updates, functions, machine, network
from local.aws.cloudformation_properties import (
    configure_bucket,
    fill_definition,
    keep_dead_letter_queue,
    keep_key_policy,
    keep_owners_secret,
    keep_policies,
    keep_protection,
    name_parameter_group,
    with_owners_secret,
)
from local.aws.cloudformation_types import MAKERS, UPDATERS, Made, Maker, Properties

_taught: list[
    type[CloudFormationModel]
] = []  # Python knows a class's subclasses only while somebody holds them


def install() -> None:
    """Before the first stack."""
    cloudformation_stacks.install()
    cloudformation_updates.install()
    _taught.extend(_model(kind, make) for kind, make in MAKERS.items())
    for cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        cached.cache_clear()
    # moto's FakeBucket takes only a bucket's encryption and tags from its properties.
    _after_making(FakeBucket, lambda bucket, properties: configure_bucket(bucket.name, properties))
    # moto's Role keeps its inline policies as no JSON, and an update leaves them as they were.
    _after_making(Role, keep_policies)
    # moto's Key, too.
    _after_making(Key, keep_key_policy)
    # moto's SecurityGroup lets everything out, its VPC has no private DNS, its endpoint's policy is no JSON,
    # and its subnets keep the main route table.
    _after_making(SecurityGroup, network.keep_egress)
    _after_making(VPC, network.keep_dns)
    _after_making(VPCEndPoint, network.keep_policy)
    _after_making(SubnetRouteTableAssociation, network.keep_association)
    # moto's LambdaFunction forgets its dead-letter queue.
    _after_making(LambdaFunction, keep_dead_letter_queue)
    # moto's DBInstance makes its owner's secret only for the API, and tells GetAtt nothing of it.
    _after_making(DBInstance, keep_owners_secret)
    # moto's DBInstance is never protected, and cannot be changed.
    DBInstance.update_from_cloudformation_json = classmethod(_change_database)
    _after_making(DBInstance, keep_protection)
    DBInstance.get_cfn_attribute = with_owners_secret(DBInstance.get_cfn_attribute)
    # moto's LambdaFunction and StateMachine ask nothing of their roles.
    _before_making(LambdaFunction, functions.check_network)
    _before_making(StateMachine, machine.check_log_delivery)
    # moto's StateMachine takes the definition as it stands, with its `${Name}` unfilled.
    _before_making(StateMachine, fill_definition)
    # moto's DBInstance knows its groups by another name than the type has.
    _before_making(DBInstance, network.keep_database_groups)
    # moto's DBParameterGroup has no `physical_resource_id`: DBInstance would get the object.
    _before_making(DBInstance, name_parameter_group)


def put_database_at(host: str, port: int) -> None:
    """The endpoint of whatever instance is made from now on: moto's is a name that leads nowhere."""
    endpoint, own = {"Endpoint.Address": host, "Endpoint.Port": str(port)}, DBInstance.get_cfn_attribute
    DBInstance.get_cfn_attribute = lambda instance, name: endpoint.get(name) or own(instance, name)


class _Resource:
    """What moto asks of one that was made, whatever its type."""

    def __init__(self, made: Made, properties: Properties) -> None:
        self.made = made
        self.properties = deepcopy(properties)
        """Those that it was made from."""

    @property
    def physical_resource_id(self) -> str:
        return self.made.ref

    def get_cfn_attribute(self, name: str) -> str:
        return self.made.attributes[name]

    def delete(self, _account_id: str, _region_name: str) -> None:
        self.made.delete()

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return True


def _model(kind: str, make: Maker) -> type[CloudFormationModel]:
    """moto's model of a type whose resources are made by `make`."""

    class Taught(_Resource, CloudFormationModel):  # type: ignore[misc]
        @staticmethod
        def cloudformation_type() -> str:
            return kind

        @classmethod
        def create_from_cloudformation_json(
            cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
        ) -> Any:
            properties = cloudformation_json["Properties"]
            try:
                return cls(make(properties), properties)
            except Exception as exc:
                raise ValidationError(message=f"{kind}: {exc}") from exc

        @classmethod
        def update_from_cloudformation_json(
            cls,
            original_resource: Any,
            new_resource_name: str,
            cloudformation_json: Any,
            account_id: str,
            region_name: str,
        ) -> Any:
            properties, before = cloudformation_json["Properties"], original_resource.properties
            names = sorted({**before, **properties})
            changed = [name for name in names if before.get(name) != properties.get(name)]
            if kind in UPDATERS:
                original_resource.made = UPDATERS[kind](properties, before)
                original_resource.properties = deepcopy(properties)
            elif changed:
                raise ValidationError(message=f"{kind}: nothing here can change {', '.join(changed)}")
            return original_resource

    return Taught


def _change_database(
    _cls: type[CloudFormationModel], /, original_resource: Any, cloudformation_json: Any, **_: Any
) -> Any:
    """Its protection alone, which `keep_protection` sees to."""
    before, properties = original_resource.made_from, cloudformation_json["Properties"]
    changed = {name for name in {**before, **properties} if before.get(name) != properties.get(name)}
    if changed - {"DeletionProtection"}:
        raise ValidationError(message=f"AWS::RDS::DBInstance: nothing here can change {sorted(changed)}")
    return original_resource


_MAKING = ("create_from_cloudformation_json", "update_from_cloudformation_json")


def _before_making(model: type[CloudFormationModel], change: Callable[[Properties], None]) -> None:
    """`change` works on the properties before moto's own method sees them."""
    for name in _MAKING:
        _wrap(model, name, before=change)


def _after_making(model: type[CloudFormationModel], complete: Callable[[Any, Properties], None]) -> None:
    """`complete` works on the resource that moto's own method answered."""
    for name in _MAKING:
        _wrap(model, name, after=complete)


def _wrap(
    model: type[CloudFormationModel],
    name: str,
    before: Callable[[Properties], None] = lambda _: None,
    after: Callable[[Any, Properties], None] = lambda _resource, _: None,
) -> None:
    own = getattr(model, name).__func__

    def wrapped(cls: type[CloudFormationModel], *args: Any, **kwargs: Any) -> Any:
        document = next(item for item in (*args, *kwargs.values()) if isinstance(item, dict))
        before(document["Properties"])
        resource = own(cls, *args, **kwargs)
        after(resource, document["Properties"])
        return resource

    setattr(model, name, classmethod(wrapped))
