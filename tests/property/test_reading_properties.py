"""Short ways of reading records and making tables give the same as the long ones."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

import polars as pl
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import records, spoiled

from nerbench.corpus import pfocr
from nerbench.engine.row_tables import schema_of, to_frame
from nerbench.engine.rows import GeneRow, NameRow

# --- YAML

marks = st.sampled_from(
    "a b key: caption: - ? : & * &x *x ! !!str !!map !!null !mine | > ' \" { } [ ] , # --- ... "
    "%YAML << ~ null 1.5 2020-01-01 On = <<:".split()
)
gaps = st.sampled_from(["", " ", "  ", "\n", "\n  ", "\n- ", ": ", "\t"])
yaml_like = st.lists(st.tuples(marks, gaps), max_size=20).map(
    lambda parts: "".join(mark + gap for mark, gap in parts)
)
values = st.recursive(
    st.one_of(st.text(max_size=12), st.none(), st.booleans(), st.integers(), st.floats()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)


def outcome(read: Callable[[str], Any], block: str) -> str:
    """Return the value read, or the error with its place."""
    try:
        return repr(read(block))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def alike(block: str) -> None:
    expected = outcome(lambda text: yaml.load(text, pfocr._Loader), block)
    assert outcome(pfocr._load_yaml, block) == expected


@given(yaml_like)
@example("a: &x 1\nb: *x\n")
@example("a: *x\n")
@example("a: 1\na: 2\n")
@example("? [a]\n: 1\n")
@example("a: !!str 1\nb: !!int x\n")
@example("a: 1\n---\nb: 2\n")
@example("a: !mine {}\n")
@example("")
@example("<<: {a: 1}\n")
@example("a:\n" + "".join(" " * n + "-\n" for n in range(1, 900)))
@example("[" * 1000 + "]" * 1000)
def test_any_text_reads_as_yaml_reads_it(block: str) -> None:
    alike(block)


@given(values, st.booleans(), st.booleans())
def test_text_that_yaml_writes_reads_as_yaml_reads_it(value: Any, flow: bool, wide: bool) -> None:
    alike(yaml.safe_dump(value, default_flow_style=flow, allow_unicode=wide))


@given(records())
def test_a_record_reads_as_yaml_reads_it(record: tuple[bytes, bytes | None, object]) -> None:
    alike(pfocr._extract_block(record[0].decode())[0])


@given(spoiled())
def test_a_spoiled_record_reads_as_yaml_reads_it(record: tuple[bytes, bytes | None]) -> None:
    alike(pfocr._extract_block(record[0].decode(errors="replace"))[0])


# --- tables

GENES = schema_of(NameRow)["genes"]
_CELLS: dict[Any, st.SearchStrategy[Any]] = {
    pl.String: st.text(st.characters(exclude_categories=["Cs"]), max_size=5) | st.none(),
    pl.Int32: st.integers(0, 1 << 20),
    pl.Float64: st.floats(allow_nan=False) | st.none() | st.just(1),
    pl.Boolean: st.booleans() | st.none(),
    pl.List(pl.String): st.lists(st.text("abβ", max_size=3), max_size=3),
    pl.List(pl.Array(pl.Int32, 2)): st.lists(
        st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=3
    ),
    GENES: st.lists(st.tuples(st.integers(1, 99), st.text("abβ", max_size=3)), max_size=3),
}


@given(st.data(), st.sampled_from([schema_of(NameRow), schema_of(GeneRow)]))
def test_a_table_made_by_columns_is_the_one_made_by_rows(
    data: st.DataObject, schema: dict[str, Any]
) -> None:
    rows = data.draw(st.lists(st.tuples(*(_CELLS[kind] for kind in schema.values())), max_size=5))
    genes = [column for column, kind in enumerate(schema.values()) if kind == GENES]
    named = [
        [
            [dict(zip(("taxon", "symbol"), gene, strict=True)) for gene in cell]
            if column in genes
            else cell
            for column, cell in enumerate(row)
        ]
        for row in rows
    ]
    expected = pl.DataFrame(named, schema=schema, orient="row")
    found = to_frame(rows, schema)
    assert found.schema == expected.schema
    assert found.rows() == expected.rows()


def test_a_table_can_be_made_in_a_forked_process() -> None:
    """There polars has no threads: what waits for one never ends."""
    pl.DataFrame({"a": [2, 1]}).sort("a")  # starts them here
    rows = [("F1", ["x"], [(9606, "IL6")]), ("F2", [], [])]
    schema = {"figid": pl.String, "words": pl.List(pl.String), "genes": GENES}
    process = multiprocessing.get_context("fork").Process(target=to_frame, args=(rows, schema))
    process.start()
    process.join(20)
    process.kill()
    assert process.exitcode == 0
