/**
 * The body of a request.
 *
 * @module
 */
import { FramedBody } from "../../range/http/body.ts";
import type { NextChunk } from "../../range/http/answer.ts";
import type { Incoming } from "../../range/http/incoming.ts";
import type { RequestHead } from "./request.ts";

/** What is left of a body when its request is answered. */
export type BodyRest =
  /** Nothing. */
  | { readonly kind: "none" }
  /** The connection has ended, or says nothing that could be understood. */
  | { readonly kind: "broken" }
  /** Bytes that are to come, at least; as many as none where that is not said. */
  | { readonly kind: "bytes"; readonly least: number };

/** A body as it comes. */
export class RequestBody {
  /** For who answers the request; null when there is no body. */
  readonly stream: ReadableStream<Uint8Array> | null;
  readonly #body: FramedBody | undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #state: "coming" | "whole" | "broken" = "coming";
  #least: number;
  #reading: Promise<NextChunk> | undefined;
  #isLetGo = false;

  /** @param sign gives the client the sign that it waits for */
  constructor(incoming: Incoming, { framing }: RequestHead, sign: () => Promise<void>) {
    this.#least = framing.kind === "length" ? framing.length : 0;
    if (framing.kind === "length" && framing.length === 0) {
      this.#state = "whole";
      this.stream = null;
      return;
    }
    this.#body = new FramedBody(incoming, framing, (isWhole) => {
      this.#state = isWhole ? "whole" : "broken";
    });
    this.stream = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: async (controller) => {
        await sign();
        if (this.#isLetGo) return;
        const { done, value } = await this.#read();
        if (this.#isLetGo) return;
        if (done) controller.close();
        else controller.enqueue(value);
      },
    }, { highWaterMark: 0 });
  }

  get rest(): BodyRest {
    if (this.#state === "broken") return { kind: "broken" };
    return this.#state === "whole" ? { kind: "none" } : { kind: "bytes", least: this.#least };
  }

  /** Who reads the stream gets nothing more: it fails with `reason`, unless it has ended. */
  letGo(reason: Error): void {
    if (this.#isLetGo || this.#body === undefined) return;
    this.#isLetGo = true;
    this.#controller?.error(reason);
  }

  /** Reads what nobody wanted, after {@link RequestBody.letGo}: `most` bytes at most. */
  async skip(most: number): Promise<void> {
    let left = most;
    const skipped = async (reading: Promise<NextChunk>) => {
      left -= (await reading).value?.length ?? 0;
    };
    if (this.#reading !== undefined) await skipped(this.#reading);
    while (this.#state === "coming" && left > 0) await skipped(this.#read());
  }

  async #read(): Promise<NextChunk> {
    const reading = this.#body!.read();
    this.#reading = reading;
    try {
      const next = await reading;
      this.#least -= next.value?.length ?? 0;
      return next;
    } finally {
      this.#reading = undefined;
    }
  }
}
