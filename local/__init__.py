"""The whole system on one machine: an emulated AWS in which jobs and functions really run, and PostgreSQL."""

import os
import sys

if sys.version_info[:2] != (3, 11):  # before anything else is imported, so that this is all one reads
    _found = ".".join(map(str, sys.version_info[:3]))
    raise SystemExit(
        f"The local stack runs on Python 3.11 and this is Python {_found}: install 3.11, then `make up`."
    )

for _name in ("no_proxy", "NO_PROXY"):  # a company's proxy cannot reach what runs here
    os.environ[_name] = ",".join(filter(None, ["127.0.0.1", os.environ.get(_name)]))
