import assert from "node:assert/strict";
import { UsageError } from "../../src/errors.ts";
import { chart } from "../../src/show/chart.ts";
import { saveFigure } from "../../src/show/save_figure.ts";

Deno.test("a figure is written as its name says", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const figure = chart([{ a: "x", n: 1 }], { kind: "bar", x: "a", y: "n", title: "T <b>" });
    for (const name of ["f.svg", "f.PNG", "f.html"]) await saveFigure(figure, `${folder}/${name}`);
    assert.match(await Deno.readTextFile(`${folder}/f.svg`), /^<svg xmlns=/);
    assert.deepEqual([...(await Deno.readFile(`${folder}/f.PNG`)).subarray(1, 4)], [80, 78, 71]);
    const page = await Deno.readTextFile(`${folder}/f.html`);
    assert.match(page, /^<!doctype html>/);
    assert.ok(!page.includes("<b>"));
    await assert.rejects(saveFigure(figure, `${folder}/f.gif`), UsageError);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
