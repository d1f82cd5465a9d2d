/**
 * Answers to work that takes longer than clients wait for a first byte.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html "initial 200 OK"
 * @module
 */
import { XML_DECLARATION, xmlElement, xmlResponse } from "./answers.ts";
import type { Exchange } from "./exchange.ts";
import type { ByteSource, HttpAnswer } from "./http/answer.ts";
import { refusalOf, refusalXml } from "./refusal.ts";

/** Milliseconds until an answer begins, and between its signs of life. */
const PATIENCE = 10_000;

/**
 * The XML that `work` gives, as the element `root`. When it takes long the answer begins with a status of
 * 200 and goes on with white space, as S3's does; a failure is then the answer's body.
 */
export async function patientXml(
  exchange: Exchange,
  root: string,
  work: Promise<string>,
  patience: number = PATIENCE,
): Promise<HttpAnswer> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), patience);
  });
  try {
    const first = await Promise.race([work, late]);
    if (first !== "late") return xmlResponse(exchange, root, first);
  } finally {
    clearTimeout(timer);
  }
  const headers = { "content-type": "application/xml", "x-amz-request-id": exchange.requestId };
  return { status: 200, headers, body: slowly(exchange, root, work, patience) };
}

function slowly(
  exchange: Exchange,
  root: string,
  work: Promise<string>,
  patience: number,
): ByteSource {
  const encoder = new TextEncoder();
  const pulse = new Pulse(patience);
  const done = work.then((content) => xmlElement(root, content), (error) => {
    exchange.client.account.failed(error);
    const { bucket, key, requestId } = exchange;
    const said = refusalXml(refusalOf(error), { resource: `/${bucket}/${key}`, requestId });
    return said.slice(XML_DECLARATION.length);
  });
  let state: "begins" | "goes on" | "over" = "begins";
  return {
    async next() {
      if (state === "over") return undefined;
      if (state === "begins") {
        state = "goes on";
        return encoder.encode(XML_DECLARATION);
      }
      const text = await pulse.until(done);
      if (text !== undefined) state = "over";
      return encoder.encode(text ?? " ");
    },
    cancel() {
      state = "over";
      pulse.stop();
    },
  };
}

/** Waits that end after a while. */
class Pulse {
  readonly #milliseconds: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = Promise.withResolvers<undefined>();

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds;
  }

  /** What `work` gives; undefined when that takes longer, or the waiting was stopped. */
  async until(work: Promise<string>): Promise<string | undefined> {
    const late = new Promise<undefined>((resolve) => {
      this.#timer = setTimeout(() => resolve(undefined), this.#milliseconds);
    });
    try {
      return await Promise.race([work, late, this.#stopped.promise]);
    } finally {
      clearTimeout(this.#timer);
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stopped.resolve(undefined);
  }
}
