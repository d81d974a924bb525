"""The boxes of the dashboard, each of one idea: records down, messages up, no session.

``UPPER`` and ``LOWER`` are where a pane is registered: it is one module here, one style sheet
beside it (listed in :data:`memtui.ui.look.SHEETS`) and one line below.
"""

from __future__ import annotations

from memtui.ui.panes.allocations import AllocationsPane
from memtui.ui.panes.collector import CollectorPane
from memtui.ui.panes.globals import GlobalsPane
from memtui.ui.panes.growth import GrowthPane
from memtui.ui.panes.instances import InstancesPane
from memtui.ui.panes.types import TypesPane
from memtui.ui.panes.watch import WatchPane

UPPER = (TypesPane, GrowthPane)
"""Side by side on a wide terminal, tabs of one place on a narrow one."""

LOWER = (InstancesPane, CollectorPane, AllocationsPane, WatchPane, GlobalsPane)
"""Tabs of one place."""
