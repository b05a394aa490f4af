"""Spark's name, before Spark's own on a job's path. What is not written here (`cloudpickle`) is Spark's."""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
