"""The dashboard: `panel serve app.py`."""

import panel as pn

from entropylab.app.shell import serve

pn.extension()
serve().servable()
