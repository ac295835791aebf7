import {
  type Clock,
  type HealthCheck,
  type Logger,
  type Metrics,
  probeAnswer,
  type Service,
  type ServingCertificate,
  taskGroup,
} from "@antrea/base";
import { type CertificateSource, certificateEndMs } from "@antrea/base/io/certificates";
import {
  type HttpsAnswer,
  type HttpsRequest,
  type HttpsServer,
  httpsServer,
  type Limits,
  type TlsSettings,
} from "@antrea/base/io/https-server";
import { type FrontProxy, forwardedUser } from "../serve/front-proxy.ts";
import { type Gate, type GateLimits, gate, type Reviewers } from "../serve/gate.ts";
import { apiMetrics } from "../serve/metrics.ts";
import type { UserInfo } from "../serve/review.ts";
import type { ServedApi } from "../serve/served-api.ts";
import { statusBody } from "../serve/status.ts";

export interface SecureApiOptions {
  /** Address to listen on; all of the machine's where undefined. */
  readonly host: string | undefined;
  readonly port: number;
  readonly tls: TlsSettings;
  readonly certificates: CertificateSource;
  readonly reviewers: Reviewers;
  /** What must hold for the program to do its work. */
  readonly readiness: readonly HealthCheck[];
  /** Has `apiMetrics`. Undefined where `/metrics` is not to be served. */
  readonly metrics: Metrics | undefined;
  /** Everything else: JSON, and `{"message": sentence}` with another status than 200. */
  readonly answer: (
    request: {
      readonly method: string;
      readonly path: string;
      readonly query: Readonly<Record<string, string>>;
      readonly body: string;
    },
    options: { readonly signal: AbortSignal },
  ) => Promise<{ readonly status: number; readonly body: string }>;
  /** What is answered to everybody, whoever he is; undefined for a path that is not among it. */
  readonly open?: OpenPaths | undefined;
  /** Objects that are served as an aggregated API. */
  readonly objects?: ServedApi | undefined;
  /** Whom the API server names by a certificate of its own and headers; undefined while that is not known. */
  readonly frontProxy?: (() => FrontProxy | undefined) | undefined;
  readonly limits?: Partial<Limits>;
  /** Of questions to the API server; small ones by default. */
  readonly gateLimits?: GateLimits;
  /** Told at the start, and whenever clients have to trust others. */
  readonly onAuthorities?: (pem: string) => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Paths for callers that have no token, such as the API server where it asks a webhook. */
export interface OpenPaths {
  /** How large a request's body may be; undefined for a path that is none of these. */
  mostBodyBytes(path: string): number | undefined;
  answer(
    request: Pick<HttpsRequest, "method" | "path" | "body">,
    options: { readonly signal: AbortSignal },
  ): Promise<{ readonly status: number; readonly body: string }>;
}

/**
 * What a program serves to other machines, in the way of Kubernetes' own: TLS; probes for everybody, since
 * a kubelet has no token; all else for whom the API server knows and RBAC allows (nonResourceURLs).
 */
export function secureApi(options: SecureApiOptions): Service & { readonly port: number } {
  const { certificates, log, clock, reviewers, metrics } = options;
  const tasks = taskGroup();
  const admit = gate(reviewers, clock.now, options.gateLimits);
  let server: HttpsServer | undefined;

  function tell(certificate: ServingCertificate): void {
    metrics?.set(apiMetrics.certificateEnd.name, certificateEndMs(certificate) / 1000);
    options.onAuthorities?.(certificate.authorities);
  }
  function show(next: ServingCertificate): void {
    server?.show(next);
    tell(next);
  }

  return {
    name: "API",
    get port() {
      return server?.port ?? options.port;
    },
    async start(signal) {
      const certificate = await certificates.first();
      server = httpsServer({
        ...{ host: options.host, port: options.port, tls: options.tls, certificate },
        async answer(request, { signal: gone }) {
          const answer = await answerOf(request, options, admit, gone);
          metrics?.inc(apiMetrics.requests.name, { code: String(answer.status) });
          return answer;
        },
        refusal: refused,
        asksCertificate: options.frontProxy !== undefined,
        ...(options.limits && { limits: options.limits }),
        ...(options.open && { mostBodyBytes: options.open.mostBodyBytes }),
        onFailure: (path, error) => log.warn("Could not answer on the API", { path, err: error }),
      });
      await server.start(signal);
      tell(certificate);
      tasks.run("certificates", (stop) => certificates.follow(show, stop));
    },
    async stop() {
      await tasks.close();
      await server?.stop();
    },
  };
}

async function answerOf(
  request: HttpsRequest,
  options: SecureApiOptions,
  admit: Gate,
  signal: AbortSignal,
): Promise<HttpsAnswer> {
  const { method, path, query, headers, body } = request;
  const { readiness, metrics, answer, open } = options;
  const isRead = method === "GET" || method === "HEAD";
  const probed = isRead ? probeAnswer(path, query, readiness) : undefined;
  if (probed)
    return { status: probed.status, type: plainText, body: probed.text, headers: goodbye };
  if (open?.mostBodyBytes(path) !== undefined)
    return jsonAnswer(await open.answer({ method, path, body }, { signal }));
  const served = options.objects?.find({ method, path, query, body });
  const access = served ? served.access : { verb: method.toLowerCase(), path };
  const verdict = await admit(forwarded(request, options) ?? headers.authorization, access);
  if (verdict.kind === "refused") return refused(verdict.status, verdict.message);
  if (served) return served.answer(verdict.user);
  if (metrics && path === "/metrics" && isRead)
    return { status: 200, type: prometheusText, body: await metrics.text() };
  return jsonAnswer(
    await answer({ method, path, query: Object.fromEntries(query), body }, { signal }),
  );
}

/** Whom the API server asks for, where it is the one that asks. */
function forwarded(
  { socket, distinctHeaders }: HttpsRequest,
  { frontProxy, clock }: SecureApiOptions,
): UserInfo | undefined {
  const proxy = frontProxy?.();
  if (!proxy) return undefined;
  const now = clock.wallTime().getTime();
  return forwardedUser(proxy, socket.getPeerX509Certificate(), distinctHeaders, now);
}

function jsonAnswer({ status, body }: { readonly status: number; readonly body: string }) {
  return status === 200 ? { status, type: json, body } : refused(status, messageOf(body));
}

/** Only who is let in may keep his connection. */
const goodbye = { connection: "close" } as const;
const json = "application/json";
const plainText = "text/plain; charset=utf-8";
const prometheusText = "text/plain; version=0.0.4; charset=utf-8";

function refused(status: number, message: string): HttpsAnswer {
  const headers = status === 401 ? { ...goodbye, "www-authenticate": "Bearer" } : goodbye;
  return { status, type: json, body: statusBody(status, message), headers };
}

function messageOf(body: string): string {
  const { message } = JSON.parse(body) as { readonly message?: string };
  return message ?? "";
}
