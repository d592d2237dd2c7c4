"""The pages, in the order of the navigation; one import line each."""

from entropylab.studies.attention.page import PAGE as ATTENTION
from entropylab.studies.bias.page import PAGE as BIAS
from entropylab.studies.hulls.page import PAGE as HULLS
from entropylab.studies.information.page import PAGE as INFORMATION
from entropylab.studies.mixtures.page import PAGE as MIXTURES
from entropylab.studies.partitions.page import PAGE as PARTITIONS
from entropylab.studies.patterns.page import PAGE as PATTERNS

PAGES = {page.name: page for page in (PATTERNS, BIAS, MIXTURES, INFORMATION, PARTITIONS, HULLS, ATTENTION)}
