import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { prometheusMetrics } from "@antrea/base/io";
import { metricsServer } from "./metrics-server.ts";

test("metricsServer() goes without a port that somebody else has, and says so", async (t) => {
  const other = createServer().listen(0, "127.0.0.1");
  t.after(() => other.close());
  await once(other, "listening");
  const said: unknown[] = [];
  const server = metricsServer({
    port: (other.address() as AddressInfo).port,
    readiness: [],
    metrics: prometheusMetrics(),
    log: { ...silentLogger, warn: (sentence, data) => said.push(sentence, data?.["err"]) },
  });
  await server.start(t.signal);
  assert.match(String(said), /Metrics are not served.*EADDRINUSE/);
  await server.stop();
});
