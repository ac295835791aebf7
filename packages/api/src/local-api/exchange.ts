import { parseShape } from "@antrea/base";
import type { Endpoint } from "./endpoint.ts";

/** A request as it travels: over a Unix socket, through `kubectl exec`, or over TLS. */
export interface LocalRequest {
  /** The router refuses what it does not know. */
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** JSON text; "" for none. */
  readonly body: string;
}

export interface LocalResponse {
  readonly status: number;
  /** JSON text. A status other than 200 has `{"message": sentence}`. */
  readonly body: string;
}

/** Carries one request to a program and its answer back. Throws if that cannot be done. */
export type LocalTransport = (
  request: LocalRequest,
  options: { readonly signal: AbortSignal },
) => Promise<LocalResponse>;

export type LocalProblem =
  /** The program refused or failed; the sentence is its own. */
  | { readonly code: "refused"; readonly status: number }
  /** The answer is not what this version of the API says. */
  | { readonly code: "bad-answer" };

/** A local API call that did not work out. The message is whole sentences. */
export class LocalApiError extends Error {
  override readonly name = "LocalApiError";
  readonly problem: LocalProblem;
  constructor(problem: LocalProblem, sentence: string) {
    super(sentence);
    this.problem = problem;
  }
}

/** Asks one endpoint and gives its answer in its shape. */
export async function callLocalApi<Q, B, R>(
  { method, path, response }: Endpoint<Q, B, R>,
  input: { readonly query?: Q; readonly body?: B },
  transport: LocalTransport,
  options: { readonly signal: AbortSignal },
): Promise<R> {
  const answer = await transport(
    { method, path, query: queryTexts(input.query), body: bodyText(input.body) },
    options,
  );
  if (answer.status !== 200) {
    const problem = { code: "refused", status: answer.status } as const;
    throw new LocalApiError(problem, messageOf(answer));
  }
  const parsed = parseShape(response, parseJson(answer.body));
  if ("value" in parsed) return parsed.value;
  throw new LocalApiError(
    { code: "bad-answer" },
    `The answer to ${path} is not understood: ${parsed.problem}. Use an antctl of the version of the program.`,
  );
}

/** The path with its query, as the first line of HTTP has it. */
export function requestTarget({ path, query }: LocalRequest): string {
  const search = new URLSearchParams(query).toString();
  return search === "" ? path : `${path}?${search}`;
}

/** The reverse of `requestTarget`. */
export function parseRequestTarget(target: string): Pick<LocalRequest, "path" | "query"> {
  const [path = "", search = ""] = target.split("?", 2);
  return { path, query: Object.fromEntries(new URLSearchParams(search)) };
}

/** JSON, or undefined for what is none. Bigints never occur: counts that matter here fit a number. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function queryTexts(query: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries((query ?? {}) as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    entries.filter(([, value]) => value !== undefined).map(([key, value]) => [key, String(value)]),
  );
}

function bodyText(body: unknown): string {
  return body === undefined ? "" : JSON.stringify(body);
}

function messageOf({ status, body }: LocalResponse): string {
  const parsed = parseJson(body);
  const message =
    typeof parsed === "object" && parsed !== null && "message" in parsed
      ? parsed.message
      : undefined;
  return typeof message === "string" ? message : `The program answered with status ${status}`;
}
