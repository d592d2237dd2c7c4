"""What the README says is true: its table, its code, its commands, its links, its picture of the house."""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from entropylab.cli import headlines
from entropylab.cli.catalogue import BEGIN, END, markdown
from entropylab.cli.commands import parser

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks in `language`, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def command(name: str) -> str:
    """The command under the marker `name`, which .ci/run reads too."""
    return re.search(rf"^<!-- command: {name} -->\n```bash\n(.+)\n```$", README, re.MULTILINE)[1]


def test_the_catalogue_is_that_of_the_cards():
    told = README.split(BEGIN)[1].split(END)[0].strip()
    assert told == markdown(), "run entropylab catalogue --readme"


def test_the_benchmarks_have_the_form_that_the_command_writes():
    """Every number stands where a number belongs; which numbers, the machine decides."""
    told = README.split(headlines.BEGIN)[1].split(headlines.END)[0].strip()
    sentence, table = told.split("\n\n")
    assert re.match(r"Measured on \d{4}-\d\d-\d\d on a shared \w+ server of \d+ cores", sentence)
    head, rule, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines())
    assert tuple(head) == headlines.COLUMNS and set(rule) == {"---"} and rows
    number = r"-?[\d.]+(e\+?\d+)?"
    forms = {
        "ours ms": number,
        "ratio": f"({number})?",
        "goal": f"(at (least|most) {number})?",
        "of the limit": r"(\d+%)?",
    }
    for row in rows:
        cells = dict(zip(headlines.COLUMNS, row, strict=True))
        assert cells["work"] and all(re.fullmatch(form, cells[name]) for name, form in forms.items()), row
    measured = json.loads((ROOT / "benchmarks" / "targets.json").read_text(encoding="utf-8"))
    assert told == headlines.markdown(measured), "run entropylab bench --readme"


def test_the_python_runs_as_written():
    code = "\n".join(blocks("python")) + (
        "\nassert abs(lab.ksg(x, y, k=3) - 0.511) < 0.05  # one standard error is 0.02"
        "\nassert lab.entropy(counts=[3, 0, 9], method='hartley', base='bits') == 1"
        "\nassert answer.attrs['question'] == repr(Patterns(temperature=30.0, bandwidth=0.25))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", [line for block in blocks("console") for line in block.splitlines()])
def test_the_command_lines_are_understood(line, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line.removeprefix("$ "))
    assert words[0] == "entropylab"
    if "--help" in words:
        with pytest.raises(SystemExit, match="^0$"):
            parser().parse_args(words[1:])
    else:
        assert callable(parser().parse_args(words[1:]).command)


def test_one_command_serves_and_one_tests():
    install = "python3 -m venv .venv && .venv/bin/pip install -e "
    assert command("serve") == install + '".[app]" && .venv/bin/entropylab serve --show'
    assert command("test") == install + '".[test]" && .venv/bin/python -m pytest -n auto'


def test_continuous_integration_runs_the_same_command():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    function = re.search(r"^readme\(\) \{\n.*?^\}$", script.read_text(), re.MULTILINE | re.DOTALL)[0]
    read = subprocess.run(
        ["bash", "-c", f"{function}\nreadme test"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert read.stdout.strip() == command("test")


SERVING = [
    line for block in blocks("bash") for line in block.split(" && ") if re.search("(panel|entropylab) serve", line)
]


@pytest.mark.parametrize("line", SERVING, ids=["set-up", "deployment"])
def test_the_app_is_served(line, tmp_path):
    program, _, *words = shlex.split(line)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    flags = [word for word in words if word != "--show"]
    log = tmp_path / "log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", Path(program).name, "serve", *flags, "--port", str(port)],
            cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        for _ in range(480):
            assert server.poll() is None, log.read_text()
            try:
                page = urllib.request.urlopen(f"http://localhost:{port}/app", timeout=60)
                break
            except OSError:
                time.sleep(0.25)
        assert page.status == 200 and b"EntropyLab" in page.read()
        assert not re.search("Traceback|ERROR|Error running", log.read_text()), log.read_text()
    finally:
        server.terminate()
        server.wait(60)


def test_a_session_without_a_page_request_loads_from_this_server():
    """A session that begins at the websocket (reused, or in another process) knows where its styles are too."""
    code = """
import json
from panel.io.application import build_single_handler_application
from panel.io.session import generate_session
text = json.dumps(generate_session(build_single_handler_application("app.py")).document.to_json(), default=str)
print("How many different patterns" in text, "/static/" in text or "static/extensions/panel" in text)
print("https://cdn.holoviz.org/panel/" in text)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert "Error running" not in done.stderr, done.stderr
    assert done.stdout.split() == ["True", "True", "False"]


def test_links_and_pictures_are_there():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    missing = {target for target in targets if "://" not in target and not (ROOT / target).exists()}
    assert missing == set()


def test_the_picture_of_the_house_is_the_house():
    tree = blocks("text")[0]
    top = re.findall(r"^(\w[\w./]*)", tree, re.MULTILINE)
    rooms = re.findall(r"^  (\w[\w./]*)", tree, re.MULTILINE)
    assert [name for name in top if not (ROOT / name).exists()] == []
    assert [name for name in rooms if not (ROOT / "entropylab" / name).exists()] == []
    folders = {f"{file.parent.name}/" for file in (ROOT / "entropylab").glob("*/__init__.py")}
    assert folders - set(rooms) == set()
