"""Frames and values: what both processes share, without a socket and without an import.

A frame is four bytes of length, big-endian, and that many bytes of payload.  A payload is one
value in MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), of which this
module speaks nil, bool, integers of 64 bits, str, bin, array and map; times travel as whole
microseconds, so that no float is needed.  The interpreter in the target may not have imported
``json`` or ``struct``, and a guest does not import them for it.
"""

PROTOCOL = 3

#: Largest payload, in bytes, that the agent accepts: requests are small.
REQUEST_LIMIT = 1 << 20
#: Largest payload, in bytes, that the viewer accepts.
ANSWER_LIMIT = 1 << 26

_MAX_DEPTH = 32
#: The largest number of a column.
_MOST = (1 << 63) - 1


class WireError(Exception):
    """Bytes that are no frame or no value of this protocol; the text says what was wrong."""

    __slots__ = ()


class Framer:
    """Cuts a stream of bytes into payloads.  Feed it whatever arrived; it keeps the rest."""

    __slots__ = ("_buffer", "_limit")

    def __init__(self, limit):
        self._limit = limit
        self._buffer = bytearray()

    def feed(self, data):
        """Take ``data`` in and return the list of payloads (bytes) that are complete now."""
        buffer = self._buffer
        buffer += data
        payloads = []
        start = 0
        while len(buffer) - start >= 4:
            length = int.from_bytes(buffer[start : start + 4], "big")
            if length > self._limit:
                raise WireError("frame of %d bytes is over the limit of %d" % (length, self._limit))
            if len(buffer) - start - 4 < length:
                break
            payloads.append(bytes(buffer[start + 4 : start + 4 + length]))
            start += 4 + length
        if start:
            del buffer[:start]
        return payloads

    @property
    def pending(self):
        """How many bytes wait for the rest of their frame."""
        return len(self._buffer)


def frame(payload):
    """``payload`` (bytes) with its length in front."""
    return len(payload).to_bytes(4, "big") + payload


class Packed:
    """A value that is packed already: ``pack`` passes its ``data`` on.

    So a long answer is packed piece by piece, between which others may run.
    """

    __slots__ = ("data",)

    def __init__(self, data):
        self.data = data


def pack_list(length, pieces):
    """A list of ``length`` values, given as ``pieces`` of them packed one after the other (bytes)."""
    parts = []
    _head(parts.append, length, 0x90, 16, 0xDB)
    return Packed(b"".join(parts + pieces))


def column(values):
    """A piece of a column: each of ``values`` (counts, bytes) in eight bytes, little-endian.

    A column travels as one bin: for thousands of types both sides are done with it sooner than with
    numbers that each have a length of their own.
    """
    return b"".join([min(value, _MOST).to_bytes(8, "little") for value in values])


def pack(value):
    """``value`` as MessagePack bytes.

    Takes exactly None, bool, int, str, bytes, list, tuple, dict and :class:`Packed`; anything else
    is a TypeError.
    Lone surrogates in a str leave as backslash escapes, for MessagePack text is UTF-8.
    """
    parts = []
    _pack(value, parts.append)
    return b"".join(parts)


def _pack(value, out):
    kind = type(value)
    if kind is str:
        data = value.encode("utf-8", "backslashreplace")
        _head(out, len(data), 0xA0, 32, 0xD9)
        out(data)
    elif kind is int:
        _pack_int(value, out)
    elif value is None:
        out(b"\xc0")
    elif kind is bool:
        out(b"\xc3" if value else b"\xc2")
    elif kind is list or kind is tuple:
        _head(out, len(value), 0x90, 16, 0xDB)
        for item in value:
            _pack(item, out)
    elif kind is dict:
        _head(out, len(value), 0x80, 16, 0xDD)
        for key, item in value.items():
            _pack(key, out)
            _pack(item, out)
    elif kind is Packed:
        out(value.data)
    elif kind is bytes:
        _head(out, len(value), 0, 0, 0xC4)
        out(value)
    else:
        raise TypeError("cannot pack %s" % kind.__name__)


def _head(out, length, fix, fixed, first):
    """The type byte and the length.

    ``first`` is the code of the 8-bit form; str and bin have one, array and map begin at 16 bits,
    their ``first`` is the byte before it.
    """
    if length < fixed:
        out(bytes((fix | length,)))
    elif length < 0x100 and first in (0xD9, 0xC4):
        out(bytes((first, length)))
    elif length < 0x10000:
        out(bytes((first + 1,)) + length.to_bytes(2, "big"))
    elif length < 0x100000000:
        out(bytes((first + 2,)) + length.to_bytes(4, "big"))
    else:
        raise WireError("a value of %d items is too long for a frame" % length)


def _pack_int(value, out):
    if 0 <= value < 0x80:
        out(bytes((value,)))
    elif value >= 0:
        if value < 0x100:
            out(bytes((0xCC, value)))
        elif value < 0x10000:
            out(b"\xcd" + value.to_bytes(2, "big"))
        elif value < 0x100000000:
            out(b"\xce" + value.to_bytes(4, "big"))
        else:
            # Beyond 64 bits there is nothing to say it with: a size or a count never gets there.
            out(b"\xcf" + min(value, 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big"))
    elif value >= -32:
        out(bytes((value & 0xFF,)))
    else:
        out(b"\xd3" + max(value, -0x8000000000000000).to_bytes(8, "big", signed=True))


def unpack(payload):
    """The value in ``payload`` (bytes), all of it; :class:`WireError` says what is wrong with it."""
    value, end = _unpack(payload, 0, _MAX_DEPTH)
    if end != len(payload):
        raise WireError("%d bytes left over after the value" % (len(payload) - end))
    return value


def _take(payload, at, count):
    end = at + count
    if end > len(payload):
        raise WireError("the payload ends %d bytes early" % (end - len(payload)))
    return payload[at:end], end


def _number(payload, at, width, signed=False):
    data, end = _take(payload, at, width)
    return int.from_bytes(data, "big", signed=signed), end


_WIDTHS = {0xD9: 1, 0xDA: 2, 0xDB: 4, 0xC4: 1, 0xC5: 2, 0xC6: 4, 0xDC: 2, 0xDD: 4, 0xDE: 2, 0xDF: 4}
_INTEGERS = {
    0xCC: (1, False),
    0xCD: (2, False),
    0xCE: (4, False),
    0xCF: (8, False),
    0xD0: (1, True),
    0xD1: (2, True),
    0xD2: (4, True),
    0xD3: (8, True),
}
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}


def _unpack(payload, at, depth):
    if depth == 0:
        raise WireError("values nested deeper than %d" % _MAX_DEPTH)
    code, at = _number(payload, at, 1)
    if code < 0x80:
        return code, at
    if code >= 0xE0:
        return code - 0x100, at
    if code in _INTEGERS:
        width, signed = _INTEGERS[code]
        return _number(payload, at, width, signed)
    if code in _CONSTANTS:
        return _CONSTANTS[code], at
    if code < 0x90:
        return _unpack_map(payload, at, code & 0x0F, depth)
    if code < 0xA0:
        return _unpack_array(payload, at, code & 0x0F, depth)
    if code < 0xC0:
        return _unpack_text(payload, at, code & 0x1F)
    if code not in _WIDTHS:
        raise WireError("type byte 0x%02x is not part of the protocol" % code)
    length, at = _number(payload, at, _WIDTHS[code])
    if code >= 0xDE:
        return _unpack_map(payload, at, length, depth)
    if code >= 0xDC:
        return _unpack_array(payload, at, length, depth)
    if code >= 0xD9:
        return _unpack_text(payload, at, length)
    return _take(payload, at, length)


def _unpack_text(payload, at, length):
    data, end = _take(payload, at, length)
    try:
        return data.decode("utf-8"), end
    except UnicodeDecodeError as error:
        raise WireError("text that is not UTF-8 at byte %d" % (at + error.start)) from None


def _unpack_array(payload, at, length, depth):
    if length > len(payload) - at:
        raise WireError("an array of %d items in %d bytes" % (length, len(payload) - at))
    items = []
    for _ in range(length):
        item, at = _unpack(payload, at, depth - 1)
        items.append(item)
    return items, at


def _unpack_map(payload, at, length, depth):
    if 2 * length > len(payload) - at:
        raise WireError("a map of %d entries in %d bytes" % (length, len(payload) - at))
    entries = {}
    for _ in range(length):
        key, at = _unpack(payload, at, depth - 1)
        if type(key) is not str and type(key) is not int:
            raise WireError("a map key of type %s" % type(key).__name__)
        entries[key], at = _unpack(payload, at, depth - 1)
    return entries, at
