"""The dashboard: `panel serve app.py`."""

from entropylab.app.shell import serve

serve()
