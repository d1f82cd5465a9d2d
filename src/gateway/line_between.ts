/**
 * Calls and answers between two threads, both ways over one line.
 *
 * @module
 */
import { type DipperError, InternalError } from "../errors.ts";
import { type Message, packError, unpackError } from "./messages.ts";

/** Calls: a name, one input, one output. Whatever is structured data. */
type Calls<T> = { [Name in keyof T]: (input: never) => unknown };

/** What answers calls; an output may be a promise. */
export type Answers<T extends Calls<T>> = {
  [Name in keyof T]: (
    input: Parameters<T[Name]>[0],
  ) => ReturnType<T[Name]> | Promise<ReturnType<T[Name]>>;
};

/** One end of the line: asks `Theirs`, answers `Ours`. */
export class LineBetween<Theirs extends Calls<Theirs>, Ours extends Calls<Ours>> {
  readonly #post: (message: Message) => void;
  readonly #answers: Answers<Ours>;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #next = 0;
  #broken: DipperError | undefined;

  constructor(post: (message: Message) => void, answers: Answers<Ours>) {
    this.#post = post;
    this.#answers = answers;
  }

  /**
   * Asks the other side.
   *
   * @throws {DipperError} what it failed with there, of the same class
   */
  async call<Name extends keyof Theirs & string>(
    name: Name,
    input: Parameters<Theirs[Name]>[0],
  ): Promise<ReturnType<Theirs[Name]>> {
    if (this.#broken !== undefined) throw this.#broken;
    const id = this.#next++;
    const answer = Promise.withResolvers<unknown>();
    this.#post({ kind: "call", id, name, input });
    this.#waiting.set(id, answer);
    return await answer.promise as ReturnType<Theirs[Name]>;
  }

  /** Takes a message from the other side. */
  async take(message: Message): Promise<void> {
    const { id } = message;
    if (message.kind === "call") {
      this.#post(await this.#answer(id, message.name as keyof Ours & string, message.input));
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (message.kind === "done") waiting?.resolve(message.output);
    else waiting?.reject(unpackError(message.error));
  }

  /** The other side is gone: all that waits for it fails, now and from now on. */
  break(why: string): void {
    this.#broken = new InternalError(why);
    for (const waiting of this.#waiting.values()) waiting.reject(this.#broken);
    this.#waiting.clear();
  }

  async #answer(id: number, name: keyof Ours & string, input: unknown): Promise<Message> {
    try {
      return { kind: "done", id, output: await this.#answers[name](input as never) };
    } catch (error) {
      return { kind: "failed", id, error: packError(error) };
    }
  }
}
