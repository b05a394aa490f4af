"""The CDK app: `cdk` runs it by cdk.json; `python -m infra.synth` needs neither npm nor an account."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import App

from infra import nag
from infra.packaging import PackagingError, Sources, sources
from infra.quicksight import QuickSightStack
from infra.settings import Settings, SettingsError, context_of
from infra.stack import ReconciliationStack

ROOT = Path(__file__).resolve().parents[1]


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
