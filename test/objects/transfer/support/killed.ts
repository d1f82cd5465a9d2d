/**
 * A transfer in a process of its own, to be killed: `killed.ts ENDPOINT FROM TO STATE PART`, with four parts
 * of so many bytes under way.
 *
 * @module
 */
import { copy } from "../../../../src/objects/transfer/copy.ts";
import { StoreSet } from "../../../../src/store/store_set.ts";
import { fakeStore } from "../../../range/support/fake_store.ts";

const [endpoint, from, to, stateFolder, bytes] = Deno.args;
const part = Number(bytes);
const stores = StoreSet.of([fakeStore(new URL(endpoint))]);
const limits = { requests: 4, bytes: 4 * part };
const sizes = { singleUpTo: part, part };
const summary = await copy(stores, from, to, { stateFolder, limits, sizes });
Deno.exit(summary.failed.length === 0 ? 0 : 1);
