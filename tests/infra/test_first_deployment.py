"""What AWS would refuse at the first deployment, or at its repetition, and the emulation takes."""

import json
import re

from tests.infra.template import Template


def test_each_log_groups_arn_ends_in_one_star(template: Template) -> None:
    """Of all but one: the jobs' rights name Glue's groups by their beginning.

    `GetAtt Arn` has its star already, and the CDK adds another to an ARN it is given; Step Functions wants
    exactly one (aws-cloudformation/cloudformation-coverage-roadmap#206, aws/aws-cdk#8137).
    """
    texts = json.dumps(template.resolved)
    arns = set(re.findall(r'arn:aws:logs:[^"]*:log-group:([^"]+)', texts)) - {"/aws-glue/*"}
    assert "{/aws/vendedlogs/states/reconciliation-state-machine}:*" in arns
    assert [arn for arn in arns if not re.fullmatch(r"[^:]+:\*", arn)] == []
