"""From sparse counts of themes and feedback to a verdict on every cell and week."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from earshot_statistics.anomaly import Floats, judge

ALL = "all"
Names = npt.NDArray[np.str_]


def _names(column: pa.ChunkedArray) -> Names:
    return np.array(column.to_pylist(), dtype=str)


def judge_weeks(mentions: pa.Table, feedback: pa.Table, weeks: int) -> pa.Table:
    """One row per series, theme, segment and channel that ever mentioned the theme, and week.

    Cells over all channels are one family of tests per week; cells of single channels are another one, and only the
    former get an anomaly, so that looking at channels does not multiply the false alarms.

    Args:
        mentions: series, theme_id, segment, channel, week_index, mentions, with the roll-ups called `all`.
        feedback: segment, channel, week_index, feedback_n, with the same roll-ups.
        weeks: number of weeks; `week_index` counts from 0.
    """
    segments, segment_code = np.unique(_names(feedback["segment"]), return_inverse=True)
    channels, channel_code = np.unique(_names(feedback["channel"]), return_inverse=True)
    exposure = np.zeros((len(segments), len(channels), weeks))
    exposure[segment_code, channel_code, feedback["week_index"].to_numpy()] = feedback["feedback_n"].to_numpy()
    series_of = _names(mentions["series"])
    parts = []
    for series in np.unique(series_of):
        rows = mentions.filter(pa.array(series_of == series))
        themes, theme_code = np.unique(_names(rows["theme_id"]), return_inverse=True)
        counted = np.zeros((len(themes), *exposure.shape))
        segment_of = np.searchsorted(segments, _names(rows["segment"]))
        channel_of = np.searchsorted(channels, _names(rows["channel"]))
        counted[theme_code, segment_of, channel_of, rows["week_index"].to_numpy()] = rows["mentions"].to_numpy()
        single = np.flatnonzero(channels != ALL)
        cells = counted[:, :, single]
        heard = np.broadcast_to(exposure[:, single], cells.shape)
        for channel_names in (np.array([ALL]), channels[single]):
            parts.append(_family(str(series), (themes, segments, channel_names), cells, heard))
    return pa.concat_tables(parts) if parts else SCHEMA.empty_table()


SCHEMA = pa.schema(
    [
        ("series", pa.string()),
        ("theme_id", pa.string()),
        ("segment", pa.string()),
        ("channel", pa.string()),
        ("week_index", pa.int64()),
        ("expected_mentions", pa.float64()),
        ("anomaly_p", pa.float64()),
        ("anomaly_q", pa.float64()),
        ("recent_mentions", pa.float64()),
        ("recent_expected", pa.float64()),
        ("trend_q", pa.float64()),
        ("trend", pa.string()),
    ]
)


def _family(series: str, names: tuple[Names, Names, Names], cells: Floats, heard: Floats) -> pa.Table:
    """Verdicts of one family of tests as rows; cells that never mentioned their theme are left out.

    Args:
        series: name of the series.
        names: themes, segments and channels of the family; `all` as the only channel sums over channels.
        cells: mentions of shape (themes, segments, single channels, weeks).
        heard: feedback of the same shape.
    """
    weeks = cells.shape[-1]
    over_all = list(names[2]) == [ALL]
    shape = (-1, cells.shape[2], weeks) if over_all else (-1, 1, weeks)
    mentioned = cells.reshape(shape).sum(axis=(1, 2)) > 0
    verdict = judge(cells.reshape(shape)[mentioned], heard.reshape(shape)[mentioned])
    nothing = np.full(verdict.q.shape, np.nan)
    theme, segment, channel = (axis.reshape(-1)[mentioned] for axis in np.meshgrid(*names, indexing="ij"))
    numbers = [
        verdict.expected,
        verdict.p if over_all else nothing,
        verdict.q if over_all else nothing,
        verdict.recent,
        verdict.recent_expected,
        verdict.trend_q,
    ]
    columns = [
        pa.array(np.repeat(series, len(theme) * weeks), pa.string()),
        *(pa.array(np.repeat(axis, weeks), pa.string()) for axis in (theme, segment, channel)),
        pa.array(np.tile(np.arange(weeks), len(theme)), pa.int64()),
        *(pa.array(values.reshape(-1), pa.float64(), from_pandas=True) for values in numbers),
        pa.array(verdict.trend.reshape(-1), pa.string()),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)
