"""Icons as drawings: a font of icons comes from a server, and a notebook that is cut off shows its words instead."""

from __future__ import annotations

# Outlines on a square of 24 x 24; what is open is drawn with a stroke, what is closed is filled as well.
_OPEN = {
    "undo": "M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
    "redo": "M15 14l5-5-5-5M20 9H10a6 6 0 0 0 0 12h3",
    "reset": "M4 4v6h6M4.5 10a8 8 0 1 1-.4 4",
    "link": "M10 14a4 4 0 0 0 6 0l4-4a4 4 0 0 0-6-6l-1.5 1.5M14 10a4 4 0 0 0-6 0l-4 4a4 4 0 0 0 6 6l1.5-1.5",
    "code": "M8 6l-6 6 6 6M16 6l6 6-6 6",
    "download": "M12 3v12M6 10l6 6 6-6M4 21h16",
    "image": "M3 4h18v16H3zM4 18l5-6 4 4 3-3 4 5",
    "help": "M12 2.5a9.5 9.5 0 1 0 0 19a9.5 9.5 0 1 0 0-19M9 9.5a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1-1.5 2.4M12 17v1",
}
_CLOSED = {
    "lesson": "M12 4L1 10l11 6 11-6zM5 14v4c3 3 11 3 14 0v-4l-7 4z",
    "play": "M7 4l13 8-13 8z",
    "pause": "M6 4h4v16H6zM14 4h4v16h-4z",
    "step": "M5 4l10 8-10 8zM17 4h2.5v16H17z",
    "steps": "M3 4l9 8-9 8zM12 4l9 8-9 8z",
    "stop": "M5 5h14v14H5z",
}


def icon(name: str) -> str:
    """The drawing of that name as SVG; the button that holds it gives its colour."""
    path, fill = (_CLOSED[name], "#000") if name in _CLOSED else (_OPEN[name], "none")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
        f'<path d="{path}" fill="{fill}" stroke="#000" stroke-width="{1 if name in _CLOSED else 2}" '
        'stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )
