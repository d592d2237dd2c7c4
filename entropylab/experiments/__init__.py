"""Questions and the experiments that answer them; one import line each."""

from entropylab.experiments import bias_claims as bias_claims
from entropylab.experiments import bias_shapes as bias_shapes
from entropylab.experiments import information_claims as information_claims
from entropylab.experiments import information_network as information_network
from entropylab.experiments import information_slice as information_slice
from entropylab.experiments import mixture_claims as mixture_claims
from entropylab.experiments import partition_claims as partition_claims
from entropylab.experiments import partition_collapse as partition_collapse
from entropylab.experiments import pattern_claims as pattern_claims
from entropylab.experiments.ablations import Ablation as Ablation
from entropylab.experiments.ablations import ablations as ablations
from entropylab.experiments.bias import Bias as Bias
from entropylab.experiments.bias import bias as bias
from entropylab.experiments.entropynet import Preprocessing as Preprocessing
from entropylab.experiments.entropynet import entropynet as entropynet
from entropylab.experiments.experiment import EXPERIMENTS as EXPERIMENTS
from entropylab.experiments.information import Information as Information
from entropylab.experiments.information import information as information
from entropylab.experiments.learned_hulls import LearnedHulls as LearnedHulls
from entropylab.experiments.learned_hulls import learned_hulls as learned_hulls
from entropylab.experiments.mixtures import Mixtures as Mixtures
from entropylab.experiments.mixtures import mixtures as mixtures
from entropylab.experiments.partitions import Partitions as Partitions
from entropylab.experiments.partitions import partitions as partitions
from entropylab.experiments.patterns import Patterns as Patterns
from entropylab.experiments.patterns import patterns as patterns
