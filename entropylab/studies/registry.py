"""All experiments by name."""

from entropylab.studies.attention.experiment import attention as attention
from entropylab.studies.attention.language_stages import language as language
from entropylab.studies.attention.training_stages import attention_training as attention_training
from entropylab.studies.bias.experiment import bias as bias
from entropylab.studies.cells.schedules import cell_schedules as cell_schedules
from entropylab.studies.cells.stages import cells as cells
from entropylab.studies.core.experiment import EXPERIMENTS as EXPERIMENTS
from entropylab.studies.entropynet.stages import entropynet as entropynet
from entropylab.studies.hulls.ablations import ablations as ablations
from entropylab.studies.hulls.experiment import hulls as hulls
from entropylab.studies.hulls.learned_hulls import learned_hulls as learned_hulls
from entropylab.studies.information.experiment import information as information
from entropylab.studies.mixtures.stages import mixtures as mixtures
from entropylab.studies.partitions.experiment import partitions as partitions
from entropylab.studies.patterns.stages import patterns as patterns
