"""Problems that know their truth: samplers with an entropy or a mutual information in nats, and real data."""

from entropylab.problems.bijections import *  # noqa: F403
from entropylab.problems.bmi_tasks import BMI_TASKS as BMI_TASKS
from entropylab.problems.catalogue import PROBLEMS as PROBLEMS
from entropylab.problems.catalogue import problem as problem
from entropylab.problems.catalogue import problems as problems
from entropylab.problems.continuous import *  # noqa: F403
from entropylab.problems.dependent import *  # noqa: F403
from entropylab.problems.discrete import *  # noqa: F403
from entropylab.problems.mixed import *  # noqa: F403
from entropylab.problems.mixtures import *  # noqa: F403
from entropylab.problems.multivariate import *  # noqa: F403
from entropylab.problems.point_files import *  # noqa: F403
from entropylab.problems.point_sets import *  # noqa: F403
from entropylab.problems.problem import *  # noqa: F403
from entropylab.problems.real_data import *  # noqa: F403
