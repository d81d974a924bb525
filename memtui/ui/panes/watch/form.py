"""Where one types what to watch."""

from __future__ import annotations

from typing import ClassVar

from memtui.ui.widgets.form.field_form import FieldForm


class WatchForm(FieldForm):
    """What to watch, which calls of it, and what to show of them."""

    FIELDS: ClassVar = {
        "target": ("watch", "module:function or module:Class.method"),
        "condition": ("only if", "kwargs['user'] == 'al' and cost_ms > 10"),
        "expr": ("show", "args[0].items, len(return_obj), … or nothing for all of it"),
    }
