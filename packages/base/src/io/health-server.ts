import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { type HealthCheck, probeAnswer, probes } from "../health.ts";
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

/** Probes and metrics in plain HTTP, for an address that strangers do not reach. */
export function healthServer({ host, port, readiness, metrics }: HealthServerOptions): Service & {
  /** The port in use, which differs from the one asked for where that was 0. */
  readonly port: number;
} {
  const paths = [...probes.map((name) => `/${name}`), ...(metrics ? ["/metrics"] : [])];
  const server = http().createServer((request, response) => {
    const url = URL.parse(request.url ?? "/", "http://localhost");
    if (request.method !== "GET" && request.method !== "HEAD")
      return answer(response, 405, "GET only\n");
    const probed = url && probeAnswer(url.pathname, url.searchParams, readiness);
    if (probed) return answer(response, probed.status, probed.text);
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
