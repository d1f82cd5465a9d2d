/**
 * What a transfer has done so far, on disk: a process that was killed goes on from there. One file a
 * transfer, one line of JSON a step, only ever appended to; a line that was cut off counts for nothing.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { UsageError } from "../../errors.ts";

/** A transfer's file. */
export interface Journal {
  /** The lines of an earlier try. */
  readonly lines: readonly unknown[];
  /** Path for marks of how far its parts are; the file goes with the journal. */
  readonly marks: string;
  /** Writes a line; it is there when the call has returned. */
  add(line: unknown): void;
  /** Begins anew. */
  restart(line: unknown): void;
  /** The transfer is over: the file is of no use any more. */
  remove(): void;
  close(): void;
}

/**
 * Opens the journal of the transfer that `identity` names.
 *
 * @throws {UsageError} while another process is at that transfer
 */
export function openJournal(folder: string, identity: readonly unknown[]): Journal {
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, `${nameOf(identity)}.jsonl`);
  const file = Deno.openSync(path, {
    read: true,
    append: true,
    create: true,
    mode: 0o600,
  });
  if (!isFree(file)) {
    file.close();
    throw new UsageError("another process is at the same transfer", {
      hint: "Wait until it has ended, or end it: then this one goes on from there.",
    });
  }
  let isOpen = true;
  const marks = join(folder, `${nameOf(identity)}.marks`);
  const add = (line: unknown) => {
    // The break goes first, so that a line that was cut off spoils no other.
    const bytes = new TextEncoder().encode(`\n${JSON.stringify(line)}`);
    for (let at = 0; at < bytes.byteLength;) at += file.writeSync(bytes.subarray(at));
  };
  return {
    lines: parse(Deno.readTextFileSync(path)),
    add,
    restart: (line) => {
      file.truncateSync(0);
      add(line);
    },
    marks,
    remove: () => {
      for (const each of [marks, path]) {
        try {
          Deno.removeSync(each);
        } catch (error) {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
        }
      }
    },
    close: () => {
      if (isOpen) file.close();
      isOpen = false;
    },
  };
}

/** Takes the file for this process. */
function isFree(file: Deno.FsFile): boolean {
  try {
    return file.tryLockSync(true);
  } catch {
    return true; // some file systems of networks have no locks
  }
}

/** The first line of each journal in `folder`, by the journal's name; those that cannot be read are left out. */
export function firstLines(folder: string): Map<string, unknown> {
  const found = new Map<string, unknown>();
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return found;
    throw error;
  }
  for (const { name, isFile } of entries) {
    if (!isFile || !name.endsWith(".jsonl")) continue;
    try {
      const [first] = parse(Deno.readTextFileSync(join(folder, name)));
      if (first !== undefined) found.set(name.slice(0, -".jsonl".length), first);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error; // it ended meanwhile
    }
  }
  return found;
}

/** A name of 16 characters for what `identity` says. */
export function nameOf(identity: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(identity)).digest("hex").slice(0, 16);
}

function parse(text: string): unknown[] {
  const lines: unknown[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    try {
      lines.push(JSON.parse(line));
    } catch {
      // Cut off by the end of its process.
    }
  }
  return lines;
}
