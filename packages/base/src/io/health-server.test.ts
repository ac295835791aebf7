import assert from "node:assert/strict";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { type HealthServerOptions, healthServer } from "./health-server.ts";
import { prometheusMetrics } from "./metrics.ts";

async function served(t: TestContext, more: Partial<HealthServerOptions> = {}) {
  const server = healthServer({
    host: "127.0.0.1",
    port: 0,
    readiness: [],
    metrics: undefined,
    ...more,
  });
  await server.start(t.signal);
  t.after(() => server.stop());
  const ask = async (path: string, method = "GET") => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return `${response.status} ${(await response.text()).trim()}`;
  };
  return { ask, port: server.port };
}

test("healthServer() says that it runs, and whether it is ready", async (t) => {
  let problem: string | undefined = "it does not answer";
  const { ask } = await served(t, {
    readiness: [{ name: "openflow", findProblem: () => problem }],
  });
  assert.equal(await ask("/livez"), "200 ok");
  assert.equal(await ask("/healthz?verbose"), "200 [+]ping ok\nhealthz check passed");
  assert.equal(
    await ask("/readyz"),
    "500 [+]ping ok\n[-]openflow failed: it does not answer\nreadyz check failed",
  );
  assert.equal(await ask("/readyz?exclude=openflow"), "200 ok");
  assert.equal(await ask("/readyz/ping"), "200 ok");
  problem = undefined;
  assert.equal(await ask("/readyz/openflow"), "200 ok");
  assert.equal(await ask("/readyz"), "200 ok");
});

test("healthServer() names what it has to who asks for anything else", async (t) => {
  const { ask } = await served(t);
  assert.equal(await ask("/metrics"), "404 There are /livez, /healthz, /readyz");
  assert.equal(await ask("/livez/ping/ping"), "404 There are /livez, /healthz, /readyz");
  assert.equal(await ask("/livez", "POST"), "405 GET only");
});

test("healthServer() outlives a request whose target is no path", async (t) => {
  const { ask, port } = await served(t);
  const socket = connect(port, "127.0.0.1");
  socket.write("GET // HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  assert.match(await text(socket), /^HTTP\/1\.1 404 /);
  assert.equal(await ask("/livez"), "200 ok");
});

test("healthServer() serves the metrics it is given", async (t) => {
  const metrics = prometheusMetrics();
  metrics.define({ name: "antrea_test_answers", kind: "gauge", help: "Answers." });
  metrics.set("antrea_test_answers", 3);
  const { ask } = await served(t, { metrics });
  assert.match(await ask("/metrics"), /^200 [^]*antrea_test_answers 3/);
});
