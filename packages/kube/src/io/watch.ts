import type { IncomingMessage } from "node:http";
import type { Clock } from "@antrea/base";
import type { ClusterAccess } from "../access.ts";
import type { WatchEvent, WatchQuery } from "../client.ts";
import { connectionError, KubeError, statusError } from "../error.ts";
import { LineTooLongError, lineSplitter } from "../json-lines.ts";
import { watchRequest } from "../request.ts";
import type { Resource } from "../resource.ts";
import { parseWatchEvent } from "../watch-event.ts";
import { readText } from "./body.ts";
import { askedText, type Transport } from "./transport.ts";

export interface WatchDeps {
  readonly access: ClusterAccess;
  readonly wire: Transport;
  readonly clock: Clock;
}

/** The head of the answer comes at once, whatever there is to watch. */
const headTimeoutMs = 30_000;
/** A server that is alive ends a watch at its `timeoutSeconds`; one that is not is left after this. */
const overtimeMs = 30_000;
/** etcd takes objects up to some megabytes; a line far beyond that is none. */
const maxLineLength = 32 * 1024 * 1024;

/** One watch: the events of each read together, until the server ends it. */
export async function* openWatch(
  { access, wire, clock }: WatchDeps,
  resource: Resource,
  query: WatchQuery,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly WatchEvent[], void, void> {
  const request = watchRequest(resource, query);
  const asked = askedText(access, request);
  const limit = timeLimit(clock, asked, signal);
  try {
    limit.set(headTimeoutMs, "no answer");
    const answer = await wire.send(request, { signal: limit.signal });
    await requireWatch(asked, answer);
    limit.set(query.timeoutSeconds * 1000 + overtimeMs, "no end of the watch");
    yield []; // the watch is open, though there may be nothing to say for long
    yield* readEvents(asked, answer);
  } catch (error) {
    throw limit.signal.aborted ? limit.signal.reason : error;
  } finally {
    limit.end();
  }
}

async function requireWatch(asked: string, answer: IncomingMessage): Promise<void> {
  const status = answer.statusCode ?? 0;
  if (status === 200) return;
  const text = await readText(asked, answer);
  throw statusError(asked, status, jsonOr(text), answer.headers["retry-after"]);
}

async function* readEvents(
  asked: string,
  answer: IncomingMessage,
): AsyncGenerator<readonly WatchEvent[], void, void> {
  const splitter = lineSplitter(maxLineLength);
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      const lines = splitter.push(chunk);
      if (lines.length > 0) yield lines.map((line) => parseWatchEvent(asked, line));
    }
  } catch (cause) {
    if (cause instanceof KubeError) throw cause;
    if (cause instanceof LineTooLongError)
      throw new KubeError({ code: "bad-response", asked, answer: cause.message }, { cause });
    throw connectionError(asked, cause, true);
  }
  if (splitter.rest() !== "")
    throw new KubeError({ code: "cut", asked, answer: "the watch ended inside an event" });
}

/** A signal that aborts when `signal` does, or when the time last set has passed, or at the end. */
function timeLimit(clock: Clock, asked: string, signal: AbortSignal | undefined) {
  signal?.throwIfAborted();
  const own = new AbortController();
  let timer = new AbortController();
  const forward = (): void => own.abort(signal?.reason);
  signal?.addEventListener("abort", forward, { once: true });
  return {
    signal: own.signal,
    set(ms: number, lacking: string): void {
      timer.abort();
      timer = new AbortController();
      const answer = `${lacking} within ${ms} ms`;
      clock.sleep(ms, { signal: timer.signal }).then(
        () => own.abort(new KubeError({ code: "timeout", asked, answer })),
        () => {}, // set anew, or ended
      );
    },
    end(): void {
      timer.abort();
      signal?.removeEventListener("abort", forward);
      own.abort();
    },
  };
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
