"""The boxes of the dashboard, each for one idea and in its own folder.

``UPPER`` and ``LOWER`` are where a pane is registered: adding one is a folder here and one line
below.  ``pane.py`` shows records and posts what the user wants; ``desk.py`` answers that through the
session; ``pane.tcss`` is its style sheet; the other files are widgets that no other pane uses.
"""

from __future__ import annotations

from memtui.ui.panes.allocations.desk import AllocationsDesk
from memtui.ui.panes.census.desk import CensusDesk
from memtui.ui.panes.collector.desk import CollectorDesk
from memtui.ui.panes.globals.desk import GlobalsDesk
from memtui.ui.panes.growth.desk import GrowthDesk
from memtui.ui.panes.instances.desk import InstancesDesk
from memtui.ui.panes.threads.desk import ThreadsDesk
from memtui.ui.panes.watch.desk import WatchDesk

UPPER = (CensusDesk, GrowthDesk)
"""Side by side on a wide terminal, tabs of one place on a narrow one."""

LOWER = (InstancesDesk, CollectorDesk, AllocationsDesk, WatchDesk, GlobalsDesk, ThreadsDesk)
"""Tabs of one place."""
