/**
 * A change of an object as a line, as JSON, and as the words of a command.
 *
 * @module
 */
import type { ObjectNews } from "../../objects/notify/listen/news.ts";
import { formatBytes } from "../../show/human.ts";
import { visible } from "../../show/text.ts";
import { formatS3Uri } from "../../store/uri.ts";

/** One line, for people. */
export function newsLine(news: ObjectNews, forTerminal: boolean): string {
  const { kind, name, bucket, key, time, size, found, repeated } = news;
  const what = kind === "other" ? name : kind;
  const notes = [
    found === "listing" ? "found by listing" : undefined,
    repeated === "no" ? undefined : repeated === "yes" ? "repeated" : "perhaps repeated",
  ].filter((note) => note !== undefined);
  const uri = formatS3Uri({ bucket, key });
  return [
    timeText(time),
    what.padEnd(7),
    // A line is a line, whatever the key holds.
    forTerminal || /[\r\n]/.test(uri) ? visible(uri) : uri,
    ...(size === undefined || kind === "removed" ? [] : [formatBytes(size)]),
    ...(notes.length === 0 ? [] : [`(${notes.join(", ")})`]),
  ].join("  ");
}

/** For programs. */
export function newsJson(news: ObjectNews): Readonly<Record<string, unknown>> {
  const { kind, name, bucket, key, time, size, etag, versionId, found, repeated } = news;
  return {
    time: new Date(time).toISOString(),
    kind,
    event: name || undefined,
    uri: formatS3Uri({ bucket, key }),
    bucket,
    key,
    size,
    etag,
    versionId,
    found,
    repeated,
  };
}

/** What stands for the change in the words of a command. */
export function templateValues(news: ObjectNews): Readonly<Record<string, string>> {
  const { kind, name, bucket, key, time, size, etag = "", versionId = "", found } = news;
  return {
    event: name,
    kind,
    uri: formatS3Uri({ bucket, key }),
    bucket,
    key,
    name: key.slice(key.lastIndexOf("/") + 1),
    size: size === undefined ? "" : String(size),
    etag,
    version: versionId,
    time: new Date(time).toISOString(),
    found,
  };
}

function timeText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")}Z`;
}
