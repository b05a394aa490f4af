"""Glue's own library, whose frames would import Spark: what the jobs take of it (`utils`) is its own."""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
