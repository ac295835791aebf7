import type { ServerResponse } from "node:http";
import { type HealthCheck, probeAnswer, probes } from "../health.ts";
import type { Metrics } from "../metrics.ts";
import { http } from "./http.ts";
import { type Listener, listener } from "./listener.ts";

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
export function healthServer({ host, port, readiness, metrics }: HealthServerOptions): Listener {
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
  return listener(server, {
    ...{ name: "health server", host, port },
    cut: () => server.closeAllConnections(),
  });
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
