"""The dashboard: `panel serve app.py`."""

import panel as pn

from entropylab.app.shell import serve

pn.extension()
# A session that begins without a page request would ask a distribution network for its styles.
pn.state.curdoc.template_variables.setdefault("dist_url", "static/extensions/panel/")
serve().servable()
