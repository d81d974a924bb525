"""Many traces of tracemalloc, reduced to few totals: by traceback and by line, in slices.

Everything between two ``yield`` takes a few milliseconds at most, and what is no longer needed goes
slice by slice too: freeing 200,000 traces at once would be a stall of its own (27 ms on 3.11).
"""

from .. import wire

#: Traces a slice.  2 µs each on the slowest interpreter measured, while it traces us too.
SLICE = 1000
#: Rows of a packed chunk.
ROWS = 200
#: How many tracebacks leave the target, the largest first; lines all do.
STACKS_LIMIT = 20000

OWN, IMPORTLIB = -1, -2
_IMPORTLIB = ("<frozen importlib.", "<frozen zipimport>", "<frozen runpy>")


def own_prefix():
    """What the file names of the agent's code begin with, sent as text or imported from a file."""
    return own_prefix.__code__.co_filename.rpartition("allocations")[0]


def reduce(traces):
    """A generator that empties the list ``traces`` and returns the totals, as a dict that packs.

    ``tables`` are files (str), lines (file, line, bytes, blocks) and stacks (bytes, blocks, cut, file, line,
    file, line …; the innermost frame first), each a list of packed chunks of up to ROWS rows; a file is
    an index into the files.  ``own`` and ``imports`` are [bytes, blocks] that are in no row: of the
    agent, and of importlib with no other frame behind.  ``rest`` is [bytes, blocks] of
    the ``rest_stacks`` tracebacks beyond STACKS_LIMIT, which are in the lines all the same.  ``traces`` is how many there were.
    """
    found = len(traces)
    totals = {}
    while traces:
        _count(traces[-SLICE:], totals)
        del traces[-SLICE:]
        yield
    table = _Table()
    while totals:
        for _ in range(min(SLICE, len(totals))):
            table.add(*totals.popitem())
        yield
    answer = {"traces": found, "own": table.own, "imports": table.imports}
    files = yield from _packed(list(table.files))
    lines = yield from _packed([key + tuple(sums) for key, sums in table.lines.items()])
    kept, (answer["rest_stacks"], *answer["rest"]) = _largest(table.stacks)
    yield
    answer["tables"] = [files, lines, (yield from _packed(kept))]
    return answer


def _count(chunk, totals):
    """Add the traces of ``chunk`` to ``totals``: [bytes, blocks, cut] by traceback.

    Sizes are collected first and added up in C: an addition for each trace would make an int for
    each, which tracemalloc would trace.
    """
    groups = {}
    get = groups.get
    for trace in chunk:
        sizes = get(trace[2])
        if sizes is None:
            groups[trace[2]] = [trace[1]]
            if trace[2] not in totals:
                # Since 3.9 a trace has the number of all frames; before, it is not known.
                cut = int(len(trace) > 3 and trace[3] > len(trace[2]))
                totals[trace[2]] = [0, 0, cut]
        else:
            sizes.append(trace[1])
    for stack, sizes in groups.items():
        total = totals[stack]
        total[0] += sum(sizes)
        total[1] += len(sizes)


class _Table:
    """Totals by line and by stack, with files as numbers, agent and importlib apart."""

    __slots__ = ("_kinds", "_own", "files", "imports", "lines", "own", "stacks")

    def __init__(self):
        self.files = {}
        self.lines = {}
        self.stacks = {}
        self.own = [0, 0]
        self.imports = [0, 0]
        self._kinds = {}
        self._own = own_prefix()

    def add(self, stack, total):
        size, blocks, cut = total
        frames = []
        for file, line in stack:
            number = self._number(file)
            if number == OWN and not frames:
                _add(self.own, size, blocks)
                return
            # Further out our frames are wrappers around the application's own calls.
            if number >= 0:
                frames += (number, line)
        if not frames:
            _add(self.imports, size, blocks)
            return
        key = (frames[0], frames[1])
        if key not in self.lines:
            self.lines[key] = [0, 0]
        _add(self.lines[key], size, blocks)
        # Stacks that differ in importlib's frames only are one now.
        stack = tuple(frames)
        if stack not in self.stacks:
            self.stacks[stack] = [0, 0, cut]
        _add(self.stacks[stack], size, blocks)

    def _number(self, file):
        """The number of ``file``, or OWN or IMPORTLIB."""
        kind = self._kinds.get(file)
        if kind is None:
            if file.startswith(self._own):
                kind = OWN
            elif file.startswith(_IMPORTLIB):
                kind = IMPORTLIB
            else:
                kind = self.files[file] = len(self.files)
            self._kinds[file] = kind
        return kind


def _add(sums, size, blocks):
    sums[0] += size
    sums[1] += blocks


def _largest(stacks):
    """Up to STACKS_LIMIT rows of ``stacks``, the largest, and [tracebacks, bytes, blocks] of the rest.

    By powers of two: sorting them all would be one long call, and the order is not needed.
    """
    rows = [tuple(total) + stack for stack, total in stacks.items()]
    rest = [0, 0, 0]
    if len(rows) <= STACKS_LIMIT:
        return rows, rest
    shelves = {}
    for row in rows:
        shelves.setdefault(row[0].bit_length(), []).append(row)
    kept = []
    for _, shelf in sorted(shelves.items(), key=lambda item: -item[0]):
        room = STACKS_LIMIT - len(kept)
        kept += shelf[:room]
        for row in shelf[room:]:
            rest[0] += 1
            _add_rest(rest, row)
    return kept, rest


def _add_rest(rest, row):
    rest[1] += row[0]
    rest[2] += row[1]


def _packed(rows):
    chunks = []
    while rows:
        chunks.append(wire.pack(rows[:ROWS]))
        del rows[:ROWS]
        yield
    return chunks
