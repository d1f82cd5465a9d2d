/**
 * How much memory a gateway for other programs may take: it lives as long as they do, beside them.
 *
 * With the sizes that a session's gateway has, `dipper serve` took 322 MiB over its idle state for an
 * object of 6 GiB beside a disk cache of 2 GiB, whole and then in eight parts at once, and 383 MiB for
 * eight parts from a service without delay; with these 217 and 182, at no more CPU-seconds. What is held
 * is about the sum of these; most of the rest is buffers that wait to be collected.
 *
 * @module
 */
import type { SentCacheOptions } from "../../gateway/messages.ts";
import type { ReadSettings } from "../../range/settings.ts";

const MIB = 1024 * 1024;

/** Bytes of objects in memory: kept, and waiting to be written to disk. */
export const DOOR_CACHE: SentCacheOptions = { memory: 32 * MIB, queue: 48 * MIB };

/** Bytes that programs asked for and have not taken yet, and those that are fetched before they ask. */
export const DOOR_READING: Partial<ReadSettings> = { streamBudget: 48 * MIB, aheadMost: 24 * MIB };
