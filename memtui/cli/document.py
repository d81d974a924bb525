"""What every JSON document has in common, and the records that several of them hold."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from memtui import __version__
from memtui.present.text import address_text

if TYPE_CHECKING:
    from memtui.cli.connect import Target
    from memtui.model.interpreters import Interpreters
    from memtui.model.process import Process
    from memtui.model.report import Container
    from memtui.verbs.node import Node
    from memtui.verbs.untracked import Untracked

#: The kind of what holds a container, by where the container is. If no name of a module leads
#: to it, the holder is unknown.
_KINDS = {
    "module global": "module-global",
    "class attribute": "class-attribute",
    "function attribute": "function-attribute",
    "default argument": "default-argument",
    "lru-cache": "lru-cache",
    "attribute": "module-global",
    "entry of a container": "module-global",
    "entries of a container": "module-global",
}


def document(kind: str, target: Target, /, **keys: Any) -> dict[str, Any]:
    """One document about ``target``: its kind, the process, the cost, then ``keys``."""
    cost, attachment = target.session.total_cost, target.session.attachment
    return {
        **head(kind),
        "process": {
            **process_json(target.process),
            **interpreters_json(target.session.interpreters()),
        },
        "cost": {
            "wall_ms": round(cost.wall_ms, 3),
            "agent_ms": round(cost.agent_ms, 3),
            "longest_stall_ms": round(cost.longest_stall_ms, 3),
            "attach_ms": round(attachment.attach_ms, 3),
            "method": attachment.method,
        },
        **keys,
    }


def head(kind: str) -> dict[str, Any]:
    """The first keys of every document."""
    return {"memtui": __version__, "kind": kind}


def interpreters_json(interpreters: Interpreters | None) -> dict[str, Any]:
    """How many interpreters a process has, and their IDs."""
    return {
        "interpreters": None if interpreters is None else interpreters.count,
        "interpreter_ids": [] if interpreters is None else list(interpreters.ids),
    }


def process_json(process: Process) -> dict[str, Any]:
    """A process; ``rss_bytes`` and ``uptime_s`` are from the moment of the look."""
    return {
        "pid": process.pid,
        "name": process.name,
        "cmdline": process.cmdline,
        "argv": list(process.argv),
        "python": process.python,
        "uptime_s": None if process.uptime_s is None else round(process.uptime_s, 1),
        "user": process.user,
        "rss_bytes": process.rss_bytes,
    }


def node_json(node: Node) -> dict[str, Any]:
    """An object and those of its children that were expanded."""
    return {
        "type": node.type,
        "address": address_text(node.address),
        "bytes": node.size,
        "preview": node.preview,
        "length": node.length,
        "truncated": node.truncated,
        "redacted": node.redacted,
        "children": [{"edge": edge.edge, "node": node_json(edge.node)} for edge in node.children],
        "hidden": node.hidden,
    }


def holder_json(container: Container) -> dict[str, Any]:
    """A container as a holder."""
    return {
        "kind": _KINDS.get(container.kind, "unknown"),
        "place": container.kind.replace(" ", "-") or None,
        "name": container.name,
        "type": container.type,
        "address": address_text(container.address),
        "entries": container.length,
        "entries_delta": container.delta,
        "bound": container.bound,
        "perhaps_bound": container.beside,
        "seen_in": container.seen_in,
        "entry_types": [{"type": name, "seen": many} for name, many in container.entries],
    }


def estimate_json(untracked: Untracked | None) -> dict[str, Any]:
    """Keys of a document: what was estimated, and within what bounds."""
    if untracked is None:
        return {}
    return {
        "estimated": True,
        "untracked": {
            "objects": untracked.objects,
            "objects_at_least": untracked.least,
            "objects_at_most": untracked.most,
            "bounded": untracked.is_bounded,
            "changed_containers": untracked.changed,
            "bytes": untracked.size,
            "immortal_references": untracked.immortal,
        },
        "outside": [
            {
                "type": each.type,
                "objects": each.objects,
                "buffers": each.regions,
                "bytes": each.size,
                "place": each.place,
            }
            for each in untracked.outside
        ],
        "holders": [
            {"type": each.type, "objects": each.objects, "bytes": each.size}
            for each in untracked.holders
        ],
        "pools": [{"library": each.library, "bytes": each.size} for each in untracked.pools],
        "untold": [
            {"type": each.type, "objects": each.count, "why": each.why} for each in untracked.untold
        ],
    }


def instant(seconds: float) -> str:
    """``seconds`` since the epoch as RFC 3339 in UTC."""
    return (
        datetime.fromtimestamp(seconds, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
