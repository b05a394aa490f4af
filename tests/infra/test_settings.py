"""An impossible setting fails at synth with one sentence that names it."""

from typing import Any

import pytest

from infra.context import SettingsError, pairs
from infra.settings import Settings
from tests.infra.template import IMPORTED, NETWORK


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"engine": "oracle"}, "engine 'oracle': write one of postgres, mysql."),
        ({"suffix": "-Dev"}, "suffix '-Dev': write a hyphen and at most 19 lowercase letters and digits."),
        ({"deadline_s": 1201}, "deadline_s 1201: write 1 to 1200 seconds."),
        ({"deadline_s": "soon"}, "deadline_s 'soon' is not a whole number."),
        ({"workers": True}, "workers True is not a whole number."),
        ({"multi_az": "perhaps"}, "multi_az 'perhaps' is not true or false."),
        ({"suffix": 5}, "suffix 5 is not a text."),
        ({"rules": "{"}, "rules '{' is not JSON."),
        ({"rules": "[1]"}, "rules '[1]' is not JSON."),
        ({"expected_by": "8h"}, "expected_by '8h': write HH:MM, or days and HH:MM as in mon-thu 08:00; the"),
        ({"expected_by": "24:00"}, "expected_by '24:00': write HH:MM, or days"),
        ({"expected_by": "seg 08:00"}, "expected_by 'seg 08:00': write HH:MM, or days"),
        ({"expected_by": "fri-mon 08:00"}, "expected_by 'fri-mon 08:00': write HH:MM, or days"),
        ({"expected_by": "08:00,wed 09:00"}, "expected_by 'wed 09:00': wed has another hour already."),
        ({"checked_at": "9h"}, "checked_at '9h': write HH:MM, e.g. 08:00."),
        ({"holidays": "brazil"}, "holidays 'brazil': write one of banks, b3, none."),
        ({"days_off": "2026-02-30"}, "days_off '2026-02-30' is not a date such as 2026-12-24."),
        ({"days_off": ["2026-12-24"] * 51}, "days_off: write at most 50 dates."),
        ({"days_on": "24/12/2026"}, "days_on '24/12/2026' is not a date such as 2026-12-24."),
        ({"days_on": "2026-11-21"}, "days_on 2026-11-21 is a sat, for which expected_by has no hour."),
        (
            {"days_on": "2026-11-20", "days_off": "2026-11-20"},
            "days_on 2026-11-20: it is in days_off too.",
        ),
        ({"engine_version": "8"}, "engine_version '8': write a version such as 16.15 or 8.4.11."),
        (
            {"database_name": "a-b"},
            "database_name 'a-b': postgres takes a letter, and at most 62 letters, digits",
        ),
        (
            {"engine": "mysql", "database_user": "r" * 33},
            f"database_user '{'r' * 33}': mysql takes a letter, and at",
        ),
        ({"quicksight_principal": "anybody"}, "quicksight_principal 'anybody': write group/default/NAME"),
        (
            {"vpc_id": "vpc-0123456789abcdef0"},
            "subnet_ids and vpc_id: write both of a network that is there, or",
        ),
        ({"workers": 1}, "workers 1: write 2 to 50."),
        ({"worker_type": "G.9X"}, "worker_type 'G.9X': write one of G.1X, G.2X, G.4X."),
        ({"log_retention_days": 2}, "log_retention_days 2: CloudWatch knows"),
        ({"supplier_contact": "Bia | Ana"}, "supplier_contact 'Bia | Ana': write one line of at most 200"),
        ({"email_board": "nobody"}, "email_board 'nobody' is not an e-mail address; nobody is told where it"),
        (
            {"email_board": "po-conciliacao@empresa.com"},
            "email_board 'po-conciliacao@empresa.com' is told as",
        ),
        ({"response_minutes": {"2.3": 0}}, "response_minutes '2.3': 0: write 1 to 1440 for one of 2.1, 2.2,"),
        ({"response_minutes": {"3": 5}}, "response_minutes '3': 5: write 1 to 1440 for one of 2.1, 2.2,"),
        ({"response_minutes": {"2.1": True}}, "response_minutes '2.1': True: write 1 to 1440"),
        ({"email_business": "nobody"}, "email_business 'nobody' is not an e-mail address."),
        ({"region": "Brazil"}, "region 'Brazil' is not an AWS region such as sa-east-1."),
        ({"quicksight_identity_region": "x"}, "quicksight_identity_region 'x' is not an AWS region such as"),
        ({"read_endpoint": "a b"}, "read_endpoint 'a b': write a host name, or host:port."),
        ({"read_endpoint": "replica:65536"}, "read_endpoint 'replica:65536': write a host name, or"),
        ({"read_endpoint": "replica:0"}, "read_endpoint 'replica:0': write a host name, or host:port."),
        ({**IMPORTED, "database_host": "db.internal"}, "There is no setting 'database_host'"),
        ({**IMPORTED, "database_user": "joe"}, "database_user: an imported database's is in its secret"),
        ({**IMPORTED, "database_name": "other"}, "database_name: an imported database's is in its secret"),
        (
            {**IMPORTED, "database_security_group_id": ""},
            "database_security_group_id is missing: an imported",
        ),
        ({"read_endpoint": "2001:db8::1"}, "read_endpoint '2001:db8::1': write a host name, or host:port."),
        ({"database_ca": "absent.pem"}, "database_ca 'absent.pem' is not a file of certificates"),
        ({"database_ca": __file__}, f"database_ca {__file__!r} is not a file of certificates"),
        ({"database": "copy"}, "database 'copy': write create or import."),
        ({**IMPORTED, "subnet_ids": []}, "subnet_ids and vpc_id: write both of a network that is there,"),
        (
            {**IMPORTED, "vpc_id": ""},
            "vpc_id is missing: an imported database is reached in its own network.",
        ),
        (
            {**NETWORK, "availability_zones": ["a", "a"]},
            "availability_zones: RDS creates a database only where",
        ),
        ({**NETWORK, "subnet_ids": ["a", "b"]}, "'a' is not an id such as subnet-0123456789abcdef0."),
        ({"suffix": "-piloto"}, "suffix '-piloto': its last part has six characters"),
        (
            {"database_security_group_id": "sg-01234567"},
            "database_security_group_id is of an imported database:",
        ),
        ({"database_port": 1000}, "database_port 1000: write 1150 to 65535, or 0."),
        ({"storage_gb": 10}, "storage_gb 10: write 20 to 65536."),
        ({**IMPORTED, "availability_zones": ["a"]}, "availability_zones must name one zone for each"),
        ({"rules": {"max_lines": 0}}, "rules: max_lines: 1 to 100000000."),
        ({"rules": {"partition_lines": 1}}, "rules: partition_lines: 1000 to 10000000."),
        ({"rules": {"abnormal_rate_percent": -1}}, "rules: abnormal_rate_percent: 0 to 100."),
        ({"sufix": "-dev"}, "There is no setting 'sufix'"),
        ({"email_business": "a@b.example remove_data"}, "email_business 'a@b.example remove_data' is not an"),
    ],
)
def test_impossible_settings_are_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_context(given)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "given",
    [
        {"read_endpoint": "replica_1.corp.internal"},
        {"read_endpoint": "replica_1.corp.internal:5433"},
    ],
)
def test_a_host_is_whatever_a_driver_connects_to(given: dict[str, Any]) -> None:
    settings = Settings.from_context(given)
    assert {name: getattr(settings, name) for name in given} == given


def test_texts_of_the_command_line_are_typed() -> None:
    settings = Settings.from_context(
        {"multi_az": "false", "workers": "20", "rules": '{"max_lines": 5}', "aws:cdk:enable": True}
    )
    assert (settings.multi_az, settings.workers, settings.rules) == (False, 20, {"max_lines": 5})


def test_a_list_of_the_command_line_is_split_at_its_commas() -> None:
    settings = Settings.from_context(
        {**NETWORK, "subnet_ids": "subnet-00000001,subnet-00000002", "availability_zones": "c,d"}
    )
    assert (settings.subnet_ids, settings.availability_zones) == (
        ("subnet-00000001", "subnet-00000002"),
        ("c", "d"),
    )


def test_the_engine_chooses_the_port() -> None:
    assert Settings(engine="mysql").port == 3306
    assert Settings(database_port=6000).port == 6000


def test_settings_are_words_of_one_text_or_of_several() -> None:
    assert pairs(["suffix=-dev\n rules={\"max_lines\": 5}  expected_by= ", "", "multi_az=false"]) == [
        "suffix=-dev", 'rules={"max_lines": 5}', "expected_by=", "multi_az=false",
    ]  # fmt: skip
    with pytest.raises(SettingsError, match=r"^'remove_data' is no setting: write"):
        pairs(["remove_data suffix=-dev"])
