"""Altair charts in the screens' own colours: one idea each, the accent for what the title tells, greys beside it.

Amounts travel as whole ISO minor units beside their text; the browser alone divides, to place a bar.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt
import streamlit as st
from iso4217 import Currency

from dashboards.wording import Row, money

_HEIGHT = 260
_LIGHT = {"accent": "#0b6e6e", "grey": "#b9c2cc", "faint": "#e3e7eb", "text": "#5f6b78"}
_DARK = {"accent": "#4fb8b3", "grey": "#56626e", "faint": "#2c3640", "text": "#9aa6b2"}


def bars(
    rows: Sequence[Row], label: str, series: Sequence[tuple[str, str]], *, stacked: bool = False
) -> None:
    """Show one group of bars per row, in the rows' order.

    Args:
        rows: with the text column `label`, `currency` and the money columns.
        label: what stands below the bars.
        series: (money column, its name); the first in the accent, the others in grey.
        stacked: pile them up; otherwise the first stands in front of the others.
    """
    colours = _colours()
    names = [name for _, name in series]
    shades = dict(zip(names, [colours["accent"], colours["grey"], colours["faint"]], strict=False))
    points = [
        {
            "label": row[label],
            "series": name,
            "minor": int(row[column]),
            "Amount": str(money(row, column)),
            "order": place,
        }
        for row in rows
        for place, (column, name) in reversed(list(enumerate(series)))
    ]
    currency = rows[0]["currency"]
    whole = 10 ** int(Currency(currency).exponent or 0)
    chart = (
        alt.Chart(alt.Data(values=points))  # type: ignore[no-untyped-call]
        .transform_calculate(amount=f"datum.minor / {whole}")
        .mark_bar(cornerRadiusEnd=2, size=max(6, min(56, 760 // len(rows))))
        .encode(
            x=alt.X("label:N", sort=[row[label] for row in rows], title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y(
                "amount:Q", title=currency, stack="zero" if stacked else None,
                axis=alt.Axis(labelExpr="format(datum.value, '~s')", tickCount=4),
            ),
            color=alt.Color(
                "series:N",
                scale=alt.Scale(domain=list(shades), range=list(shades.values())),
                legend=alt.Legend(title=None, orient="top") if len(series) > 1 else None,
            ),
            **({"order": alt.Order("order:Q")} if stacked else {}),  # unstacked, what comes last stands in front
            tooltip=[
                alt.Tooltip("label:N", title="Of"),
                alt.Tooltip("series:N", title="What"),
                alt.Tooltip("Amount:N"),
            ],
        )
    )  # fmt: skip
    st.altair_chart(_styled(chart, colours), width="stretch", theme=None)


def _styled(chart: Any, colours: dict[str, str]) -> Any:
    font = "Inter, 'Segoe UI', system-ui, sans-serif"
    return (
        chart.properties(height=_HEIGHT, background="transparent")
        .configure(font=font)
        .configure_view(strokeWidth=0)
        .configure_axis(
            labelColor=colours["text"], titleColor=colours["text"], gridColor=colours["faint"], domain=False,
            ticks=False, labelFontSize=12, titleFontSize=12, titleFontWeight="normal", labelPadding=6,
        )
        .configure_axisX(grid=False, labelLimit=90)
        .configure_scale(bandPaddingInner=0.35)
        .configure_legend(labelColor=colours["text"], labelFontSize=12, symbolType="square", offset=4)
    )  # fmt: skip


def _colours() -> dict[str, str]:
    return _DARK if st.context.theme.type == "dark" else _LIGHT
