"""The command line: the same numbers as a notebook, flags from the knobs, one clear error."""

import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

from entropylab import device
from entropylab.cli import bench
from entropylab.cli.commands import main, parser
from entropylab.estimators import CATALOGUE
from entropylab.knobs import Knob, knob
from entropylab.numerics.validation import check
from entropylab.studies.core.experiment import EXPERIMENTS, Experiment, stage
from entropylab.studies.core.question import Question
from entropylab.studies.patterns import experiment as patterns

SHOWN = sorted(EXPERIMENTS)


@dataclass(frozen=True, repr=False)
class Dice(Question):
    """A question with every kind of knob."""

    load: float = knob(Knob("a", "How loaded, in % of the way.", 0.5, 0.0, 1.0))
    side_count: int = knob(Knob("m", "Sides.", 6, stops=(2, 4, 6, 8)))
    colour: str = knob(Knob("c", "Colour.", "red", stops=("red", "blue")))
    fair: bool = knob(Knob("f", "Whether fair.", False))
    marks: tuple[str, ...] = knob(Knob("s", "Marks.", ("dots",), stops=("dots", "lines", "stars")))


@pytest.fixture
def configured(monkeypatch):
    """An experiment on dice, in a process that is configured already; tells what configuring was asked for."""
    calls = []
    monkeypatch.setattr(device, "configure", lambda *given: calls.append(given))

    @stage("load", "side_count", "colour", "fair", "marks")
    def throw(knobs):
        p = np.full(knobs.side_count, 1 / knobs.side_count)
        if not knobs.fair:
            p = (1 - knobs.load) * p + knobs.load * np.eye(knobs.side_count)[0]
        if knobs.colour == "blue" and knobs.side_count == 8:
            raise ValueError("blue dice have at most six sides: got 8; choose red.")
        return xr.Dataset(
            {
                "entropy": ((), -(p * np.log(p, where=p > 0, out=np.zeros_like(p))).sum(), {"units": "nats"}),
                "probability": ("side", p),
                "over_load": ("load", np.linspace(0, 1, 3) ** knobs.load),
            },
            coords={"load": [0.0, 0.5, 1.0]},
        )

    Experiment("dice", Dice, "A loaded die, 100 % safe.", stages=(throw,))
    yield calls
    del EXPERIMENTS["dice"]


@pytest.mark.slow
def test_the_numbers_are_those_of_python_bit_for_bit(tmp_path):
    file = tmp_path / "answer.nc"
    flags = ["--samples", "64", "--noise", "0.1", "--temperature", "7.3", "--out", str(file)]
    done = subprocess.run(
        [sys.executable, "-m", "entropylab", "run", "patterns", *flags],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    expected = patterns(samples=64, noise=0.1, temperature=7.3)
    with xr.open_dataset(file, engine="h5netcdf") as found:
        assert found.identical(expected)
    soft = next(line.split() for line in done.stdout.splitlines() if line.startswith("soft "))
    assert float(soft[1]) == float(expected.soft) and soft[2] == "nats"
    assert "Patterns(temperature=7.3, samples=64, noise=0.1)" in done.stdout


def test_run_configures_the_device_and_prints_the_numbers(configured, capsys):
    assert main(["run", "dice", "--load", "0.25"]) == 0
    assert configured == [()]
    told = capsys.readouterr().out
    assert "Dice(load=0.25) on " in told and told.splitlines()[-1].split() == [
        "entropy", str(float(EXPERIMENTS["dice"](load=0.25).entropy)), "nats",
    ]  # fmt: skip


def test_every_kind_of_flag(configured, tmp_path, capsys):
    flags = ["--load=1e-3", "--side-count", "4", "--colour", "blue", "--fair", "true", "--marks", "stars,dots"]
    assert main(["run", "dice", *flags, "--out", str(tmp_path / "die.nc")]) == 0
    with xr.open_dataset(tmp_path / "die.nc", engine="h5netcdf") as found:
        expected = EXPERIMENTS["dice"](load=1e-3, side_count=4, colour="blue", fair=True, marks=("dots", "stars"))
        assert found.identical(expected.assign_attrs(fair=1, marks="dots,stars"))
        assert float(found.entropy) == pytest.approx(np.log(4), rel=1e-15)


@pytest.mark.parametrize("name", [*SHOWN, "dice"])
def test_help_tells_every_knob(name, capsys, configured):
    with pytest.raises(SystemExit) as end:
        main(["run", name, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert end.value.code == 0
    for knob_name, declared in EXPERIMENTS[name].question.knobs().items():
        assert f"--{knob_name.replace('_', '-')} " in told
        # argparse breaks lines at hyphens
        for words in (declared.meaning, declared.domain[1:], f"default {declared.write(declared.default)}."):
            assert " ".join(words.split()).replace("- ", "-") in told.replace("- ", "-")


@pytest.mark.parametrize("name", SHOWN)
def test_a_flag_sets_its_knob(name):
    whole = parser()
    for knob_name, declared in EXPERIMENTS[name].question.knobs().items():
        several = {"flag": (True, False), "choice": declared.stops, "set": (declared.stops[:1], declared.stops)}
        several["places"] = ("none", "1:0:0 2:0.5:-0.5")
        several["image"] = ("none", "g" * declared.side**2)
        ends = several.get(declared.kind, (declared.low, declared.high))
        for value in map(declared.check, ends):
            found = whole.parse_args(["run", name, f"--{knob_name.replace('_', '-')}={declared.write(value)}"])
            assert getattr(found, f"knob_{knob_name}") == value


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["run", "dice", "--load", "1000"], "load must be a number from 0 to 1: got 1000.0."),
        (["run", "dice", "--load", "-1"], "load must be a number from 0 to 1: got -1.0."),
        (["run", "dice", "--load", "hot"], "load must be a number from 0 to 1: got 'hot'."),
        (["run", "dice", "--side-count", "2.5"], "side_count must be a whole number from 2 to 8: got 2.5."),
        (["run", "dice", "--colour", "green"], "colour must be one of red, blue: got 'green'."),
        (["run", "dice", "--fair", "maybe"], "fair must be true or false: got 'maybe'."),
        (
            ["run", "dice", "--marks", "dots,ink"],
            "marks must be one or more of dots, lines, stars: got ('dots', 'ink').",
        ),
        (["run", "dice", "--colour", "blue", "--side-count", "8"], "blue dice have at most six sides: got 8"),
        (["sweep", "dice", "side_count", "4", "8", "--colour", "blue"], "blue dice have at most six sides: got 8"),
        (["run", "dice", "--loa", "3"], "unrecognized arguments: --loa 3"),
        (["run", "dice", "--out", "answer.txt"], "an answer is written as .nc, .csv, .json: got answer.txt"),
        (["run", "dice", "--out", "nowhere/answer.nc"], "there is no folder nowhere: make it first."),
        (["sweep", "dice", "load", "1", "nan"], "load must be a number from 0 to 1: got nan."),
        (["sweep", "dice", "load", "1", "1.0"], "a sweep needs values that differ: got load = 1.0, 1.0."),
        (["sweep", "dice", "load", "1", "--load", "2"], "unrecognized arguments: --load 2"),
        (["run", "clouds"], "invalid choice: 'clouds'"),
        (["bench", "--only", "clouds"], "no benchmark clouds: choose from app_latency"),
        ([], "required: COMMAND"),
    ],
)
def test_a_mistake_is_one_line_and_code_2(words, told, capsys, configured):
    try:
        code = main(words)
    except SystemExit as end:
        code = end.code
    out, err = capsys.readouterr()
    assert code == 2 and out == ""
    assert told in err and err.count("\n") == 1


def test_a_sweep_holds_the_answers_side_by_side(configured, capsys, tmp_path):
    file = tmp_path / "sweep.nc"
    assert main(["sweep", "dice", "load", "0.9", "0.1", "--side-count", "4", "--out", str(file)]) == 0
    with xr.open_dataset(file, engine="h5netcdf") as found:
        assert found.swept_load.values.tolist() == [0.9, 0.1]
        for load in (0.9, 0.1):
            expected = EXPERIMENTS["dice"](load=load, side_count=4)
            here = found.sel(swept_load=load, drop=True)
            assert set(here.variables) == set(expected.variables)
            for name in expected.variables:
                np.testing.assert_array_equal(here[name].values, expected[name].values, err_msg=name)
                assert here[name].attrs == expected[name].attrs
        assert "load" not in found.attrs and found.attrs["side_count"] == 4
        assert found.attrs["question"] == "Dice(side_count=4) at load = 0.9, 0.1"
    first, second = capsys.readouterr().out.splitlines()[5:7]
    assert first.split() == ["0.9", str(float(found.entropy[0]))]
    assert second.split() == ["0.1", str(float(found.entropy[1]))]


def test_a_sweep_over_sizes_fills_what_is_missing_with_nan(configured, tmp_path):
    file = tmp_path / "sweep.nc"
    assert main(["sweep", "dice", "side_count", "4", "2", "--out", str(file)]) == 0
    with xr.open_dataset(file, engine="h5netcdf") as found:
        assert found.probability.dims == ("swept_side_count", "side")
        np.testing.assert_array_equal(found.probability, [[0.625, 0.125, 0.125, 0.125], [0.75, 0.25, np.nan, np.nan]])


@pytest.mark.parametrize(
    ("knob_name", "values"),
    [("colour", ("red", "blue")), ("fair", ("true", "false")), ("marks", ("dots", "lines,stars"))],
)
def test_a_sweep_over_names(knob_name, values, configured, tmp_path):
    for ending in (".csv", ".json", ".nc"):
        assert main(["sweep", "dice", knob_name, *values, "--out", str(tmp_path / f"sweep{ending}")]) == 0
    told = (tmp_path / "sweep.csv").read_text()
    for value in values:
        asked = EXPERIMENTS["dice"].question.knobs()[knob_name].parse(value)
        expected = EXPERIMENTS["dice"](**{knob_name: asked}).entropy.values
        assert f"entropy,nats,{value.title() if knob_name == 'fair' else csv_cell(value)},,,{expected}\n" in told
    with xr.open_dataset(tmp_path / "sweep.nc", engine="h5netcdf") as found:
        assert found.entropy.shape == (2,)


def csv_cell(text):
    """A text as CSV writes it."""
    return f'"{text}"' if "," in text else text


@pytest.mark.filterwarnings("default")
def test_a_warning_is_one_line(configured, capsys, monkeypatch):
    stage = EXPERIMENTS["dice"].stages[0]
    throw = stage.function

    def warned(knobs):
        check.warn("two dice are equal: the entropy is too low.")
        return throw(knobs)

    monkeypatch.setattr(stage, "function", warned)
    assert main(["run", "dice", "--load", "0.123"]) == 0
    assert capsys.readouterr().err == "warning: two dice are equal: the entropy is too low.\n"


def test_list_tells_the_catalogue(capsys):
    assert main(["list"]) == 0
    header, _, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["name", "quantity", "takes", "differentiable", "reference", "bias"]
    assert sorted(line.split()[0] for line in lines) == sorted(CATALOGUE)
    for line in lines:
        card = CATALOGUE[line.split()[0]]
        told = (card.name, card.quantity, card.takes, ("no", "yes")[card.differentiable], card.reference, card.bias)
        assert line.split() == " ".join(told).split()


def test_list_tells_the_experiments(capsys):
    assert main(["list", "--experiments"]) == 0
    lines = capsys.readouterr().out.splitlines()[2:]
    assert [line.split()[0] for line in lines] == list(EXPERIMENTS)
    assert all(experiment.about in line for line, experiment in zip(lines, EXPERIMENTS.values(), strict=True))


def test_bench_collects_what_the_scripts_print(tmp_path, capfd):
    folder = tmp_path / "benchmarks"
    folder.mkdir()
    (folder / "fast.py").write_text('if __name__ == "__main__":\n    print("| ours | peer |")\n')
    (folder / "slow.py").write_text('if __name__ == "__main__":\n    print("| slow |")\n    raise SystemExit(3)\n')
    (folder / "shared.py").write_text("raise RuntimeError('not a script')\n")
    out = tmp_path / "results.md"
    assert bench.run(None, out, folder) == 1
    assert out.read_text() == (
        "# Benchmarks\n\nWritten by `entropylab bench`.\n\n## fast\n\n| ours | peer |\n"
        "\n## slow\n\n| slow |\n\nThe script failed with exit code 3.\n"
    )
    (folder / "slow.py").write_text('if __name__ == "__main__":\n    print("| mended |")\n')
    (folder / "fast.py").write_text('if __name__ == "__main__":\n    print("| not run |")\n')
    assert bench.run(["slow"], out, folder) == 0
    assert "## fast\n\n| ours | peer |\n" in out.read_text() and out.read_text().endswith("## slow\n\n| mended |\n")
    assert "failed: slow" in capfd.readouterr().out


def test_every_script_of_the_checkout_is_found():
    found = bench.scripts()
    assert "timing" not in found and all(file.parent.name == "benchmarks" for file in found.values())
