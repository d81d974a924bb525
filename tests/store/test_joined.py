"""A census of what is tracked and what is not, as one."""

from memtui.store.joined import joined
from memtui.verbs.census import Census
from memtui.verbs.untracked import Buffers, EstimatedType, Untracked
from tests.support.making import make


def test_buffers_of_the_process_belong_to_the_sizes_of_their_type():
    census = make(Census, at=1.0, names=("dict", "torch.Tensor"), counts=[3, 2], sizes=[300, 160])
    untracked = make(
        Untracked,
        at=2.0,
        rows=(
            make(EstimatedType, "str", 10, 500, 12, 9),
            make(EstimatedType, "dict", 1, 64, 1, 1),
            make(EstimatedType, "pyarrow.lib.Table", 1, 56, 1, 1),
        ),
        outside=[
            make(Buffers, "torch.Tensor", 2, 1, 4000, "process"),
            make(Buffers, "torch.Tensor", 2, 1, 9000, "cuda:0"),
            make(Buffers, "pyarrow.lib.Table", 1, 3, 2000, "process"),
            make(Buffers, "mmap.mmap", 1, 1, 1 << 30, "mapped"),
        ],
    )
    whole = joined(census, untracked)
    rows = dict(zip(whole.names, zip(whole.counts, whole.sizes, strict=True), strict=True))
    assert rows == {
        "dict": (4, 364),
        "torch.Tensor": (2, 4160),
        "str": (10, 500),
        "pyarrow.lib.Table": (1, 2056),
    }
    assert whole.coverage == "all"
    assert untracked.error == 2 / 12


def test_nothing_estimated_is_no_error():
    assert make(Untracked, at=1.0, rows=()).error == 0.0
