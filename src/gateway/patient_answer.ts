/**
 * Answers to work that takes longer than clients wait for a first byte.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html "initial 200 OK"
 * @module
 */
import { xmlResponse } from "./answers.ts";
import type { Exchange } from "./exchange.ts";
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
): Promise<Response> {
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
  return new Response(slowly(exchange, root, work, patience), {
    headers: { "content-type": "application/xml", "x-amz-request-id": exchange.requestId },
  });
}

function slowly(
  exchange: Exchange,
  root: string,
  work: Promise<string>,
  patience: number,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let pulse: ReturnType<typeof setInterval> | undefined;
  let isGone = false;
  return new ReadableStream({
    start(controller) {
      const say = (text: string) => {
        if (!isGone) controller.enqueue(encoder.encode(text));
      };
      say('<?xml version="1.0" encoding="UTF-8"?>\n');
      pulse = setInterval(() => say(" "), patience);
      const end = (text: string) => {
        clearInterval(pulse);
        say(text.replace(/^<\?xml[^>]*>\n/, ""));
        if (!isGone) controller.close();
      };
      work.then(
        async (content) => end(await xmlResponse(exchange, root, content).text()),
        (error) => {
          exchange.client.account.failed(error);
          const { bucket, key, requestId } = exchange;
          end(refusalXml(refusalOf(error), { resource: `/${bucket}/${key}`, requestId }));
        },
      );
    },
    cancel() {
      isGone = true;
      clearInterval(pulse);
    },
  });
}
