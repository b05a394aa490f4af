"""The template's database: its own or an imported one, its passwords, and who reaches it."""

import json
from typing import Any

from reconciliation.access.preparing import MAKING
from tests.infra.conftest import Synth
from tests.infra.template import IMPORTED, Template


def test_a_replica_is_reached_at_its_own_port(synth: Synth) -> None:
    """The jobs' group lets out what its rules name, and nothing else."""
    for endpoint, ports in (("replica.example:6432", {5432, 6432}), ("replica.example", {5432})):
        template = synth(**IMPORTED, read_endpoint=endpoint)
        for kind in ("AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress"):
            rules = [
                rule
                for rule in template.of(kind).values()
                if IMPORTED["database_security_group_id"] in rule.values()
            ]
            assert {(rule["FromPort"], rule["ToPort"]) for rule in rules} == {(port, port) for port in ports}


def test_an_imported_database_is_reached_in_its_own_network(synth: Synth) -> None:
    template = synth(**IMPORTED, engine="mysql")
    for kind in ("AWS::RDS::DBInstance", "AWS::EC2::VPC", "AWS::EC2::VPCEndpoint"):
        assert template.of(kind) == {}
    assert "reconciliation-prepare-base" not in template.of("AWS::Lambda::Function"), "its owner is theirs"
    ingress: list[Any] = list(template.of("AWS::EC2::SecurityGroupIngress").values())
    assert ("sg-0123456789abcdef0", "{glue-sg}", 3306) in {
        (item["GroupId"], item["SourceSecurityGroupId"], item["FromPort"]) for item in ingress
    }


def test_no_setting_touches_the_password_that_a_person_put(synth: Synth) -> None:
    """CloudFormation generates a secret's value anew with each change of what it generates it from."""
    secrets = [
        synth(**IMPORTED, **given).of("AWS::SecretsManager::Secret")["reconciliation-rds-credentials"]
        for given in ({}, {"engine": "mysql"}, {"database_port": 6000}, {"read_endpoint": "replica"})
    ]
    assert [one for one in secrets if one != secrets[0]] == []
    assert {"GenerateSecretString", "SecretString"} & set(secrets[0]) == set()


def test_a_deployment_leaves_the_password_that_it_made_up_as_it_is(template: Template) -> None:
    """To the letter: a blank more, and the secret has a password that the base does not know."""
    secret = template.of("AWS::SecretsManager::Secret")["reconciliation-rds-credentials"]
    assert secret["GenerateSecretString"] == {
        "SecretStringTemplate": '{"engine": "postgres", "host": "{reconciliation-db}",'
        ' "port": 5432, "dbname": "conciliacao", "username": "reconciliation_reader"}',
        "GenerateStringKey": "password",
        "PasswordLength": 32,
        "ExcludePunctuation": True,
    }


def test_slow_queries_are_seen_and_connections_encrypted(template: Template) -> None:
    """Runbook 2.3."""
    (parameters,) = template.of("AWS::RDS::DBParameterGroup").values()
    assert (parameters["Family"], parameters["Parameters"]) == (
        "postgres16",
        {"shared_preload_libraries": "pg_stat_statements", "rds.force_ssl": "1"},
    )
    database = template.of("AWS::RDS::DBInstance")["reconciliation-db"]
    assert (database["StorageEncrypted"], database["PubliclyAccessible"]) == (True, False)


def test_the_readers_password_rotates_but_not_before_there_is_a_reader(template: Template) -> None:
    (schedule,) = template.of("AWS::SecretsManager::RotationSchedule").values()
    assert schedule["RotationLambdaARN"] == "{reconciliation-rotate-secret}"
    assert schedule["RotateImmediatelyOnUpdate"] is False
    allowed = {item["Principal"]: item for item in template.of("AWS::Lambda::Permission").values()}
    assert allowed["secretsmanager.amazonaws.com"]["FunctionName"] == "{reconciliation-rotate-secret}"


def test_the_base_is_prepared_from_where_the_jobs_read(template: Template) -> None:
    """As the owner, whose secret RDS makes; an index of a large table takes its time."""
    functions = template.of("AWS::Lambda::Function")
    prepares, checks = functions["reconciliation-prepare-base"], functions["test-rds-connection"]
    assert prepares["VpcConfig"] == checks["VpcConfig"]
    an_index_and_its_remains = MAKING.query_timeout_s + 2 * MAKING.lock_timeout_s
    assert prepares["Timeout"] == 900 > 2 * an_index_and_its_remains + 90, "and the rest"
    place = json.loads(prepares["Environment"]["Variables"]["DATABASE"])
    assert (place["engine"], place["dbname"]) == ("postgres", "conciliacao")
    assert (place["host"], place["port"]) == ("{reconciliation-db}", "{reconciliation-db}")
    assert prepares["Environment"]["Variables"]["OWNER_SECRET_ID"] == "{reconciliation-db}"
    (raw,) = (
        item["Properties"]["Environment"]["Variables"]["OWNER_SECRET_ID"]
        for item in template.raw["Resources"].values()
        if item.get("Properties", {}).get("FunctionName") == "reconciliation-prepare-base"
    )
    assert raw["Fn::GetAtt"][1] == "MasterUserSecret.SecretArn"


def test_mysql_can_be_created(synth: Synth) -> None:
    template = synth(engine="mysql")
    (parameters,) = template.of("AWS::RDS::DBParameterGroup").values()
    assert parameters["Family"] == "mysql8.4"
    given = parameters["Parameters"]
    assert (given["slow_query_log"], given["log_output"]) == ("1", "FILE")  # else nothing is exported
