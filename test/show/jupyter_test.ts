import assert from "node:assert/strict";
import { emptyReport } from "../../src/engine/report.ts";
import { chart } from "../../src/show/chart.ts";
import { display, installTableDisplay, tableBundle } from "../../src/show/jupyter.ts";
import { JUPYTER_DISPLAY, type MimeBundle } from "../../src/show/mime.ts";

const EVIL = `<script>alert("x")</script><img src=x onerror='y'>\x1b[2J`;

class Result {
  readonly columns = [{ name: EVIL, type: EVIL }, { name: "n", type: "BIGINT" }];
  readonly rowCount = 1234;
  readonly report = emptyReport("direct");
  *[Symbol.iterator]() {
    yield* [[EVIL, 1n], [null, null], ["", 2n]];
  }
}

Deno.test("a result is text and HTML, with all data escaped", () => {
  const bundle = tableBundle(new Result());
  const html = String(bundle["text/html"]);
  assert.ok(!/<(script|img)/i.test(html));
  assert.ok(!html.includes("\x1b"));
  assert.ok(html.includes("&#60;script&#62;alert(&#34;x&#34;)"));
  assert.match(html, /3 of 1,234 rows shown · 2 columns · 0 requests/);
  assert.match(html, /text-align:right[^>]*>1<\/td>/);
  assert.match(html, /font-style:italic">NULL<\/span>/);
  const tags = [...html.matchAll(/<\/?([a-z]+)/g)].map(([, tag]) => tag);
  assert.deepEqual(
    new Set(tags),
    new Set(["div", "table", "thead", "tr", "th", "br", "span", "tbody", "td", "p"]),
  );
  assert.match(String(bundle["text/plain"]), /0 requests · 0 B read/);
  assert.ok(!String(bundle["text/plain"]).includes("\x1b"));
});

Deno.test("a class of results is shown once it is installed", async () => {
  installTableDisplay(Result);
  const result = new Result() as unknown as Record<symbol, () => MimeBundle>;
  assert.ok("text/html" in result[Symbol.for("Jupyter.display")]());
  assert.deepEqual(Object.keys(new Result()).includes("display"), false);
  const texts: string[] = [];
  await display(new Result(), { write: (text) => texts.push(text) });
  assert.match(texts[0], /3 of 1,234 rows shown/);
});

Deno.test("a figure is SVG, PNG and HTML with escaped texts", () => {
  const figure = chart([{ a: EVIL, n: 1 }], { kind: "bar", x: "a", y: "n", title: EVIL });
  const bundle = figure[JUPYTER_DISPLAY]();
  assert.deepEqual(Object.keys(bundle).sort(), [
    "image/png",
    "image/svg+xml",
    "text/html",
    "text/plain",
  ]);
  for (const type of ["image/svg+xml", "text/html"]) {
    assert.ok(!/<(script|img)/i.test(String(bundle[type])));
  }
  assert.ok(String(bundle["image/png"]).startsWith("iVBOR"));
});

Deno.test("display hands the kernel a raw bundle and waits until it has taken it", async () => {
  const shown: unknown[] = [];
  const start = performance.now();
  await display("hello", {
    notebook: {
      display: (bundle, options) => {
        shown.push(bundle, options);
        return Promise.resolve();
      },
    },
  });
  assert.deepEqual(shown, [{ "text/plain": "hello" }, { raw: true }]);
  assert.ok(performance.now() - start >= 45);
});

Deno.test("outside of a notebook the text is written", async () => {
  const texts: string[] = [];
  const write = (text: string) => texts.push(text);
  await display("hello", { write });
  await display(42n, { write });
  await display({ a: 1 }, { write });
  assert.deepEqual(texts, ["hello", "42", "{ a: 1 }"]);
});
