"""``python -m memtui`` is the same as ``memtui``."""

from memtui.cli import main

if __name__ == "__main__":
    main()
