"""Soft match over several devices: four of a processor's, through the code that several accelerators run."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

CODE = """
import jax, numpy as np
from entropylab import device
device.configure("float64")
from entropylab.estimators.patterns.entropy import soft_match
from entropylab.estimators.patterns.sharded import soft_match_across

assert len(jax.devices()) == 4
states = jax.numpy.asarray(np.random.default_rng(0).uniform(size=(130, 3)))
both = [
    jax.value_and_grad(lambda s, t, b: f(s, temperature=t, bandwidth=b), (0, 1, 2))(states, 8.0, 0.4)
    for f in (soft_match_across, soft_match)
]
jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-13), *both)
"""


def test_four_devices_give_the_value_and_gradient_of_one():
    """130 points fill two devices of 64, leave two to the third and none to the fourth. Digits: those of another order.

    In a process of its own, because a processor is divided before its first use.
    """
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}
    done = subprocess.run([sys.executable, "-c", CODE], env=os.environ | flags, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
