"""The pages, in the order of the navigation; one import line each."""

from entropylab.app.pages.attention import PAGE as ATTENTION
from entropylab.app.pages.bias import PAGE as BIAS
from entropylab.app.pages.hulls import PAGE as HULLS
from entropylab.app.pages.information import PAGE as INFORMATION
from entropylab.app.pages.mixtures import PAGE as MIXTURES
from entropylab.app.pages.partitions import PAGE as PARTITIONS
from entropylab.app.pages.patterns import PAGE as PATTERNS

PAGES = {page.name: page for page in (PATTERNS, BIAS, MIXTURES, INFORMATION, PARTITIONS, HULLS, ATTENTION)}
