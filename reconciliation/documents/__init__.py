"""What travels between the steps of a run as JSON: one module a document, read and written at the edges only.

`typed` reads and writes all of them; docs/design.md shows each as a test finds it here.
"""
