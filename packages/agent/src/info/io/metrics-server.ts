import { errorText, type HealthCheck, type Logger, type Metrics, type Service } from "@antrea/base";
import { healthServer } from "@antrea/base/io/health-server";

export interface MetricsServerOptions {
  readonly port: number;
  readonly readiness: readonly HealthCheck[];
  readonly metrics: Metrics;
  readonly log: Logger;
}

/**
 * Metrics in plain HTTP, on the Node's loopback alone: who reads them has come by
 * `kubectl port-forward`, which Kubernetes has authorized, or is on the Node. A port that somebody
 * else has keeps no Pod from the network; it is said, and the agent goes on.
 */
export function metricsServer({ port, readiness, metrics, log }: MetricsServerOptions): Service {
  const server = healthServer({ host: "127.0.0.1", port, readiness, metrics });
  return {
    name: "metrics server",
    async start(signal) {
      try {
        await server.start(signal);
      } catch (error) {
        signal.throwIfAborted();
        log.warn("Metrics are not served; free the port, then restart the agent", {
          port,
          err: errorText(error),
        });
      }
    },
    stop: () => server.stop(),
  };
}
