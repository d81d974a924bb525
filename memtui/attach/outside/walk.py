"""Walking the collector's lists from outside, while the program makes, frees and collects objects."""

from __future__ import annotations

import struct
from array import array
from collections import Counter
from time import monotonic, sleep
from typing import TYPE_CHECKING

from memtui.attach.outside.lists import GENERATION, LINK

if TYPE_CHECKING:
    from collections.abc import Callable

    from memtui.attach.memory import Memory

#: Two links in front of each object, then its count of references and its type.
_NODE = struct.Struct("<QQ8xQ")
_CHUNK_BITS = 14
_CHUNK = 1 << _CHUNK_BITS
#: How many chunks of memory are kept at most, 64 MiB.
_KEPT = 4096
#: How often the youngest list may break before what was seen of it has to do, and how often an older
#: one may have to be begun again.
_MOST_BREAKS, _MOST_STARTS = 50, 30
#: How many objects are passed between two looks at the clock.
_STRIDE = 1 << 14
#: Seconds between two looks at a list that a collection has in its hands, and how many looks.
_PAUSE, _MOST_PAUSES = 0.002, 15_000


class NotCounted(Exception):
    """The lists cannot be walked; the message says why."""


class Ended(Exception):
    """The interpreter is no longer there."""


class ListWalk:
    """One pass over the lists that begin at ``heads``, the youngest first.

    ``kinds`` counts objects by the address of their type, ``young`` those of the first list.  ``moved`` is set when something changed on the
    way.  ``until`` (of monotonic) bounds the pass; ``is_there`` tells whether the interpreter still is;
    ``step`` hears now and then how many objects were passed.

    An object is counted if its link back leads to the object before it.  Where it does not, memory has
    changed since it was read, and the walk goes back to the last link that holds.  So what is counted was
    there at some moment of the walk, and what was there all the time is counted, but for the youngest objects
    where these come and go faster than they can be read.
    """

    def __init__(
        self,
        memory: Memory,
        heads: tuple[int, ...],
        until: float,
        *,
        is_there: Callable[[], bool],
        step: Callable[[int], None],
    ) -> None:
        self.kinds: Counter[int] = Counter()
        self.young: Counter[int] = Counter()
        self.moved = False
        self._memory = memory
        self._heads = heads
        self._until = until
        self._is_there = is_there
        self._step = step
        self._chunks: dict[int, bytes] = {}
        self._nodes, self._kinds = array("Q"), array("Q")

    def run(self) -> None:
        """Count all lists.  Raises NotCounted, Ended, and ``OSError`` when the process is gone."""
        before = self._numbers()
        seen: set[int] = set()
        # The youngest first: objects go from younger lists to older ones, so none is missed.
        for head in self._heads:
            self._list(head, in_part=head == self._heads[0] and len(self._heads) > 1)
            self.kinds.update(self._kinds)
            if again := seen.intersection(self._nodes):
                pairs = zip(self._nodes, self._kinds, strict=True)
                self.kinds.subtract(kind for node, kind in pairs if node in again)
            if head != self._heads[-1]:
                seen.update(self._nodes)
            if head == self._heads[0]:
                self.young.update(self._kinds)
        self.kinds = +self.kinds
        self.moved = self.moved or before != self._numbers()

    def _numbers(self) -> bytes:
        """The heads with their numbers: an object that is made or freed changes them."""
        return b"".join(self._memory.read(head, GENERATION) for head in self._heads)

    def _list(self, head: int, *, in_part: bool) -> None:
        """Fill the trail with one list; ``in_part`` it may be left off where it changes all the time."""
        breaks = starts = 0
        previous, node = self._begin(head)
        while not self._follow(head, previous, node):
            self.moved = True
            breaks += 1
            if in_part and breaks > _MOST_BREAKS:
                return
            self._wait_for_collection(head)
            previous, node = self._mended(head)
            starts += previous == head
            if starts > _MOST_STARTS:
                raise NotCounted("its objects move faster than they can be counted")

    def _begin(self, head: int) -> tuple[int, int]:
        del self._nodes[:], self._kinds[:]
        self._chunks.clear()
        return head, self._memory.word(head) & LINK

    def _follow(self, head: int, previous: int, node: int) -> bool:
        """Go along the list; True at its end, False where a link is wrong."""
        chunks, unpack = self._chunks, _NODE.unpack_from
        nodes, kinds = self._nodes, self._kinds
        stop, lap = {*self._heads}, 0
        while True:
            lap += 1
            self._step(self.kinds.total() + len(nodes))
            if monotonic() > self._until:
                raise NotCounted("it has too many objects to count them in time")
            for _ in range(_STRIDE):
                if node in stop:
                    if node != head:
                        # It was joined with another list, or is a ring that a collection has apart.
                        self._begin(head)
                    return node == head
                try:
                    chunk = chunks.get(node >> _CHUNK_BITS) or self._chunk(node)
                except (OSError, OverflowError):
                    return False
                following, back, kind = unpack(chunk, node & _CHUNK - 1)
                if back & LINK != previous:
                    return False
                nodes.append(node)
                kinds.append(kind)
                previous, node = node, following & LINK
            if not lap & lap - 1:
                # Whoever goes round in a ring comes by here once more, after twice as long at the latest.
                stop = {*self._heads, previous}

    def _chunk(self, node: int) -> bytes:
        """The memory around ``node``, and as much beyond as a node at its end needs."""
        if len(self._chunks) >= _KEPT:
            self._chunks.clear()
        number = node >> _CHUNK_BITS
        start, room = number << _CHUNK_BITS, _CHUNK + _NODE.size
        try:
            data = self._memory.read(start, room)
        except OSError:
            # The mapping begins or ends within: this node alone.
            data = bytes(node - start) + self._memory.read(node, _NODE.size)
            return data.ljust(room, b"\0")
        self._chunks[number] = data
        return data

    def _wait_for_collection(self, head: int) -> None:
        """While a collection examines a list, the links back of its objects are counts of references."""
        for _ in range(_MOST_PAUSES):
            try:
                if self._is_linked(head, self._memory.word(head) & LINK):
                    return
            except (OSError, OverflowError):
                pass  # the first object was freed in between
            if not self._is_there():
                raise Ended
            if monotonic() > self._until:
                break
            sleep(_PAUSE)
        raise NotCounted("a collection has its objects in hand")

    def _is_linked(self, node: int, following: int) -> bool:
        return self._memory.word(following + 8) & LINK == node

    def _mended(self, head: int) -> tuple[int, int]:
        """Go back to the last node that is still in the list; returns it and the next one."""
        nodes, kinds = self._nodes, self._kinds
        self._chunks.clear()
        while nodes:
            last = nodes[-1]
            before = nodes[-2] if len(nodes) > 1 else head
            try:
                following, back, _ = _NODE.unpack(self._memory.read(last, _NODE.size))
                if back & LINK == before and self._is_linked(last, following & LINK):
                    return last, following & LINK
            except (OSError, OverflowError):
                pass  # it was freed, and its memory given back
            nodes.pop()
            kinds.pop()
        return self._begin(head)
