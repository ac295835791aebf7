import type { Clock } from "@antrea/base";
import type { Message, MessageOf } from "../message/messages.ts";
import type { Exchange } from "./exchange.ts";
import { OpenFlowError } from "./failure.ts";
import { type Outcome, request } from "./request.ts";
import type { Session } from "./session.ts";

/** What ends a wait. After an abort it is unknown whether the switch has done what was asked. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Requests whose reply is a list, and that reply. */
export type ListKind = Extract<Message, { readonly items: readonly unknown[] }>["kind"];
export type ItemOf<K extends ListKind> = MessageOf<K>["items"][number];

/** Exchanges as promises. */
export interface Asker {
  perform<T>(begin: (outcome: Outcome<T>) => Exchange, options?: WaitOptions): Promise<T>;
  /** One message and the parts of its reply. */
  ask(message: Message, options?: WaitOptions): Promise<readonly Message[]>;
  /** The same where the reply has one part of this kind. */
  askOne<K extends Message["kind"]>(
    message: Message,
    kind: K,
    options?: WaitOptions,
  ): Promise<MessageOf<K>>;
  /** The same where the reply is a list. */
  list<K extends ListKind>(
    message: Message,
    kind: K,
    options?: WaitOptions,
  ): Promise<readonly ItemOf<K>[]>;
}

/** What an asker asks through: the session, and how its bytes get sent. */
export interface AskerParts {
  readonly session: Session;
  readonly line: { flush(): void };
  readonly clock: Pick<Clock, "now">;
  /** Told of what was answered in full, and how long that took from the asking. */
  readonly onAnswered?: (kind: string, tookMs: number) => void;
}

export function createAsker({ session, line, clock, onAnswered }: AskerParts): Asker {
  function perform<T>(
    begin: (outcome: Outcome<T>) => Exchange,
    { signal }: WaitOptions = {},
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const abort = () => {
        session.cancel(exchange);
        reject(signal?.reason as Error);
      };
      const startedMs = clock.now();
      const settled = () => signal?.removeEventListener("abort", abort);
      const exchange = begin({
        resolve(value) {
          settled();
          onAnswered?.(exchange.kind, clock.now() - startedMs);
          resolve(value);
        },
        reject(error) {
          settled();
          reject(error);
        },
      });
      signal?.addEventListener("abort", abort, { once: true });
      session.start(exchange, startedMs);
      line.flush();
    });
  }

  const ask = (message: Message, options?: WaitOptions): Promise<readonly Message[]> =>
    perform((outcome) => request(message, outcome), options);

  async function askOne<K extends Message["kind"]>(
    message: Message,
    kind: K,
    options?: WaitOptions,
  ): Promise<MessageOf<K>> {
    const [reply] = await ask(message, options);
    return expected(message, reply, kind);
  }

  async function list<K extends ListKind>(
    message: Message,
    kind: K,
    options?: WaitOptions,
  ): Promise<readonly ItemOf<K>[]> {
    const replies = await ask(message, options);
    const items: ItemOf<K>[] = [];
    for (const reply of replies) {
      const { items: more } = expected(message, reply, kind) as { items: readonly ItemOf<K>[] };
      for (const item of more) items.push(item);
    }
    return items;
  }

  return { perform, ask, askOne, list };
}

function expected<K extends Message["kind"]>(
  asked: Message,
  reply: Message | undefined,
  kind: K,
): MessageOf<K> {
  if (reply?.kind === kind) return reply as MessageOf<K>;
  throw new OpenFlowError({
    code: "bad-reply",
    request: `${asked.kind}, answered by ${reply?.kind}`,
  });
}
