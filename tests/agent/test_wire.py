"""The wire format: what is packed comes back, and no bytes make it hang or fail in another way."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memtui.agent import wire

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary()
)
keys = st.text(st.characters(exclude_categories=["Cs"])) | st.integers(-(2**31), 2**31)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(keys, inner),
    max_leaves=30,
)


@given(values)
def test_what_is_packed_comes_back(value):
    assert wire.unpack(wire.pack(value)) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_an_error_that_says_why(data):
    try:
        value = wire.unpack(data)
    except wire.WireError as error:
        assert str(error)
    else:
        wire.pack(value)


@given(values, st.data())
def test_a_value_cut_short_or_altered_is_still_one_or_the_other(value, data):
    packed = bytearray(wire.pack(value))
    if packed:
        at = data.draw(st.integers(0, len(packed) - 1))
        packed[at] = data.draw(st.integers(0, 255))
        del packed[data.draw(st.integers(0, len(packed))) :]
    try:
        wire.unpack(bytes(packed))
    except wire.WireError as error:
        assert str(error)


@given(st.lists(st.binary(max_size=50), max_size=6), st.lists(st.integers(1, 40), max_size=30))
def test_frames_arrive_whole_however_the_stream_is_cut(payloads, cuts):
    stream = b"".join(map(wire.frame, payloads))
    framer, found = wire.Framer(50), []
    for cut in [*cuts, len(stream)]:
        found += framer.feed(stream[:cut])
        stream = stream[cut:]
    assert found == payloads
    assert framer.pending == 0


@given(st.binary(max_size=300))
def test_a_stream_of_anything_gives_frames_or_an_error(data):
    framer = wire.Framer(100)
    try:
        for payload in framer.feed(data):
            assert len(payload) <= 100
    except wire.WireError as error:
        assert "limit" in str(error)
    assert framer.pending <= 300


def test_a_frame_of_a_gigabyte_is_refused_before_it_arrives():
    with pytest.raises(wire.WireError, match="over the limit"):
        wire.Framer(wire.REQUEST_LIMIT).feed((1 << 30).to_bytes(4, "big"))


@pytest.mark.parametrize(
    "data", [b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff"]
)
def test_a_length_beyond_the_payload_allocates_nothing(data):
    with pytest.raises(wire.WireError):
        wire.unpack(data)


def test_nesting_is_bounded():
    with pytest.raises(wire.WireError, match="nested"):
        wire.unpack(b"\x91" * 100000 + b"\xc0")


def test_lone_surrogates_and_huge_numbers_are_written_as_what_fits():
    assert wire.unpack(wire.pack("a\ud800b")) == "a\\ud800b"
    assert wire.unpack(wire.pack(1 << 80)) == 2**64 - 1
    assert wire.unpack(wire.pack(-(1 << 80))) == -(2**63)


@pytest.mark.parametrize("value", [1.5, object(), {1, 2}, type("S", (str,), {})("x")])
def test_other_types_are_no_values(value):
    with pytest.raises(TypeError):
        wire.pack([value])


@given(st.lists(values, max_size=40))
def test_a_list_packed_in_pieces_is_the_same(items):
    pieces = [wire.pack(item) for item in items]
    assert wire.pack(wire.pack_list(len(items), pieces)) == wire.pack(items)
    assert wire.pack([wire.Packed(piece) for piece in pieces]) == wire.pack(items)


@given(st.lists(st.integers(0, 2**70), max_size=40), st.integers(0, 40))
def test_a_column_is_eight_bytes_a_number_however_it_is_cut(numbers, cut):
    data = wire.column(numbers)
    assert data == wire.column(numbers[:cut]) + wire.column(numbers[cut:])
    assert list(struct.unpack(f"<{len(numbers)}q", data)) == [min(n, 2**63 - 1) for n in numbers]
