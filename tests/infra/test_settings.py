"""An impossible setting fails at synth with one sentence that names it."""

from typing import Any

import pytest

from infra.settings import Settings, SettingsError

IMPORTED = {
    "database": "import",
    "database_host": "db.internal",
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-1"],
    "availability_zones": ["sa-east-1a"],
    "database_security_group_id": "sg-1",
}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"engine": "oracle"}, "engine 'oracle': write one of postgres, mysql."),
        ({"suffix": "-Dev"}, "suffix '-Dev': write a hyphen and at most 19 lowercase letters and digits."),
        ({"deadline_s": 1201}, "deadline_s 1201: write 1 to 1200 seconds."),
        ({"deadline_s": "soon"}, "deadline_s 'soon' is not a int."),
        ({"workers": 1}, "workers 1: write 2 to 50."),
        ({"worker_type": "G.9X"}, "worker_type 'G.9X': write one of G.1X, G.2X, G.4X."),
        ({"log_retention_days": 2}, "log_retention_days 2: CloudWatch knows"),
        ({"email_business": "nobody"}, "email_business 'nobody' is not an e-mail address."),
        ({"region": "Brazil"}, "region 'Brazil' is not an AWS region such as sa-east-1."),
        ({"database_ca": "absent.pem"}, "database_ca 'absent.pem' is not a file."),
        ({"database": "copy"}, "database 'copy': write create or import."),
        ({**IMPORTED, "subnet_ids": []}, "subnet_ids is missing: an imported database needs it."),
        ({**IMPORTED, "availability_zones": ["a", "b"]}, "availability_zones must name one zone for each"),
        ({"rules": {"max_lines": 0}}, "rules: "),
        ({"sufix": "-dev"}, "There is no setting 'sufix'"),
    ],
)
def test_impossible_settings_are_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_context(given)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_texts_of_the_command_line_are_typed() -> None:
    settings = Settings.from_context(
        {"multi_az": "false", "workers": "20", "availability_zones": "a,b", "aws:cdk:enable": True}
    )
    assert (settings.multi_az, settings.workers, settings.availability_zones) == (False, 20, ("a", "b"))


def test_the_engine_chooses_the_port() -> None:
    assert Settings(engine="mysql").port == 3306
    assert Settings(database_port=6000).port == 6000
