"""How figures read on a screen: one format for each kind, units always shown."""

from __future__ import annotations

from time import localtime, strftime

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_MINUS = "\N{MINUS SIGN}"


def size_text(size: float | None, *, signed: bool = False) -> str:
    """``size`` bytes as text in binary units, three significant digits: ``1.21 GiB``; None is ``–``."""
    if size is None:
        return "–"
    value, unit = abs(float(size)), 0
    while value >= 999.5 and unit < len(_UNITS) - 1:
        value /= 1024
        unit += 1
    if unit == 0 or value >= 99.95:
        digits = f"{value:.0f}"
    elif value >= 9.995:
        digits = f"{value:.1f}"
    else:
        digits = f"{value:.2f}"
    return f"{_sign(size, signed)}{digits} {_UNITS[unit]}"


def count_text(count: int | None, *, signed: bool = False) -> str:
    """``count`` with thousands separators: ``1,204,551``; None is ``–``."""
    if count is None:
        return "–"
    return f"{_sign(count, signed)}{abs(count):,}"


def short_count_text(count: int) -> str:
    """``count`` in three digits: ``9.81 M``."""
    for unit, scale in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= scale:
            value = count / scale
            digits = 0 if value >= 99.95 else 1 if value >= 9.995 else 2
            return f"{value:.{digits}f} {unit}"
    return str(count)


def counted(count: int, one: str, many: str = "", *, signed: bool = False) -> str:
    """``count`` with its noun, ``one`` in the singular: ``1 type``, ``1,204 types``."""
    word = one if abs(count) == 1 else many or one + "s"
    return f"{count_text(count, signed=signed)} {word}"


def rounds_text(grew: int, total: int) -> str:
    """In how many of all rounds something grew: ``3 of 5``; ``–`` without rounds."""
    return f"{grew} of {total}" if total else "–"


def steadiness_text(steadiness: float | None) -> str:
    """How evenly something grew, from ``0.00`` to ``1.00``; None is ``–``."""
    return "–" if steadiness is None else f"{steadiness:.2f}"


def rate_text(per_minute: float | None) -> str:
    """A rate of objects per minute, signed, without a unit (the column's title carries it)."""
    if per_minute is None:
        return "–"
    if abs(per_minute) < 9.95 and round(per_minute, 1) != 0:
        return f"{_sign(per_minute, True)}{abs(per_minute):.1f}"
    return count_text(round(per_minute), signed=True)


def share_text(share: float | None) -> str:
    """A share between 0 and 1 as percent with one decimal, without the sign: ``24.1``."""
    return "–" if share is None else f"{share * 100:.1f}"


def bound_text(share: float | None) -> str:
    """How far a figure may be off, as a share of it: ``±0.3%``; a tiny share is not shown as zero.

    None is a figure that nothing bounds.
    """
    if share is None:
        return "error not known"
    if share == 0:
        return "±0%"
    return "under ±0.1%" if share < 0.0005 else f"±{share:.1%}"


def millis_text(ms: float | None) -> str:
    """A duration in milliseconds: ``0.4 ms``, ``38 ms``, ``1.20 s``; None is ``–``."""
    if ms is None:
        return "–"
    if ms >= 999.5:
        return f"{ms / 1000:.2f} s"
    return f"{ms:.0f} ms" if ms >= 9.95 else f"{ms:.1f} ms"


def took_text(ms: float) -> str:
    """A duration that may be very short: ``12 µs``, ``0.4 ms``, ``1.20 s``."""
    return f"{ms * 1000:.0f} µs" if ms < 0.1 else millis_text(ms)


def duration_text(seconds: float | None) -> str:
    """A span of time in its two largest units: ``12 s``, ``4 min 05 s``, ``3 d 04 h``; None is ``–``."""
    if seconds is None:
        return "–"
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02d} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours:02d} h"


def clock_text(at: float, *, with_millis: bool = False) -> str:
    """The time of day here at a moment, in seconds since the epoch: ``12:03:11``, ``12:03:11.042``."""
    whole = strftime("%H:%M:%S", localtime(at))
    return f"{whole}.{int(at * 1000) % 1000:03}" if with_millis else whole


def address_text(address: int) -> str:
    """An address as Python prints it: ``0x7f3a10``."""
    return f"0x{address:x}"


def _sign(value: float, signed: bool) -> str:
    if value < 0:
        return _MINUS
    return "+" if signed and value > 0 else ""
