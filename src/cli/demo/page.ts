/**
 * The demo's results on one page that a browser opens.
 *
 * @module
 */
import type { QueryResult } from "../../mod.ts";
import type { Figure } from "../../show/figure.ts";
import { renderHtmlTable } from "../../show/html.ts";
import { escapeMarkup } from "../../show/svg.ts";

/** One result: a table or a picture, and the SQL behind it. */
export interface Section {
  readonly title: string;
  readonly sql: string;
  readonly content: QueryResult | Figure;
}

/** A whole HTML document; it needs nothing from anywhere. */
export function page(sections: readonly Section[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Dipper demo</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1c2530; background: #fff }
pre { background: #f3f5f7; padding: .8rem 1rem; overflow-x: auto; font-size: .85rem }
h2 { margin-top: 2.5rem }
svg { max-width: 100%; height: auto }
</style>
<h1>Dipper demo</h1>
<p>Real data, queried in an S3 bucket with SQL.</p>
${sections.map(section).join("\n")}
</html>
`;
}

function section({ title, sql, content }: Section): string {
  const shown = "columns" in content
    ? renderHtmlTable({ columns: content.columns, rows: content.rows(), maxRows: 20 })
    : content.html();
  return `<h2>${escapeMarkup(title)}</h2>\n${shown}\n<pre>${escapeMarkup(sql)}</pre>`;
}
