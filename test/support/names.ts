/**
 * Names that no other test and no other run uses.
 *
 * @module
 */

/** A bucket name such as `dipper-e2e-3f9a0c51d2`. */
export function freshBucket(purpose: string): string {
  return `dipper-${purpose}-${crypto.randomUUID().replaceAll("-", "").slice(0, 10)}`;
}
