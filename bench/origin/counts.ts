/**
 * What an origin was asked for since it was last reset.
 *
 * @module
 */

/** Counts of one contender's run, from the service's side. */
export interface OriginCounts {
  readonly requests: {
    readonly get: number;
    readonly head: number;
    readonly list: number;
    readonly other: number;
  };
  /** Bytes of objects that were written to connections. */
  readonly dataBytes: number;
  /** Bytes of listings. */
  readonly listBytes: number;
  /** Most requests that were being answered at once. */
  readonly mostInFlight: number;
  /** Requests that are being answered now. */
  readonly inFlight: number;
  /** Distinct objects and listings that were asked for. */
  readonly distinct: number;
  /** CPU-seconds of the origin. */
  readonly cpu: number;
}

/** Requests of every kind. */
export function totalRequests({ requests }: OriginCounts): number {
  return requests.get + requests.head + requests.list + requests.other;
}

/** Counts while requests come. */
export class Counter {
  readonly #cpu: () => number;
  #requests = { get: 0, head: 0, list: 0, other: 0 };
  #dataBytes = 0;
  #listBytes = 0;
  #inFlight = 0;
  #most = 0;
  #targets = new Set<string>();
  #cpuBefore: number;

  /** @param cpu CPU-seconds of the process so far */
  constructor(cpu: () => number) {
    this.#cpu = cpu;
    this.#cpuBefore = cpu();
  }

  /** A request begins. */
  begin(kind: keyof OriginCounts["requests"], target: string): void {
    this.#requests[kind]++;
    this.#targets.add(target);
    this.#most = Math.max(this.#most, ++this.#inFlight);
  }

  /** It has been answered, or its client has gone. */
  end(): void {
    this.#inFlight--;
  }

  data(bytes: number): void {
    this.#dataBytes += bytes;
  }

  listing(bytes: number): void {
    this.#listBytes += bytes;
  }

  /** Begins again; requests that are still being answered stay in flight. */
  reset(): void {
    this.#requests = { get: 0, head: 0, list: 0, other: 0 };
    this.#dataBytes = 0;
    this.#listBytes = 0;
    this.#most = this.#inFlight;
    this.#targets = new Set();
    this.#cpuBefore = this.#cpu();
  }

  get now(): OriginCounts {
    return {
      requests: { ...this.#requests },
      dataBytes: this.#dataBytes,
      listBytes: this.#listBytes,
      mostInFlight: this.#most,
      inFlight: this.#inFlight,
      distinct: this.#targets.size,
      cpu: this.#cpu() - this.#cpuBefore,
    };
  }
}
