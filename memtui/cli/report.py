"""A report as the keys of its JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from memtui.cli.document import instant
from memtui.model.report import plain_words
from memtui.present.text import address_text

if TYPE_CHECKING:
    from memtui.model.report import Container, Finding, GrowingType, Report, Total, TypeTotal


#: The kind of what holds a container, by where the container is; what no name of a module leads to
#: is held by something unknown.
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


def report_keys(report: Report) -> dict[str, Any]:
    """All figures and findings."""
    done = report.collected
    return {
        "verdict": report.verdict,
        "taken_at": instant(report.taken_at),
        "for_s": round(report.for_s, 3),
        "rounds": report.rounds,
        "counts": report.censuses,
        "redacted": report.redacted,
        "findings": [_finding(each) for each in report.findings],
        "before": _total(report.first, report.rss[0][1] if report.rss else None),
        "after": _total(report.last, report.rss[-1][1] if report.rss else None),
        "rss_per_minute": None if report.rss_rate is None else round(report.rss_rate),
        "threads": list(report.threads),
        "frozen": report.frozen,
        "largest": [_type(row) for row in report.largest],
        "most": [_type(row) for row in report.most],
        "growing": [_growing(row) for row in report.growing],
        "containers": [holder_json(each) for each in report.containers],
        "collection": None
        if done is None
        else {
            "freed": done.freed,
            "bytes": done.size,
            "pause_ms": round(done.pause_ms, 3),
            "uncollectable": done.uncollectable,
            "rss_before": done.rss_before,
            "rss_after": done.rss_after,
        },
        "unknown": [plain_words(words) for words in report.unknown],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "pattern": str(finding.pattern),
        "title": plain_words(finding.title),
        "type": finding.type,
        "holder": None if finding.holder is None else holder_json(finding.holder),
        "evidence": [plain_words(words) for words in finding.evidence],
        "recommendation": plain_words(finding.recommendation).strip(),
        "confidence": str(finding.confidence),
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
        "entry_types": [{"type": name, "seen": many} for name, many in container.entries],
    }


def _total(total: Total, rss: int | None) -> dict[str, Any]:
    return {"objects": total.objects, "bytes": total.size, "rss_bytes": rss}


def _type(row: TypeTotal) -> dict[str, Any]:
    return {"type": row.name, "count": row.count, "bytes": row.size, "share": round(row.share, 4)}


def _growing(row: GrowingType) -> dict[str, Any]:
    return {
        "type": row.name,
        "count": row.count,
        "bytes": row.size,
        "count_delta": row.count_delta,
        "bytes_delta": row.size_delta,
        "count_per_s": round(row.per_minute / 60, 3),
        "rounds_grown": row.grew,
        "trend": list(row.trend),
        "freed": row.freed,
    }
