"""A user who has left leaves nothing behind that others would pay for."""

import gc
import weakref

import panel as pn
import pytest
from bokeh.document import Document
from bokeh.io.doc import patch_curdoc
from panel.io.state import set_curdoc

from entropylab.app.shell import Shell
from entropylab.studies.pages import PAGES


@pytest.mark.parametrize("search", ["", *(f"?page={name}" for name in PAGES)])
def test_a_dropped_shell_is_freed(search):
    """Panel's flag of business, one for the whole process, would hold every page and call it at every event."""

    def listening():
        return len(pn.state.param.watchers.get("busy", {}).get("value", []))

    before = listening()
    document = Document()  # what a session has; else the process's own document would keep the pictures
    with set_curdoc(document), patch_curdoc(document):
        shell = Shell(search)
        page = weakref.ref(shell.page)
    assert listening() == before
    del shell, document
    gc.collect()
    assert page() is None
