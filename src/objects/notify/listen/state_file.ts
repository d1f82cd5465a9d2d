/**
 * What a listener knows, on disk: a journal that a killed process leaves readable. An event is in it
 * before the service is told that it has arrived, and marked when it is dealt with.
 *
 * @module
 */
import { mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { ResourceError, UnreadableFileError, UsageError } from "../../../errors.ts";
import type { KnownObject } from "./known.ts";
import type { ObjectNews } from "./news.ts";
import { Recent } from "./recent.ts";

/** What a state file is of. */
export interface ListenerScope {
  readonly endpoint: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly suffix: string;
}

/** Events dealt with that are remembered, to know them when they come again. */
const REMEMBERED = 10_000;

/** Characters that wait to be written. */
const WRITE_AT = 65_536;

/** Lines that a journal may have more than what they say needs. */
const SPARE_LINES = 50_000;

/** How a line says where an object is known from; `d`: doubtfully. */
const FROM = { e: "event", l: "listing", f: "first-listing", d: "listing" } as const;

type Line =
  | readonly ["dipper-notify", 1, ListenerScope]
  | readonly ["base"]
  | readonly ["rule", string | null]
  | readonly ["k", string, string | null, number, keyof typeof FROM]
  | readonly ["r", string]
  | readonly ["p", ObjectNews]
  | readonly ["b", string]
  | readonly ["d", string];

/** The journal of one listener. */
export class StateFile implements Disposable {
  /** Objects as they were last known. */
  readonly objects = new Map<string, KnownObject>();
  /** What was not dealt with, in its order; `perhaps` repeated when it was begun. */
  readonly pending = new Map<string, ObjectNews>();
  /** Ids of what was dealt with lately. */
  readonly recent = new Recent<true>(REMEMBERED);
  /** Whether the bucket was listed to its end once. */
  hasBase = false;
  /** Name of the rule that a listener has set and not removed. */
  rule: string | undefined;

  readonly #path: string;
  readonly #scope: ListenerScope;
  #file: Deno.FsFile;
  #waiting = "";
  #lines = 0;

  private constructor(path: string, scope: ListenerScope, file: Deno.FsFile) {
    this.#path = path;
    this.#scope = scope;
    this.#file = file;
  }

  /**
   * Opens the file, or makes it.
   *
   * @throws {UsageError} when another listener uses it, or it is of another address
   * @throws {UnreadableFileError} when it is no such file
   */
  static async open(path: string, scope: ListenerScope): Promise<StateFile> {
    const file = await openLocked(path);
    try {
      const state = new StateFile(path, scope, file);
      state.#read(await Deno.readTextFile(path));
      await state.compact();
      return state;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** Something is to be told: on disk when this returns. */
  addPending(news: ObjectNews): void {
    this.#write(["p", news]);
    this.flush();
  }

  /** It is being told. */
  begin(id: string): void {
    this.#write(["b", id]);
    this.flush();
  }

  /** It has been told. */
  finish(id: string): void {
    this.#write(["d", id]);
    this.flush();
  }

  /** An object has changed; undefined: is gone. */
  remember(key: string, object: KnownObject | undefined): void {
    this.#write(object === undefined ? ["r", key] : knownLine(key, object));
  }

  /** The bucket was listed to its end. */
  markBase(): void {
    if (!this.hasBase) this.#write(["base"]);
    this.flush();
  }

  /** A rule was set by this listener, or removed. */
  markRule(name: string | undefined): void {
    this.#write(["rule", name ?? null]);
    this.flush();
  }

  /** Writes what waits. */
  flush(): void {
    const bytes = new TextEncoder().encode(this.#waiting);
    this.#waiting = "";
    try {
      for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
    } catch (error) {
      throw new ResourceError("disk_full", `${this.#path} cannot be written`, { cause: error });
    }
  }

  /** Whether much of the file is no longer so. */
  get isLong(): boolean {
    return this.#lines > 2 * this.objects.size + this.pending.size + SPARE_LINES;
  }

  /** Writes the file anew with what is still so; the old one stays until the new one is whole. */
  async compact(): Promise<void> {
    this.flush();
    const temporary = `${this.#path}.new`;
    await Deno.remove(temporary).catch(() => {}); // of a process that was killed
    const file = await openLocked(temporary);
    const old = this.#file;
    this.#file = file;
    this.#lines = 0;
    this.#append(["dipper-notify", 1, this.#scope]);
    if (this.hasBase) this.#append(["base"]);
    if (this.rule !== undefined) this.#append(["rule", this.rule]);
    for (const [key, object] of this.objects) this.#append(knownLine(key, object));
    for (const [id] of this.recent.entries()) this.#append(["d", id]);
    for (const [id, news] of this.pending) {
      this.#append(["p", news]);
      if (news.repeated === "perhaps") this.#append(["b", id]);
    }
    this.flush();
    await file.sync();
    renameSync(temporary, this.#path);
    old.close();
  }

  [Symbol.dispose](): void {
    this.flush();
    this.#file.close();
  }

  #write(line: Line): void {
    this.#apply(line);
    this.#append(line);
  }

  #append(line: Line): void {
    this.#lines++;
    this.#waiting += JSON.stringify(line) + "\n";
    if (this.#waiting.length >= WRITE_AT) this.flush();
  }

  #read(text: string): void {
    const lines = text.split("\n");
    lines.pop(); // what a killed process had begun to write
    for (const [index, line] of lines.entries()) {
      try {
        this.#apply(JSON.parse(line) as Line, index);
      } catch (error) {
        if (error instanceof UsageError) throw error;
        throw new UnreadableFileError(`${this.#path} is no state of a listener`, {
          uri: this.#path,
          hint: `Line ${index + 1} cannot be understood. Remove the file to begin anew.`,
          cause: error,
        });
      }
    }
  }

  #apply(line: Line, index?: number): void {
    if (index === 0 && line[0] !== "dipper-notify") throw new Error("no header");
    switch (line[0]) {
      case "dipper-notify":
        return this.#checkScope(line[2]);
      case "base":
        this.hasBase = true;
        return;
      case "rule":
        this.rule = line[1] ?? undefined;
        return;
      case "k": {
        const [, key, etag, time, from] = line;
        this.objects.set(key, {
          etag: etag ?? undefined,
          time,
          from: FROM[from],
          ...(from === "d" ? { doubtful: true } : {}),
        });
        return;
      }
      case "r":
        this.objects.delete(line[1]);
        return;
      case "p":
        this.pending.set(line[1].id, line[1]);
        if (index !== undefined) this.#learn(line[1]);
        return;
      case "b": {
        const news = this.pending.get(line[1]);
        if (news !== undefined) this.pending.set(line[1], { ...news, repeated: "perhaps" });
        return;
      }
      case "d":
        this.pending.delete(line[1]);
        this.recent.set(line[1], true);
        return;
      default:
        throw new Error("unknown line");
    }
  }

  /** What waits to be told is known, also when the process ended before it said so. */
  #learn({ kind, key, etag, time, found, name, versionId }: ObjectNews): void {
    const known = this.objects.get(key);
    if (known !== undefined && known.time > time) return;
    if (kind === "created") this.objects.set(key, { etag, time, from: found });
    if (kind !== "removed" || known === undefined) return;
    const isOfVersion = versionId !== undefined && !name.endsWith("MarkerCreated");
    if (isOfVersion) this.objects.set(key, { ...known, doubtful: true });
    else this.objects.delete(key);
  }

  #checkScope(scope: ListenerScope): void {
    if (JSON.stringify(scope) === JSON.stringify(this.#scope)) return;
    throw new UsageError(
      `${this.#path} is the state of a listener to s3://${scope.bucket}/${scope.prefix}*${scope.suffix}`,
      { uri: this.#path, hint: "Name another file with --state." },
    );
  }
}

function knownLine(key: string, { etag, time, from, doubtful }: KnownObject): Line {
  const letter = { event: "e", listing: "l", "first-listing": "f" } as const;
  return ["k", key, etag ?? null, time, doubtful ? "d" : letter[from]];
}

async function openLocked(path: string): Promise<Deno.FsFile> {
  let file: Deno.FsFile;
  try {
    mkdirSync(dirname(path), { recursive: true });
    file = await Deno.open(path, { read: true, append: true, create: true, mode: 0o600 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`the state file ${path} cannot be opened: ${why}`, {
      uri: path,
      hint: "Name another one with --state.",
      cause: error,
    });
  }
  if (await file.tryLock(true)) return file;
  file.close();
  throw new UsageError(`another listener uses ${path}`, {
    uri: path,
    hint: "One listener is enough for an address; for a second one name another --state.",
  });
}
