/**
 * Bytes of an object as the body of an answer.
 *
 * @module
 */
import type { PieceReader } from "../range/source.ts";
import type { Account } from "./activity.ts";
import type { ByteSource } from "./http/answer.ts";

/**
 * The body, as soon as its first bytes are there: a failure before can still be told with a status.
 *
 * @throws what the first bytes fail with
 */
export async function objectBody(pieces: PieceReader, account: Account): Promise<ByteSource> {
  let first = await pieces.next();
  return {
    async next() {
      try {
        const bytes = first ?? await pieces.next();
        first = undefined;
        account.checkBudget();
        if (bytes !== undefined) account.answered(bytes.length);
        return bytes;
      } catch (error) {
        account.failed(error);
        throw error;
      }
    },
    cancel: () => pieces.cancel(),
  };
}
