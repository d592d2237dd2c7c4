"""Published tables measured: rivals that only reorder keep the hull; the network does not, and costs more."""

import numpy as np

from entropylab.studies.hulls.ablations import Ablation, ablations
from entropylab.studies.hulls.learned_hulls import learned_hulls
from entropylab.studies.hulls.published import BASELINES, TABLES


def test_the_baselines_at_their_smallest():
    answer = ablations(Ablation(points=64, batch=8))
    at = {name: i for i, name in enumerate(BASELINES)}
    assert answer.variant.values.tolist()[: len(at)] == list(at)
    for name in ("raw", "random permutation", "sorted by x", "no entropy (λ = 0)"):
        assert float(answer.area_error[at[name]]) == 0 and float(answer.far[at[name]]) == 0
    net = at["EntropyNet"]
    assert float(answer.area_error[net]) - 3 * float(answer.area_error_error[net]) > 0.01
    assert float(answer.entropy_after[net]) < float(answer.entropy_before[net])
    # a pass of the network takes some ten times as long as the hull: no load turns that round
    assert float(answer.pipeline_high[net]) < 1
    assert np.isnan(answer.speedup[at["raw"]]) or abs(float(answer.speedup[at["raw"]]) - 1) < 0.3


def test_every_table_has_its_rows():
    assert [len(rows) for rows in TABLES.values()] == [4, 7, 6, 2]


def test_a_learned_polygon_is_never_wrong():
    answer = learned_hulls(samples=1000, training=10, shrink=0.95)
    assert int(answer.wrong) == 0 and float(answer.certified) > 0.5 and 0.5 < float(answer.dropped) < 1
    # a long cloud: the learned triangles hold nearly all that even ones leave out, at ln n = 8 nats a point
    assert float(answer.triangles_learned) < float(answer.triangles_even) - 2
