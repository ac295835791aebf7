import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Metrics } from "../metrics.ts";
import type { Service } from "../service.ts";
import { http } from "./http.ts";

export interface HealthServerOptions {
  /** Address to listen on; all of the machine's where undefined. */
  readonly host: string | undefined;
  readonly port: number;
  /** Undefined once all is well, else a sentence that says what is not. */
  readonly findProblem: () => string | undefined;
  /** Undefined where `/metrics` is not to be served. */
  readonly metrics: Metrics | undefined;
}

/**
 * Plain HTTP for the kubelet and for Prometheus. `/livez` and `/healthz` say that the program runs
 * its loop; `/readyz` that it does its work.
 */
export function healthServer({ host, port, findProblem, metrics }: HealthServerOptions): Service & {
  /** The port in use, which differs from the one asked for where that was 0. */
  readonly port: number;
} {
  const paths = ["/livez", "/healthz", "/readyz", ...(metrics ? ["/metrics"] : [])];
  const server = http().createServer((request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0];
    if (request.method !== "GET" && request.method !== "HEAD")
      return answer(response, 405, "GET only\n");
    if (path === "/livez" || path === "/healthz") return answer(response, 200, "ok\n");
    if (path === "/readyz") {
      const problem = findProblem();
      return problem ? answer(response, 503, `${problem}\n`) : answer(response, 200, "ok\n");
    }
    if (path !== "/metrics" || !metrics)
      return answer(response, 404, `There are ${paths.join(", ")}\n`);
    metrics.text().then(
      (text) => answer(response, 200, text),
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

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; version=0.0.4; charset=utf-8" });
  response.end(text);
}
