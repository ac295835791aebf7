import type { WatchEvent } from "./client.ts";
import { KubeError, statusError } from "./error.ts";
import { isRecord } from "./object.ts";

const types: ReadonlySet<unknown> = new Set(["ADDED", "MODIFIED", "DELETED", "BOOKMARK"]);

/** One line of a watch. Throws the `KubeError` that an `ERROR` event stands for, or `bad-response`. */
export function parseWatchEvent(asked: string, line: string): WatchEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (cause) {
    const answer = "the watch sent a line that is no JSON";
    throw new KubeError({ code: "bad-response", asked, answer }, { cause });
  }
  if (isRecord(event)) {
    const { type, object } = event;
    if (types.has(type)) return { type: type as WatchEvent["type"], object };
    if (type === "ERROR") throw errorEvent(asked, object);
  }
  throw new KubeError({ code: "bad-response", asked, answer: "the watch sent no watch event" });
}

function errorEvent(asked: string, status: unknown): KubeError {
  const code = isRecord(status) && typeof status["code"] === "number" ? status["code"] : 500;
  return statusError(asked, code, status);
}
