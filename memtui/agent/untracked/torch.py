"""The storages of torch's tensors, each counted once, by its address: a view is not its base.

``untyped_storage()`` would make a wrapper that lives as long as the storage, one for each: the heap
would be another afterwards.  So a storage's size is what its tensors reach, or what is written in the
storage itself, where that was seen to be right for whole tensors.  Nothing here waits for a device.
"""

from ..entry import guest
from ..objects import kinds, names
from . import memory

#: A storage begins with its counts of references; then come address, context, deleter, device, size.
_WORDS, _TO_SIZE = 12, 4
#: No storage is as large: the word is something else.
_UNLIKELY = 1 << 46


class Torch:
    """Looks at tensors through the C functions of ``torch._C.TensorBase``."""

    __slots__ = (
        "_base",
        "_data_address",
        "_device",
        "_disabled",
        "_guard",
        "_larger",
        "_method",
        "_right",
        "_storage_address",
        "_wrong",
    )

    def __init__(self, module):
        base = guest.entry(module, "TensorBase") or module["_TensorBase"]
        attributes = names.dict_of(base)
        self._base = base
        self._method = {}
        for name in ("data_ptr", "element_size", "is_contiguous", "numel", "size"):
            self._method[name] = _method(attributes, name)
        for name in ("storage_offset", "stride"):
            self._method[name] = _method(attributes, name)
        self._device = attributes["device"]
        if type(self._device) is not kinds.getset:
            raise LookupError("device")
        # Since 2.1; data_ptr() would copy a storage that is shared until it is written to.
        self._storage_address = _function(module, "_storage_address")
        self._data_address = _function(module, "_data_address")
        self._disabled = guest.entry(module, "_disabled_torch_dispatch_impl")
        guard = guest.entry(module, "DisableTorchFunctionSubclass")
        self._guard = guard or module["DisableTorchFunction"]
        # (place, start): the size that the storage itself gives, where it is larger.
        self._larger, self._right, self._wrong = {}, 0, 0

    def looker(self, kind):
        """The way to look at a tensor type."""
        if not any(each is self._base for each in names.mro_of(kind)):
            return None
        # Such a type may answer for itself, in Python; what it wraps are tensors of their own.
        if names.in_mro(kind, "__torch_dispatch__") is not self._disabled:
            return _miss
        return self._look

    def _look(self, ledger, each, name):
        guard = self._guard()
        # Without it an overridden __torch_function__ would be called.
        guard.__enter__()
        try:
            place, start, size, whole = self._measure(each)
        finally:
            guard.__exit__(None, None, None)
        if not start or not size:
            return
        ledger.add(place, start, size, name)
        if self._storage_address and self._data_address and place == memory.PROCESS:
            self._read(each, start, size, whole)

    def _measure(self, each):
        """(place, address of the storage's data, bytes of it that this tensor reaches, whether all)."""
        of = self._method
        many, item = of["numel"](each), of["element_size"](each)
        offset = of["storage_offset"](each)
        if self._data_address is not None:
            start = self._data_address(each)
        else:
            start = of["data_ptr"](each) - offset * item
        whole = of["is_contiguous"](each)
        if whole or not many:
            reach = many
        else:
            steps = zip(tuple(of["size"](each)), of["stride"](each))
            reach = 1 + sum((length - 1) * step for length, step in steps)
        device = self._device.__get__(each)
        return _place(device), start, (offset + reach) * item if many else 0, whole and not offset

    def _read(self, each, start, size, whole):
        address = self._storage_address(each)
        words = memory.peek(address, 8 * _WORDS)
        at = words.index(start) if start in words else _WORDS
        given = words[at + _TO_SIZE] if at + _TO_SIZE < _WORDS else 0
        if given < size or given > _UNLIKELY:
            self._wrong += 1
        elif given == size:
            # Of a view that is no proof: its size may be what happens to stand there.
            self._right += whole
        else:
            self._larger[memory.PROCESS, start] = given

    def finish(self, ledger):
        """Use the sizes that storages give, if they can be trusted; in steps."""
        trusted = self._right and not self._wrong
        for (place, start), given in self._larger.items():
            if trusted:
                ledger.widen(place, start, given)
            else:
                ledger.miss(ledger.owner_of(place, start), memory.AT_LEAST)
            yield


def _miss(ledger, each, name):
    ledger.miss(name, memory.CODE)


def _place(device):
    attributes = names.dict_of(type(device))
    kind, index = attributes["type"].__get__(device), attributes["index"].__get__(device)
    if kind == "cpu":
        return memory.PROCESS
    return kind if index is None else "%s:%d" % (kind, index)


def _method(attributes, name):
    found = attributes[name]
    if type(found) is not kinds.method_descriptor:
        raise LookupError(name)
    return found


def _function(module, name):
    found = guest.entry(module, name)
    return found if type(found) is kinds.builtin else None
