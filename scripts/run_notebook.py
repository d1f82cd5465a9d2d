"""Executes notebooks and checks what their cells show; called by run_notebook.ts.

A code cell must show something, unless it is tagged "silent". Its metadata may say more:

    "dipper": {"expect": ["regular expression", ...], "mime": ["image/png", ...]}

Every expression must be found in the text of its outputs, every MIME type must be among them.
"""

import asyncio
import re
import sys
import time
from pathlib import Path
from queue import Empty

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

TIMEOUT = 180  # seconds for one cell
MACHINE = re.compile(r"/(home|root|Users|tmp|work)/|[A-Z]:\\\\|127\.0\.0\.1:\d+")


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def text_of(output):
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return "\n".join(output.traceback)
    data = output.get("data", {})
    return "\n".join(
        value if isinstance(value, str) else repr(value)
        for mime, value in data.items()
        if mime.startswith("text/") or mime.endswith("json")
    )


def problems_of(cell):
    """What is wrong with the outputs of one cell, as sentences."""
    wanted = cell.metadata.get("dipper", {})
    text = "\n".join(text_of(output) for output in cell.outputs)
    mimes = {mime for output in cell.outputs for mime in output.get("data", {})}
    found = [
        f"{output.ename}: {output.evalue}"
        for output in cell.outputs
        if output.output_type == "error"
    ]
    silent = "silent" in cell.metadata.get("tags", [])
    if not silent and not cell.outputs:
        found.append("it shows nothing")
    found += [
        f"it does not show {pattern!r}"
        for pattern in wanted.get("expect", [])
        if not re.search(pattern, text)
    ]
    found += [f"it shows no {mime}" for mime in wanted.get("mime", []) if mime not in mimes]
    leak = MACHINE.search(text)
    if leak:
        found.append(f"it shows something of this machine: {leak.group(0)!r}")
    return found


def keep_pictures_once(cell):
    """A picture as PNG is enough for a file; the kernel sends it as SVG and HTML too."""
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data:
            for other in ("image/svg+xml", "text/html"):
                data.pop(other, None)


async def greet(channels):
    """Waits until the kernel's outputs arrive here: what it sends before is lost to ZeroMQ."""
    for _ in range(30):
        greeting = channels.execute("void 0", store_history=False)
        try:
            while True:
                message = await channels.get_iopub_msg(timeout=1)
                is_ours = message["parent_header"].get("msg_id") == greeting
                if is_ours and message["content"].get("execution_state") == "idle":
                    return
        except Empty:
            continue
    sys.exit("the kernel does not answer")


async def execute(client, notebook):
    async with client.async_setup_kernel():
        await greet(client.kc)
        for index, cell in enumerate(notebook.cells):
            await client.async_execute_cell(cell, index)


def run(path, write):
    notebook = nbformat.read(path, as_version=4)
    for cell in code_cells(notebook):
        cell.outputs = []
        cell.execution_count = None
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="deno",
        record_timing=False,
        resources={"metadata": {"path": str(path.parent)}},
    )
    started = time.monotonic()
    failed = 0
    try:
        asyncio.run(execute(client, notebook))
    except CellExecutionError:
        pass  # the error is among the outputs of its cell
    cells = code_cells(notebook)
    for number, cell in enumerate(cells, 1):
        problems = ["it was not run"] if cell.execution_count is None else problems_of(cell)
        if problems:
            failed += 1
            first = cell.source.splitlines()[0]
            print(f"{path.name}: cell {number} ({first})", *problems, sep="\n  ")
    seconds = time.monotonic() - started
    print(f"{path.name}: {len(cells) - failed} of {len(cells)} cells as expected, {seconds:.1f} s")
    if write and failed == 0:
        for cell in cells:
            keep_pictures_once(cell)
        nbformat.write(notebook, path)
    return failed


def main():
    write = "--write" in sys.argv[1:]
    paths = [Path(argument).resolve() for argument in sys.argv[1:] if argument[0] != "-"]
    if not paths:
        sys.exit("there is no notebook to run")
    sys.exit(1 if sum(run(path, write) for path in paths) else 0)


main()
