import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { type HealthCheck, healthAnswer, ping } from "../health.ts";
import type { Metrics } from "../metrics.ts";
import type { Service } from "../service.ts";
import { http } from "./http.ts";

export interface HealthServerOptions {
  /** Address to listen on; all of the machine's where undefined. */
  readonly host: string | undefined;
  readonly port: number;
  /** What must hold for the program to do its work, beside that it answers. */
  readonly readiness: readonly HealthCheck[];
  /** Undefined where `/metrics` is not to be served. */
  readonly metrics: Metrics | undefined;
}

const probes = ["livez", "healthz", "readyz"] as const;

/**
 * Plain HTTP for the kubelet and for Prometheus. `/livez` and `/healthz` say that the program runs
 * its loop; `/readyz` that it does its work. Each takes `?verbose`, `?exclude=CHECK` and `/CHECK`.
 */
export function healthServer({ host, port, readiness, metrics }: HealthServerOptions): Service & {
  /** The port in use, which differs from the one asked for where that was 0. */
  readonly port: number;
} {
  const paths = [...probes.map((name) => `/${name}`), ...(metrics ? ["/metrics"] : [])];
  const checksOf = { livez: [ping], healthz: [ping], readyz: [ping, ...readiness] };
  const server = http().createServer((request, response) => {
    const url = URL.parse(request.url ?? "/", "http://localhost");
    if (request.method !== "GET" && request.method !== "HEAD")
      return answer(response, 405, "GET only\n");
    const [probe, only, ...rest] = url?.pathname.slice(1).split("/") ?? [];
    const name = probes.find((one) => one === probe);
    if (url && name && rest.length === 0) {
      const { status, text } = healthAnswer(name, checksOf[name], {
        only,
        verbose: url.searchParams.has("verbose"),
        exclude: url.searchParams.getAll("exclude"),
      });
      return answer(response, status, text);
    }
    if (url?.pathname !== "/metrics" || !metrics)
      return answer(response, 404, `There are ${paths.join(", ")}\n`);
    metrics.text().then(
      (text) => answer(response, 200, text, "text/plain; version=0.0.4; charset=utf-8"),
      () => answer(response, 500, "Could not gather the metrics\n"),
    );
  });
  server.requestTimeout = 10_000;
  return {
    name: "health server",
    get port() {
      const address = server.address();
      return typeof address === "object" && address ? address.port : port;
    },
    async start(signal) {
      server.listen(port, host);
      await once(server, "listening", { signal });
    },
    async stop() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(
  response: ServerResponse,
  status: number,
  text: string,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, { "content-type": type, "x-content-type-options": "nosniff" });
  response.end(text);
}
