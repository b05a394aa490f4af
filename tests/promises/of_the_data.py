"""What keeps a day right: the balance, the base's copy, the pinned file, money, keys and their rows."""

from typing import Final

from tests.promises.mechanism import Mechanism

_TOTALS, _RECONCILIATION = "reconciliation/totals.py", "glue_jobs/reconciliation.py"
_VALIDATION, _PARTS = "glue_jobs/validation.py", "glue_jobs/parts.py"
_LINES = "reconciliation/kernels/lines.py"
_DATABASE = "reconciliation/adapters/database"
_POSTGRES = f"{_DATABASE}/postgres"
_LAYOUT, _PLANNING = "reconciliation/layout.py", "reconciliation/lifecycle/planning.py"

_EQUATION = "tests/test_totals.py::test_an_equation_that_breaks_is_named_with_its_amount"
_ORACLE = "tests/jobs/test_against_oracle.py::test_"
_READ = "tests/jobs/test_what_is_read.py::test_"
_SESSION = "tests/database/test_session.py::test_"
_COUNTS = "tests/database/test_counts.py::test_"

OF_THE_DATA: Final = (
    # --- the control totals
    Mechanism("lines balance", _TOTALS,
        "self.data_lines - self.rejected - self.identical_duplicates - self.valid_keys", "0", _EQUATION),
    Mechanism("keys balance", _TOTALS,
        "self.valid_keys - self.equal - self.tipo_1 - self.tipo_3", "0", _EQUATION),
    Mechanism("the base's rows balance", _TOTALS,
        "self.base_in_scope - self.equal - self.tipo_2 - self.tipo_3", "0", _EQUATION),
    Mechanism("cents balance", _TOTALS,
        "self.file_cents - self.base_cents - self.difference_cents", "0", _EQUATION),
    Mechanism("what does not balance is not published", _RECONCILIATION,
        "totals.check()", "pass",
        "tests/jobs/test_snapshot_and_fence.py::test_what_does_not_balance_is_not_published"),
    Mechanism("every line of the file is decided", _VALIDATION,
        "if settled != plan.data_lines:", "if False:",
        f"{_READ}a_line_that_nobody_decided_stops_the_day"),
    Mechanism("every refused line is kept", _VALIDATION,
        'if Counter(rejects["codigo"]) != report.rejects_by_code:', "if False:",
        f"{_READ}refused_lines_that_are_not_kept_stop_the_day"),
    Mechanism("what is counted is what is published", _RECONCILIATION,
        "pl.read_parquet(ready, columns=list(COUNTED))",
        "pl.concat(pl.read_parquet(part.path, columns=list(COUNTED)) for part in collected.parts)",
        "tests/jobs/test_snapshot_and_fence.py::test_what_the_merge_changes_is_not_published"),
    Mechanism("what the comparison counts is what the stages count", _RECONCILIATION,
        "for name, one, other in others if one != other]", "for name, one, other in others if False]",
        "tests/jobs/test_snapshot_and_fence.py"
        "::test_a_comparison_that_has_counted_otherwise_than_the_stages_is_not_published"),
    Mechanism("of two jobs at once the first one's summary stays", _RECONCILIATION,
        "to_json(summary.to_dict()), of_this)", "to_json(summary.to_dict()), {})",
        "tests/jobs/test_snapshot_and_fence.py"
        "::test_of_two_jobs_at_once_both_succeed_and_what_one_committed_stays"),
    Mechanism("a cut is read whole", _VALIDATION,
        "if len(data) != cut.length:", "if False:",
        f"{_READ}a_cut_that_comes_short_stops_the_day"),
    Mechanism("what a reader of lines swallows is noticed", _LINES,
        'if unread and unread != data.count(b"\\r"):', "if False:",
        "tests/kernels/test_cuts.py::test_what_a_reader_swallows_stops_the_day"),
    Mechanism("what a reader of fields swallows is noticed", _LINES,
        "if unread or len(fields) != len(lines):", "if False:",
        "tests/kernels/test_cuts.py::test_what_a_reader_swallows_stops_the_day"),
    # --- the base
    Mechanism("the database counts the day itself", f"{_DATABASE}/base.py",
        "counted.require(height, cents)", "pass",
        f"{_COUNTS}a_reading_that_is_cut_short_is_refused"),
    Mechanism("a look-up brings its own count", f"{_DATABASE}/counted.py",
        "elif rows and all(row[-1] == len(rows) for row in rows):", "elif rows:",
        f"{_COUNTS}a_look_up_without_its_own_count_is_refused"),
    Mechanism("what is copied is what was read", "glue_jobs/base_copy.py",
        "about.passed not in (None, copied)", "False",
        "tests/jobs/test_base_copy.py::test_what_the_exchange_loses_is_refused"),
    Mechanism("one snapshot", f"{_POSTGRES}/session.py",
        '"ISOLATION LEVEL REPEATABLE READ READ ONLY"', '"ISOLATION LEVEL READ COMMITTED READ ONLY"',
        "tests/database/test_reads.py::test_a_writer_during_the_read_changes_nothing"),
    Mechanism("a session's settings are read back", f"{_POSTGRES}/settings.py",
        "if shown.get(name) != value:", "if False:",
        f"{_SESSION}each_setting_that_did_not_take_is_named"),
    Mechanism("hidden rows are refused", f"{_POSTGRES}/settings.py",
        "if hides_rows:", "if False:",
        f"{_SESSION}rows_hidden_by_a_policy_are_refused_by_its_name"),
    Mechanism("keys are proved unique", f"{_DATABASE}/preflight.py",
        "if window_days is None or table.is_inherited:", "if False:",
        "tests/database/test_preflight.py::test_no_unique_index_on_exactly_the_key"),
    Mechanism("an index in an order that is gone is refused", f"{_DATABASE}/preflight.py",
        "if table.outdated:", "if False:",
        "tests/database/collations/test_outdated.py::test_an_index_in_another_order_is_refused_until_it_is_made_anew"),
    Mechanism("a resume's own copy of the base", _PLANNING,
        "paths = replace(paths, validated=plan.paths.validated, rejects=plan.paths.rejects)",
        "paths = plan.paths",
        "tests/endings/test_endings.py::test_a_run_ends_as_it_was_kept[resumed_from_a_run_stopped_before_the_base]"),
    # --- the file
    Mechanism("the inspected version is the one that came", _PLANNING,
        "self.store.stream(where, version_id)", "self.store.stream(where, None)",
        "tests/functions/test_waiting.py::test_the_file_runs_once_the_empty_one_is_refused"),
    Mechanism("the validated version is the one inspected", _VALIDATION,
        "cut.offset, cut.length, plan.input.version_id)", "cut.offset, cut.length)",
        f"{_READ}the_version_that_was_inspected_is_validated"),
    Mechanism("a file has one set of data", _LAYOUT,
        'partial=root / f"partial.parquet/{fingerprint}/"', 'partial=root / "partial.parquet/"',
        "tests/test_layout.py::test_a_runs_paths"),
    Mechanism("the second half of a quoted newline is no order", "reconciliation/line.py",
        "if opened and _CLOSES.match(text):", "if False:",
        f"{_ORACLE}every_case_of_the_contract"),
    Mechanism("a cut knows whether a quote is open where it begins", "reconciliation/inspection.py",
        "opened=self._opened or None", "opened=None",
        "tests/test_inspection.py::test_cuts_cover_every_data_line_once_with_its_number"),
    # --- what is compared
    Mechanism("no cent is rounded", "reconciliation/line.py",
        "if len(decimals) > VALOR_SCALE:", "if False:",
        f"{_ORACLE}every_case_of_the_contract"),
    Mechanism("lines that contradict each other count for nothing", "reconciliation/kernels/duplicates.py",
        "kept = distinct.filter(~is_conflicting)", "kept = distinct",
        f"{_ORACLE}every_case_of_the_contract"),
    Mechanism("a key's partition never changes", "reconciliation/kernels/partition.py",
        'keys.fill_null("").cast(pl.Binary).to_list()', "keys.reverse().cast(pl.Binary).to_list()",
        "tests/kernels/test_kernels.py::test_a_keys_partition_never_changes"),
    Mechanism("the rows published are in one order", _RECONCILIATION,
        "divergences.sort(ORDER), Weight.of", "divergences, Weight.of",
        "tests/jobs/test_merging.py::test_what_is_merged_was_committed_in_order"),
    Mechanism("a part is committed once", _PARTS,
        "store.create(where, body)", "store.put(where, body)",
        f"{_READ}a_part_that_is_done_again_is_the_same_or_an_error"),
    Mechanism("a part that is made again is the same", _PARTS,
        "if not _is_same(read_bytes(store, where), body):", "if False:",
        f"{_READ}a_part_that_is_done_again_is_the_same_or_an_error"),
    Mechanism("what fails of the file fails every partition", "glue_jobs/spark.py",
        "yield from ((where, failed) for where in range(partitions))", "yield 0, failed",
        "tests/jobs/test_spark.py::test_the_expressions_on_two_workers"),
    Mechanism("a committed copy of the base is not made again", _RECONCILIATION,
        "if not store.head(layout.base_snapshot(plan.paths.base)):", "if True:",
        f"{_READ}a_resume_reads_no_base_that_was_copied"),
)  # fmt: skip
"""A paragraph each: its name and file, its line, the line when it is off, the tests."""
