"""One session of the dashboard: the script that `panel serve` and `entropylab serve` run."""

from entropylab.app.shell import serve

serve()
