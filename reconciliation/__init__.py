"""What a reconciliation is: pure rules here, Polars in `kernels`, the outside world in `adapters`."""
