"""Exact compiled geometry in float64: hulls, distances, triangulations, maxima; every test of a hull is counted."""

from entropylab.geometry.adaptive import *  # noqa: F403
from entropylab.geometry.bounded import *  # noqa: F403
from entropylab.geometry.chains import *  # noqa: F403
from entropylab.geometry.chan import *  # noqa: F403
from entropylab.geometry.delaunay import *  # noqa: F403
from entropylab.geometry.maxima import *  # noqa: F403
from entropylab.geometry.measures import *  # noqa: F403
from entropylab.geometry.quick import *  # noqa: F403
