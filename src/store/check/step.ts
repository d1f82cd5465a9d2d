/**
 * The steps of a check: run, timed, told of one by one, never with a secret in them.
 *
 * @module
 */
import {
  CancelledError,
  DipperError,
  type ErrorTag,
  isDipperError,
  throwIfAborted,
} from "../../errors.ts";
import { redact } from "../../redaction.ts";

/** What a step proves; in the order in which they run. */
export type StepName =
  | "resolve"
  | "reach"
  | "tls"
  | "sign"
  | "clock"
  | "list"
  | "versioning"
  | "cors"
  | "policy"
  | "lifecycle"
  | "notifications"
  | "sts"
  | "delete"
  | "write"
  | "range"
  | "range-of-version"
  | "conditional-write"
  | "multipart"
  | "copy"
  | "checksums"
  | "remove";

/**
 * `ok`; `failed`: it should work and does not; `warning`: it works, but a person should know
 * something; `unsupported`: the service does not have it; `skipped`: it was not tried.
 */
export type StepStatus = "ok" | "failed" | "warning" | "unsupported" | "skipped";

/** What came of a step. */
export interface Outcome {
  readonly status: StepStatus;
  /** What was seen, one sentence. */
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string;
  /** Kind of the failure, where an error was its cause. */
  readonly tag?: ErrorTag;
}

/** A step that is over. */
export interface CheckStep extends Outcome {
  readonly step: StepName;
  /** Wall time. */
  readonly seconds: number;
}

/** Whether a service has something: `unknown` where it could not be found out. */
export type Support = "yes" | "no" | "unknown";

/** Collects the steps. */
export class StepRecorder {
  readonly steps: CheckStep[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #onStep: (step: CheckStep) => void;
  readonly #now: () => number;

  constructor(
    signal: AbortSignal | undefined,
    onStep: (step: CheckStep) => void,
    now: () => number,
  ) {
    this.#signal = signal;
    this.#onStep = onStep;
    this.#now = now;
  }

  /**
   * Runs a step; an error becomes its outcome.
   *
   * @throws {CancelledError} when the signal is aborted
   */
  async run(step: StepName, prove: () => Promise<Outcome>): Promise<CheckStep> {
    throwIfAborted(this.#signal);
    const start = this.#now();
    let outcome: Outcome;
    try {
      outcome = await prove();
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      if (!(error instanceof DipperError)) throw error;
      outcome = outcomeOf(error);
    }
    return this.record(step, outcome, (this.#now() - start) / 1000);
  }

  /** Records that steps were not tried. */
  skip(steps: readonly StepName[], detail: string, hint?: string): void {
    for (const step of steps) this.record(step, { status: "skipped", detail, hint }, 0);
  }

  /** Records a step that was run elsewhere. */
  record(step: StepName, outcome: Outcome, seconds: number): CheckStep {
    const done: CheckStep = {
      step,
      status: outcome.status,
      detail: redact(outcome.detail),
      ...(outcome.hint === undefined ? {} : { hint: redact(outcome.hint) }),
      ...(outcome.tag === undefined ? {} : { tag: outcome.tag }),
      ...(outcome.tag === undefined ? {} : { tag: outcome.tag }),
      seconds,
    };
    this.steps.push(done);
    this.#onStep(done);
    return done;
  }
}

/** A failure as an outcome: what the service does not have is `unsupported`. */
export function outcomeOf(error: DipperError): Outcome {
  return {
    status: isDipperError(error, "unsupported") ? "unsupported" : "failed",
    detail: error.message,
    hint: error.hint,
    tag: error.tag,
  };
}
