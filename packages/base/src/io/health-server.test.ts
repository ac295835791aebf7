import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { healthServer, type HealthServerOptions } from "./health-server.ts";
import { prometheusMetrics } from "./metrics.ts";

async function served(t: TestContext, more: Partial<HealthServerOptions> = {}) {
  const server = healthServer({
    host: "127.0.0.1",
    port: 0,
    findProblem: () => undefined,
    metrics: undefined,
    ...more,
  });
  await server.start(t.signal);
  t.after(() => server.stop());
  return async (path: string, method = "GET") => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return `${response.status} ${(await response.text()).trim()}`;
  };
}

test("healthServer() says that it runs, and whether it is ready", async (t) => {
  let problem: string | undefined = "Open vSwitch is not connected";
  const ask = await served(t, { findProblem: () => problem });
  assert.equal(await ask("/livez"), "200 ok");
  assert.equal(await ask("/healthz?verbose"), "200 ok");
  assert.equal(await ask("/readyz"), "503 Open vSwitch is not connected");
  problem = undefined;
  assert.equal(await ask("/readyz"), "200 ok");
});

test("healthServer() names what it has to who asks for anything else", async (t) => {
  const ask = await served(t);
  assert.equal(await ask("/metrics"), "404 There are /livez, /healthz, /readyz");
  assert.equal(await ask("/livez", "POST"), "405 GET only");
});

test("healthServer() serves the metrics it is given", async (t) => {
  const metrics = prometheusMetrics();
  metrics.define({ name: "antrea_test_answers", kind: "gauge", help: "Answers." });
  metrics.set("antrea_test_answers", 3);
  assert.match(await (await served(t, { metrics }))("/metrics"), /^200 [^]*antrea_test_answers 3/);
});
