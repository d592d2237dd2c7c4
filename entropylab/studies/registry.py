"""All experiments by name, and all claims."""

from entropylab.studies.attention import claims as attention_claims
from entropylab.studies.attention.experiment import attention as attention
from entropylab.studies.attention.language_stages import language as language
from entropylab.studies.attention.training_stages import attention_training as attention_training
from entropylab.studies.bias import claims as bias_claims
from entropylab.studies.bias.experiment import bias as bias
from entropylab.studies.cells import claims as cells_claims
from entropylab.studies.cells.schedules import cell_schedules as cell_schedules
from entropylab.studies.cells.stages import cells as cells
from entropylab.studies.core.experiment import EXPERIMENTS as EXPERIMENTS
from entropylab.studies.entropynet.stages import entropynet as entropynet
from entropylab.studies.hulls import claims as hulls_claims
from entropylab.studies.hulls.ablations import ablations as ablations
from entropylab.studies.hulls.experiment import hulls as hulls
from entropylab.studies.hulls.learned_hulls import learned_hulls as learned_hulls
from entropylab.studies.information import claims as information_claims
from entropylab.studies.information.experiment import information as information
from entropylab.studies.mixtures import claims as mixtures_claims
from entropylab.studies.mixtures.stages import mixtures as mixtures
from entropylab.studies.partitions import claims as partitions_claims
from entropylab.studies.partitions.experiment import partitions as partitions
from entropylab.studies.patterns import claims as patterns_claims
from entropylab.studies.patterns.stages import patterns as patterns

CLAIMS = [
    *attention_claims.CLAIMS,
    *bias_claims.CLAIMS,
    *cells_claims.CLAIMS,
    *hulls_claims.CLAIMS,
    *information_claims.CLAIMS,
    *mixtures_claims.CLAIMS,
    *partitions_claims.CLAIMS,
    *patterns_claims.CLAIMS,
]
