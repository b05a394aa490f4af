"""The switch by which a stack's resource cannot be made: the service `resource` of tests/faults/server.py."""

import json

from tests.faults.stack import Hurt

NAME = "Small"
QUEUES = {f"Queue{number}": {"Type": "AWS::SQS::Queue"} for number in (1, 2, 3)}


def test_the_second_resource_of_a_kind_fails_and_the_repetition_does_not(hurt: Hurt) -> None:
    cloudformation = hurt.client("cloudformation")
    stack = {"StackName": NAME, "TemplateBody": json.dumps({"Resources": QUEUES})}
    rule = {"service": "resource", "do": "answer", "target": "^CREATE .* AWS::SQS::Queue$", "every": 2}
    with hurt.faults({**rule, "body": "Rate exceeded"}) as met:
        cloudformation.create_stack(**stack)
        assert met() == [1]
    events = cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]
    told = [(each["LogicalResourceId"], each["ResourceStatus"]) for each in reversed(events)]
    assert told == [
        (NAME, "CREATE_IN_PROGRESS"),
        ("Queue1", "CREATE_COMPLETE"),
        ("Queue2", "CREATE_FAILED"),
        (NAME, "ROLLBACK_IN_PROGRESS"),
        ("Queue1", "DELETE_COMPLETE"),
        (NAME, "ROLLBACK_COMPLETE"),
    ]
    cloudformation.delete_stack(StackName=NAME)
    cloudformation.create_stack(**stack)
    assert cloudformation.describe_stacks(StackName=NAME)["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    cloudformation.delete_stack(StackName=NAME)
