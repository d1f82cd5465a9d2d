/**
 * A plain download by one connection: what the line gives without any thought.
 *
 *     deno run -A bench/contenders/download.ts
 *
 * The question's SQL is the object's `s3://` address; the answer its size.
 *
 * @module
 */
import { answerQuestions } from "./protocol.ts";

const endpoint = Deno.env.get("AWS_ENDPOINT_URL_S3")!;
await answerQuestions(async ({ sql }) => {
  const answer = await fetch(sql.replace(/^s3:\//, endpoint), {
    headers: { "accept-encoding": "identity" },
  });
  let bytes = 0;
  for await (const chunk of answer.body!) bytes += chunk.byteLength;
  return [[bytes]];
});
