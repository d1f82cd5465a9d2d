/**
 * What the listings of the cache's folders say, in memory.
 *
 * @module
 */
import { join } from "node:path";
import type { DiskFiles } from "./disk_files.ts";
import { ExtentMap } from "./extent_map.ts";
import { PLACE_LENGTH, shardName, shardOf, SHARDS, type StateIdentity } from "./identity.ts";
import { parseSegmentName, type Segment, type SegmentExtent } from "./segment_name.ts";

/** The files of one state of an object, and which bytes are in which. */
export interface StateIndex {
  readonly map: ExtentMap<SegmentExtent>;
  readonly segments: ReadonlyMap<string, Segment>;
}

interface MutableState extends StateIndex {
  readonly segments: Map<string, Segment>;
}

interface Shard {
  /** Names of files by place, parsed when they are asked for. */
  places: Map<string, Set<string>>;
  readonly states: Map<string, MutableState>;
  /** When it was listed, in milliseconds; undefined: not yet. */
  listed: number | undefined;
  listing: Promise<void> | undefined;
}

const NOTHING: StateIndex = { map: new ExtentMap(), segments: new Map() };

/** A listing that missed what is wanted is made again after so many milliseconds. */
const STALE = 5_000;

/** The files of a cache folder; each of its folders is listed when it is first needed. */
export class ShardIndex {
  readonly #files: DiskFiles;
  readonly #folder: string;
  readonly #now: () => number;
  readonly #shards = new Map<string, Shard>();

  constructor(files: DiskFiles, folder: string, now: () => number) {
    this.#files = files;
    this.#folder = folder;
    this.#now = now;
  }

  /** Path of a file. */
  path(segment: Pick<Segment, "place" | "name">): string {
    return join(this.#folder, shardOf(segment.place), segment.name);
  }

  /**
   * Lists the folder of `place`, unless that was done: `ever`, or `lately`, for what other processes have
   * written since. Never fails: what cannot be listed is empty.
   */
  look(place: string, when: "ever" | "lately"): void | Promise<void> {
    const name = shardOf(place);
    const shard = this.#shard(name);
    if (shard.listing !== undefined) return shard.listing;
    const age = shard.listed === undefined ? Infinity : this.#now() - shard.listed;
    if (age < (when === "ever" ? Infinity : STALE)) return;
    return this.#list(name, shard);
  }

  /** Lists every folder anew and gives all files. */
  async lookAtAll(): Promise<Segment[]> {
    const names = Array.from({ length: SHARDS }, (_, number) => shardName(number));
    await Promise.all(names.map((name) => {
      const shard = this.#shard(name);
      return shard.listing ?? this.#list(name, shard);
    }));
    return names.flatMap((name) => [...this.#shard(name).places.values()])
      .flatMap((files) => Array.from(files, (file) => parseSegmentName(file)!));
  }

  /** The files of a state, of what was listed. */
  state(identity: StateIdentity): StateIndex {
    const shard = this.#shard(shardOf(identity.place));
    let state = shard.states.get(identity.id);
    if (state === undefined) {
      if (!shard.places.has(identity.place)) return NOTHING;
      state = { map: new ExtentMap(), segments: new Map() };
      shard.states.set(identity.id, state);
      for (const segment of this.place(identity.place)) {
        if (segment.state === identity.state) include(state, segment);
      }
    }
    return state;
  }

  /** The files of a place in any state, newest first, of what was listed. */
  place(place: string): Segment[] {
    return [...this.#shard(shardOf(place)).places.get(place) ?? []]
      .map((name) => parseSegmentName(name)!)
      .sort((a, b) => b.created - a.created);
  }

  /** Whether there are files of other states of the same place, of what was listed. */
  hasOthers({ place, id }: StateIdentity): boolean {
    const names = this.#shard(shardOf(place)).places.get(place);
    return names !== undefined && [...names].some((name) => !name.startsWith(id));
  }

  /** Adds a file that was written. */
  add(segment: Segment): void {
    const shard = this.#shard(shardOf(segment.place));
    addName(shard.places, segment.name);
    const state = shard.states.get(segment.place + segment.state);
    if (state !== undefined) include(state, segment);
  }

  /** Takes away a file that is gone. */
  remove(segment: Segment): void {
    const shard = this.#shard(shardOf(segment.place));
    const names = shard.places.get(segment.place);
    if (names?.delete(segment.name) && names.size === 0) shard.places.delete(segment.place);
    // The next question builds it again from the files that are left: they may overlap.
    shard.states.delete(segment.place + segment.state);
  }

  #shard(name: string): Shard {
    let shard = this.#shards.get(name);
    if (shard === undefined) {
      shard = { places: new Map(), states: new Map(), listed: undefined, listing: undefined };
      this.#shards.set(name, shard);
    }
    return shard;
  }

  #list(name: string, shard: Shard): void | Promise<void> {
    const take = (names: readonly string[]) => {
      const places = new Map<string, Set<string>>();
      for (const file of names) if (parseSegmentName(file)) addName(places, file);
      for (const [id, { segments }] of shard.states) {
        const now = places.get(id.slice(0, PLACE_LENGTH));
        const same = [...now ?? []].filter((file) => file.startsWith(id));
        if (same.length !== segments.size || same.some((file) => !segments.has(file))) {
          shard.states.delete(id);
        }
      }
      shard.places = places;
      shard.listed = this.#now();
    };
    try {
      const names = this.#files.list(join(this.#folder, name));
      if (!(names instanceof Promise)) return take(names);
      shard.listing = names.then(take, () => take([])).finally(() => shard.listing = undefined);
      return shard.listing;
    } catch {
      return take([]);
    }
  }
}

function addName(places: Map<string, Set<string>>, name: string): void {
  const place = name.slice(0, PLACE_LENGTH);
  const names = places.get(place);
  if (names === undefined) places.set(place, new Set([name]));
  else names.add(name);
}

function include(state: MutableState, segment: Segment): void {
  if (state.segments.has(segment.name)) return;
  state.segments.set(segment.name, segment);
  for (const extent of segment.extents) state.map.insert(extent, extent);
}
