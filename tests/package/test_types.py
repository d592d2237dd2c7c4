"""What a type checker tells a user: results are numbers, wrong keywords are errors."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
USER = """
import numpy as np
import entropylab as lab

x = np.random.default_rng(0).normal(size=(100, 1))
reveal_type(lab.ksg(x, x[:, 0], k=3))
reveal_type(lab.kde([1.0, 2.0, 3.5]))
reveal_type(lab.entropy(x))
reveal_type(lab.plugin([3, 4]))
reveal_type(lab.ksg.card.bias)
reveal_type(lab.uncertainty("ksg", x, x).estimate)
lab.ksg(x, x, neighbours=3)
"""
REVEALED = ["float", "float | jax._src.basearray.Array", "float", "float", "str", "float"]


@pytest.mark.slow
def test_mypy_on_a_users_script(tmp_path):
    (tmp_path / "user.py").write_text(USER)
    command = [sys.executable, "-m", "mypy", "--follow-imports=silent", "user.py"]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "MYPYPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert re.findall(r'Revealed type is "(.+)"', done.stdout) == REVEALED, done.stdout
    (error,) = re.findall(r"error: (.+)", re.sub(r".*Found .*", "", done.stdout))
    assert "neighbours" in error
