/**
 * `--immutable`: what is cached of some objects is believed without asking.
 *
 * @module
 */
import { Option } from "commander";
import type { StoreOptions } from "../store/store.ts";

/** Values of the flag. */
export interface ImmutableFlags {
  readonly immutable: readonly string[];
}

/** The flag, again for each address. */
export function immutableOption(): Option {
  return new Option(
    "--immutable <uri>",
    "objects in this s3://BUCKET[/FOLDER] (or all) never change: what is cached of them is read " +
      "without a request; again for each",
  ).argParser((uri: string, before: readonly string[]) => [...before, uri]).default([]);
}

/** What the flag says of stores; without it, `DIPPER_IMMUTABLE` does. */
export function immutableStores({ immutable }: ImmutableFlags): Pick<StoreOptions, "immutable"> {
  return immutable.length === 0 ? {} : { immutable };
}
