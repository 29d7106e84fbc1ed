"""Bar charts made on the server: one drawing for the screen, the paper and the PDF."""

from dataclasses import dataclass

from django.template.loader import render_to_string

COLOURS = {
    "mine": "#0a5a61",
    "theirs": "#3c4a9a",
    "hold": "#f2b53b",
    "late": "#a1261d",
    "done": "#1f6b3a",
    "plain": "#8b9297",
}
WIDTH, ROW = 340, 48
LONGEST = 285  # leaves room for the number after the bar
LABEL_LENGTH = 42


@dataclass(frozen=True)
class Series:
    kind: str
    label: str

    @property
    def colour(self):
        return COLOURS[self.kind]


@dataclass(frozen=True)
class Segment:
    series: Series
    count: int
    x: str
    width: str


@dataclass(frozen=True)
class Row:
    label: str
    short_label: str
    counts: tuple
    total: int
    url: str
    segments: tuple
    text_y: int
    bar_y: int
    end_x: str


@dataclass(frozen=True)
class BarChart:
    title: str
    series: tuple
    rows: tuple
    width: int
    height: int

    @property
    def has_figures(self):
        return any(row.total for row in self.rows)

    @property
    def description(self):
        """Say the chart in words, row after row."""
        several = len(self.series) > 1
        sentences = []
        for row in self.rows:
            parts = [f"{series.label} {count}" for series, count in zip(self.series, row.counts, strict=True) if count]
            sentences.append(f"{row.label}: {row.total}" + (f" ({', '.join(parts)})" if several and parts else ""))
        return "; ".join(sentences)


def bar_chart(title, rows, series) -> BarChart:
    """Lay out stacked bars: rows of (label, counts, url or ""), series of (kind, label) in the same order."""
    series = tuple(Series(kind, str(label)) for kind, label in series)
    rows = [(str(label), tuple(counts), url or "") for label, counts, url in rows]
    longest = max((sum(counts) for _label, counts, _url in rows), default=0) or 1
    drawn = []
    for index, (label, counts, url) in enumerate(rows):
        x, segments = 0.0, []
        for one, count in zip(series, counts, strict=True):
            width = LONGEST * count / longest
            if count:
                segments.append(Segment(one, count, f"{x:.1f}", f"{max(width, 2):.1f}"))
            x += width
        short = label if len(label) <= LABEL_LENGTH else label[: LABEL_LENGTH - 1].rstrip() + "…"
        top = index * ROW
        drawn.append(
            Row(label, short, counts, sum(counts), url, tuple(segments), top + 16, top + 23, f"{max(x, 0) + 8:.1f}")
        )
    return BarChart(str(title), series, tuple(drawn), WIDTH, max(len(drawn) * ROW, ROW))


def svg(chart: BarChart) -> str:
    """Return the drawing alone, as a PDF needs it."""
    return render_to_string("components/bar_chart.svg", {"chart": chart, "uid": "chart", "standalone": True})
