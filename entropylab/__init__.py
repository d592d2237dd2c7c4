"""EntropyLab: entropy estimators with their truth, their bias and their error bar. Values are in nats."""

from entropylab.audit import *  # noqa: F403
from entropylab.estimators import *  # noqa: F403
from entropylab.facade import *  # noqa: F403
from entropylab.geometry import *  # noqa: F403
