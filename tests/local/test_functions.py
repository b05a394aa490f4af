"""local/aws/functions.py: what a caller of Lambda sees."""

import base64
import json
import time
from typing import Any

from local.place import CHECKOUT
from tests.local.conftest import Account, archive
from tests.waiting import eventually


def invoke(account: Account, function: str, event: Any = None, **options: Any) -> tuple[dict[str, Any], Any]:
    answer = account.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event), **options)
    return answer, json.loads(answer["Payload"].read() or b"null")


def test_the_function_runs_in_its_package_with_its_variables(account: Account) -> None:
    source = (
        "import os, sys\ndef handler(event, context): return event, os.environ['WHO'], os.getcwd(), sys.path"
    )
    function = account.function(source, Environment={"Variables": {"WHO": "me"}})
    answer, (event, who, folder, path) = invoke(account, function, {"n": 1})
    assert (event, who, "FunctionError" in answer) == ({"n": 1}, "me", False)
    assert "/cache/functions/" in folder
    assert str(CHECKOUT) not in path


def test_it_knows_the_stack_and_nothing_of_the_caller(account: Account, monkeypatch: Any) -> None:
    function = account.function("import os\ndef handler(event, context): return dict(os.environ)")
    _, environment = invoke(account, function)
    assert environment["AWS_ENDPOINT_URL"] == account.stack.endpoint
    assert not {"VIRTUAL_ENV", "PYTEST_CURRENT_TEST"} & set(environment)


def test_a_warm_function_answers_from_the_same_process_at_once(account: Account) -> None:
    function = account.function("import os\ndef handler(event, context): return os.getpid()")
    _, cold = invoke(account, function)
    began = time.monotonic()
    _, warm = invoke(account, function)
    assert warm == cold
    assert time.monotonic() - began < 0.5


def test_changed_code_is_what_runs(account: Account) -> None:
    function = account.function("def handler(event, context): return 1")
    assert invoke(account, function)[1] == 1
    code = archive({"code_under_test.py": "def handler(event, context): return 2"})
    account.client("lambda").update_function_code(FunctionName=function, ZipFile=code)
    assert invoke(account, function)[1] == 2


def test_an_exception_is_a_function_error(account: Account) -> None:
    function = account.function(
        "class E_HEADER(Exception): ...\ndef handler(event, context): raise E_HEADER('linha 1')"
    )
    answer, body = invoke(account, function)
    assert answer["FunctionError"] == "Unhandled"
    assert (body["errorType"], body["errorMessage"]) == ("E_HEADER", "linha 1")
    assert "raise E_HEADER" in body["stackTrace"][-1]


def test_a_module_that_does_not_import_is_a_function_error(account: Account) -> None:
    answer, body = invoke(account, account.function("import nothing_of_the_kind"))
    assert answer["FunctionError"] == "Unhandled"
    assert body["errorType"] == "Runtime.ImportModuleError"


def test_the_timeout_holds(account: Account) -> None:
    function = account.function("import time\ndef handler(event, context): time.sleep(60)", Timeout=1)
    answer, body = invoke(account, function)
    assert answer["FunctionError"] == "Unhandled"
    assert body["errorMessage"].endswith("Task timed out after 1.00 seconds")


def test_a_process_that_dies_is_a_function_error_and_the_next_call_gets_another(account: Account) -> None:
    function = account.function(
        "import os\ndef handler(event, context): return os._exit(3) if event else 'alive'"
    )
    answer, body = invoke(account, function, {"die": True})
    assert answer["FunctionError"] == "Unhandled"
    assert body["errorType"] == "Runtime.ExitError"
    assert invoke(account, function)[1] == "alive"


def test_the_log_is_in_its_group_and_its_tail_in_the_answer(account: Account) -> None:
    function = account.function("def handler(event, context): print('one line')")
    invoke(account, function)
    logs, group = account.client("logs"), f"/aws/lambda/{function.split(':')[-1]}"

    def lines() -> Any:
        texts = [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
        return texts if "one line" in texts else None

    texts = eventually(lines)
    assert texts[0].startswith("START RequestId: ")
    tail = base64.b64decode(invoke(account, function, LogType="Tail")[0]["LogResult"]).decode()
    assert "REPORT RequestId: " in tail


def test_an_asynchronous_call_returns_before_the_function_does(account: Account) -> None:
    bucket = account.bucket()
    function = account.recorder(bucket)
    answer, _ = invoke(account, function, {"n": 7}, InvocationType="Event")
    assert answer["StatusCode"] == 202
    assert eventually(lambda: account.recorded(bucket)) == [{"n": 7}]
