import { isRecord } from "./object.ts";

/** Why a request to the API server failed, for callers to switch on. */
export type KubeErrorCode =
  /** 401: the server does not know us. */
  | "unauthorized"
  /** 403: it knows us and says no. */
  | "forbidden"
  /** 404: no such object, or no such API. */
  | "not-found"
  /** 409 AlreadyExists. */
  | "already-exists"
  /** 409 Conflict: somebody changed the object, or owns the field. */
  | "conflict"
  /** 410: the resourceVersion or continue token is too old. */
  | "expired"
  /** 400, 415, 422: the server does not accept what we sent. */
  | "invalid"
  /** 429: the server asks us to slow down. */
  | "too-many-requests"
  /** 5xx, and any other status that is no success. */
  | "server-error"
  /** No connection: refused, no route, no such name. */
  | "unreachable"
  /** The TLS handshake failed: a certificate that one side does not trust. */
  | "tls"
  /** The connection ended before the answer did. */
  | "cut"
  /** Our time limit passed. */
  | "timeout"
  /** The answer is not what the API promises: no JSON, wrong shape, too large. */
  | "bad-response";

/** What a `KubeError` is made of. */
export interface KubeFailure {
  readonly code: KubeErrorCode;
  /** What was asked: method and URL, without query and without secrets. */
  readonly asked: string;
  /** HTTP status, where an answer came. */
  readonly status?: number | undefined;
  /** The server's own word, such as `AlreadyExists`, `Expired`; or the system's, such as `ECONNREFUSED`. */
  readonly reason?: string | undefined;
  /** What came back, as text; anything a stranger may have written is cleaned before it gets here. */
  readonly answer: string;
  /** How long the server asks us to wait. */
  readonly retryAfterMs?: number | undefined;
  /** Names of causes in the Status, such as `ResourceVersionTooLarge`, `FieldManagerConflict`. */
  readonly causes?: readonly string[] | undefined;
}

/** A failed request: a sentence for people, a code for callers. */
export class KubeError extends Error {
  override readonly name = "KubeError";
  readonly code: KubeErrorCode;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly causes: readonly string[];

  constructor(failure: KubeFailure, options?: ErrorOptions) {
    super(`${failure.asked}: ${failure.answer}. ${advice[failure.code]}`, options);
    this.code = failure.code;
    this.status = failure.status;
    this.reason = failure.reason;
    this.retryAfterMs = failure.retryAfterMs;
    this.causes = failure.causes ?? [];
  }
}

/** Whether `error` is a `KubeError` with one of these codes. */
export function isKubeError(
  error: unknown,
  ...codes: readonly KubeErrorCode[]
): error is KubeError {
  return error instanceof KubeError && (codes.length === 0 || codes.includes(error.code));
}

const advice: Readonly<Record<KubeErrorCode, string>> = {
  unauthorized: "Check that the token or client certificate is valid and of this cluster",
  forbidden:
    "Grant this user or service account the verb on the resource, by a (Cluster)Role and its binding",
  "not-found": "Check the name and Namespace, and that the CRD or API group is installed",
  "already-exists": "Update the object that is there, or choose another name",
  conflict:
    "Read the object again and repeat the change, or apply with force to take the fields over",
  expired: "List again: the server no longer keeps that version",
  invalid: "Correct the object or the request; sending it again will not help",
  "too-many-requests": "Wait and repeat; the server limits this client",
  "server-error": "Repeat later; if it stays, look into the log of kube-apiserver and etcd",
  unreachable:
    "Check the server's address (kubeAPIServerOverride, kubeconfig), routes and firewalls, and that kube-apiserver runs",
  tls: "Check the certificate authority in the kubeconfig or service account, and that the server's certificate names the address used",
  cut: "Repeat; if it stays, look for a proxy or load balancer that closes connections",
  timeout: "Repeat; if it stays, check the load of kube-apiserver and the path to it",
  "bad-response":
    "Check that the address is a Kubernetes API server and not a proxy or another service",
};

/** The error that a `Status` object or a bare HTTP status stands for. `body` is parsed JSON, or text. */
export function statusError(
  asked: string,
  status: number,
  body: unknown,
  retryAfterSeconds?: string,
): KubeError {
  const state = isRecord(body) && body["kind"] === "Status" ? body : {};
  const details = isRecord(state["details"]) ? state["details"] : {};
  const reason = typeof state["reason"] === "string" ? cleanText(state["reason"], 80) : undefined;
  const message = typeof state["message"] === "string" ? state["message"] : plainBody(body);
  return new KubeError({
    code: codeOf(status, reason),
    asked,
    status,
    reason,
    answer: `${status}${reason ? ` ${reason}` : ""}${message ? `: ${cleanText(message, 500)}` : ""}`,
    retryAfterMs: retryDelayMs(retryAfterSeconds ?? details["retryAfterSeconds"]),
    causes: Array.isArray(details["causes"]) ? details["causes"].flatMap(causeName) : [],
  });
}

function plainBody(body: unknown): string {
  return typeof body === "string" ? body : "";
}

function causeName(cause: unknown): string[] {
  return isRecord(cause) && typeof cause["reason"] === "string"
    ? [cleanText(cause["reason"], 80)]
    : [];
}

function codeOf(status: number, reason: string | undefined): KubeErrorCode {
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 404) return "not-found";
  if (status === 409) return reason === "AlreadyExists" ? "already-exists" : "conflict";
  if (status === 410) return "expired";
  if (status === 429) return "too-many-requests";
  return status === 400 || status === 415 || status === 422 ? "invalid" : "server-error";
}

/** Seconds, as `Retry-After` and `Status.details` say them; a date or nonsense counts as nothing. */
function retryDelayMs(seconds: unknown): number | undefined {
  const value = typeof seconds === "string" ? Number(seconds) : seconds;
  if (typeof value !== "number" || !(value > 0)) return undefined;
  return Math.min(value, 300) * 1000;
}

/** Text of strangers, fit for a log line: one line, no control characters, at most `length` characters. */
export function cleanText(text: string, length: number): string {
  const line = text
    .slice(0, length * 2)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

const tlsCodes = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO|ERR_OSSL/;

/** The error that a socket's failure stands for. `answered`: the answer had begun. */
export function connectionError(asked: string, cause: unknown, answered: boolean): KubeError {
  const system = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const text = cause instanceof Error ? cleanText(cause.message || system, 300) : String(cause);
  const code = tlsCodes.test(system)
    ? "tls"
    : answered || system === "ECONNRESET" || system === "EPIPE"
      ? "cut"
      : "unreachable";
  return new KubeError({ code, asked, reason: system || undefined, answer: text });
}
