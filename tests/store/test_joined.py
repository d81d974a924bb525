"""A census of what is tracked and what is not, as one."""

from memtui.model.census import Census
from memtui.model.untracked import Outside, Untracked
from memtui.store.joined import joined


def test_buffers_of_the_process_belong_to_the_sizes_of_their_type():
    census = Census(at=1.0, names=("dict", "torch.Tensor"), counts=[3, 2], sizes=[300, 160])
    untracked = Untracked(
        at=2.0,
        names=["str", "dict", "pyarrow.lib.Table"],
        counts=[10, 1, 1],
        sizes=[500, 64, 56],
        most=[12, 1, 1],
        least=[9, 1, 1],
        outside=[
            Outside("torch.Tensor", 2, 1, 4000, "process"),
            Outside("torch.Tensor", 2, 1, 9000, "cuda:0"),
            Outside("pyarrow.lib.Table", 1, 3, 2000, "process"),
            Outside("mmap.mmap", 1, 1, 1 << 30, "mapped"),
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
    assert Untracked(at=1.0, names=[], counts=[], sizes=[], most=[], least=[]).error == 0.0
