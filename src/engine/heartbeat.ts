/**
 * Keeps timers going while DuckDB works.
 *
 * Deno 2.7.13 to 2.8.3 loses the wake-up of its next timer when native work ends while a timer is
 * set: cancelling, progress and time-outs then wait for ever. A timer that always runs keeps the
 * wake-up. 2.7.5 and 2.9.6 do not need it.
 *
 * @module
 */

/** The longest that another timer can be late by, in milliseconds. */
const BEAT_MS = 20;

/** Starts it; the returned function ends it. It does not keep the process alive. */
export function startHeartbeat(): () => void {
  const timer = setInterval(() => {}, BEAT_MS);
  Deno.unrefTimer(timer);
  return () => clearInterval(timer);
}
