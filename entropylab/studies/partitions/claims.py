"""Claims of Shihab et al. (2025) about the entropy of partitions."""

from __future__ import annotations

from entropylab.studies.core.claims import Claim, approximately
from entropylab.studies.entropynet.stages import Preprocessing
from entropylab.studies.partitions.parameters import Partitions

CLUSTERS = Partitions(samples=300)
UNIFORM = Partitions(data="uniform", samples=300, anchors=6)
TRAINED = Preprocessing(steps=100)
RANDOM = UNIFORM.replace(anchors=16, anchor_choice="random")


CLAIMS = [
    Claim(
        "H_diff exhibits scale invariance.",
        "Shihab et al. (2025), 4.1.2",
        "0",
        "partitions",
        RANDOM.replace(scale=0.1),
        lambda answer: answer.soft_over_scale[20] - answer.soft,
        "H(S) − H(S / 10), sharpness fixed [nats]",
        approximately(0.0, 0.01),
        "Scaling by s is sharpness times s²: it is invariant only in the data's own unit.",
    ),
    Claim(
        "Learnable anchors converge to optimal partition centroids.",
        "Shihab et al. (2025), B.1",
        "2.7 (k-means)",
        "partitions",
        RANDOM,
        lambda answer: answer.final_soft,
        "H after 100 steps of Adam on 16 anchors [nats]",
        approximately(2.7, 0.1),
        "They collapse: the entropy is least where one cell has every point, and no point has to move for that.",
    ),
    Claim(
        "The gradient of H_diff in an anchor is the one printed.",
        "Shihab et al. (2025), B.1",
        "1",
        "partitions",
        UNIFORM,
        lambda answer: answer.printed_cosine.mean(),
        "cosine with automatic differentiation, mean over α",
        approximately(1.0, 1e-6),
        "Another vector. The corrected one: (2α/n) Σ p (Σ p ln q − ln q)(x − c), cosine 1.",
    ),
    Claim(
        "Theorem 3 bounds the distance from the hard entropy by what can be computed.",
        "Shihab et al. (2025), F.3",
        "> 0",
        "partitions",
        UNIFORM.replace(family="halfspace", halfspaces=4),
        lambda answer: answer.shihab_certifies.mean(),
        "share of temperatures where it certifies anything",
        lambda value: value > 0,
        "At none of 33 from 0.001 to 10; the certificate beside it falls to 0 with τ.",
    ),
    Claim(
        "In high dimension soft assignments become uniform.",
        "Shihab et al. (2025), C.2",
        "1/6",
        "partitions",
        UNIFORM.replace(dimension=20),
        lambda answer: 1 - answer.leakage,
        "mean share in the own cell, d = 20, k = 6",
        approximately(1 / 6, 0.05),
        "At fixed sharpness they harden: squared distances grow with the dimension.",
    ),
    Claim(
        "Clusters of aspect 100 : 1 lead to an overestimate of the entropy.",
        "Shihab et al. (2025), C.2",
        "> 0",
        "partitions",
        CLUSTERS.replace(aspect=100.0),
        lambda answer: answer.hard - answer.group_entropy,
        "H − entropy of the groups, k = 6 [nats]",
        lambda value: value > 0.0,
        "With as many anchors as clusters H stays at ln k or below; what is lost is the groups themselves.",
    ),
    Claim(
        "The elbow of H over k finds the number of natural clusters.",
        "Shihab et al. (2025), E.1",
        "3",
        "partitions",
        CLUSTERS.replace(groups=3),
        lambda answer: answer.elbow,
        "elbow for three clusters, k up to 24",
        approximately(3, 0.5),
        "H follows ln k, and so does its elbow: 7 of 24 for ln k alone. The elbow of k-means' own "
        "sum of squares does find three.",
    ),
    Claim(
        "EntropyNet preprocesses with a hull error of 0.11 %.",
        "Shihab et al. (2025), table 2",
        "0.0011",
        "partitions",
        TRAINED,
        lambda answer: answer.area_error,
        "relative error of the hull's area, held-out uniform sets",
        lambda value: value < 0.005,
        "More than a third of the hull is gone; with enough stability for 0.1 % nothing moves.",
        training="entropynet",
    ),
    Claim(
        "EntropyNet makes Chan's algorithm 4.14 times as fast.",
        "Shihab et al. (2025), table 2",
        "4.14",
        "partitions",
        TRAINED,
        lambda answer: answer.tests_saved,
        "orientation tests before over after, the network not counted",
        approximately(4.14, 0.5),
        "As many tests as before, give or take a few in a hundred, on another hull. With the "
        "network in the clock it takes some ten times as long: `entropylab run ablations`.",
        training="entropynet",
    ),
]
