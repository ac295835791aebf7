import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { silentLogger } from "@antrea/base";
import { prometheusMetrics, systemClock } from "@antrea/base/io";
import { ownCertificates } from "@antrea/base/io/certificates";
import { kubeReviewers } from "./io/reviewers.ts";
import { secureApi } from "./io/secure-api.ts";
import { clusterRoleBindings, clusterRoles, namespaces, serviceAccounts } from "./resources.ts";
import { apiMetrics } from "./serve/metrics.ts";
import { startApiServer, type TestApiServer } from "./testing/index.ts";

/** An API of our own whose callers are looked up at a real kube-apiserver. */

const hour = 3600_000;
let server: TestApiServer;
let authorities = "";
let problem: string | undefined;
let api: ReturnType<typeof secureApi>;

before(async () => {
  server = await startApiServer();
  await server.client.create(namespaces, { metadata: { name: "trust" } });
  const metrics = prometheusMetrics();
  metrics.define(...Object.values(apiMetrics));
  metrics.define({ name: "antrea_test_answers", kind: "gauge", help: "Answers." });
  metrics.set("antrea_test_answers", 3);
  api = secureApi({
    ...{ host: "127.0.0.1", port: 0, tls: { minVersion: "TLSv1.2", ciphers: undefined } },
    certificates: ownCertificates({
      names: {
        commonName: "test",
        dnsNames: ["localhost"],
        ipAddresses: [Uint8Array.of(127, 0, 0, 1)],
      },
      kind: "ecdsa",
      // by the machine's clock such a certificate is replaced at every look
      terms: { authorityMs: 100 * hour, serverMs: hour, renewMs: 2 * hour, announceMs: hour },
      lookMs: 200,
      clock: systemClock,
      log: silentLogger,
    }),
    reviewers: kubeReviewers(server.client),
    readiness: [{ name: "work", findProblem: () => problem }],
    metrics,
    answer: async ({ method, path, query }) =>
      path === "/info"
        ? { status: 200, body: JSON.stringify({ method, query }) }
        : { status: 404, body: '{"message":"There is /info."}' },
    open: {
      mostBodyBytes: (path) => (path === "/open" ? 2 << 20 : undefined),
      answer: async ({ method, body }) => ({ status: 200, body: `{"${method}":${body.length}}` }),
    },
    onAuthorities: (pem) => void (authorities = pem),
    clock: systemClock,
    log: silentLogger,
  });
  await api.start(AbortSignal.timeout(30_000));
});

after(async () => {
  await api?.stop();
  await server?.stop();
});

async function ask(
  path: string,
  { token = "", method = "GET", agent = new Agent(), body = "" } = {},
): Promise<{ status: number; body: string; headers: IncomingMessage["headers"] }> {
  const outgoing = request({
    ...{ host: "127.0.0.1", port: api.port, path, method, agent, ca: authorities },
    headers: token === "" ? {} : { authorization: `Bearer ${token}` },
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, body: await text(answer), headers: answer.headers };
}

/** A token of a new ServiceAccount that may do these things. */
async function tokenFor(name: string, nonResourceURLs: readonly string[]): Promise<string> {
  await server.client.create(serviceAccounts, { metadata: { namespace: "trust", name } });
  if (nonResourceURLs.length > 0) {
    await server.client.create(clusterRoles, {
      metadata: { name },
      rules: [{ nonResourceURLs: [...nonResourceURLs], verbs: ["get"] }],
    });
    await server.client.create(clusterRoleBindings, {
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: "trust" }],
    });
  }
  const answer = await server.client.request({
    method: "POST",
    path: `/api/v1/namespaces/trust/serviceaccounts/${name}/token`,
    body: JSON.stringify({
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: {},
    }),
  });
  return (answer as { readonly status: { readonly token: string } }).status.token;
}

const statusOf = (body: string) =>
  JSON.parse(body) as { kind: string; reason: string; message: string };

test("secureApi() answers probes to everybody, and nothing else", async () => {
  for (const path of ["/livez", "/healthz", "/readyz", "/readyz/work"])
    assert.deepEqual((await ask(path)).body, "ok");
  problem = "it is broken";
  const failed = await ask("/readyz");
  assert.equal(failed.status, 500);
  assert.match(failed.body, /\[-\]work failed: it is broken/);
  problem = undefined;
  for (const path of ["/metrics", "/info", "/", "/nothing", "/livez/a/b"]) {
    const { status, body, headers } = await ask(path);
    assert.equal(status, 401, path);
    assert.equal(headers["www-authenticate"], "Bearer");
    assert.equal(statusOf(body).reason, "Unauthorized");
  }
  assert.equal((await ask("/livez", { method: "POST" })).status, 401);
});

test("secureApi() gives who has a token what RBAC allows him, and tells him of the rest how to get it", async () => {
  const prometheus = await tokenFor("prometheus", ["/metrics"]);
  const counted = await ask("/metrics", { token: prometheus });
  assert.match(counted.body, /antrea_test_answers 3/);
  assert.match(
    counted.body,
    /antrea_api_requests_total\{code="401"\} 6/,
    "those of the test before",
  );
  const end = Number(
    /^antrea_api_certificate_expiration_timestamp_seconds (\S+)/m.exec(counted.body)?.[1],
  );
  assert.ok(Math.abs(end * 1000 - Date.now() - hour) < 60_000, String(end));
  const refused = await ask("/info", { token: prometheus });
  assert.equal(refused.status, 403);
  assert.match(
    statusOf(refused.body).message,
    /^User "system:serviceaccount:trust:prometheus" may not get "\/info": grant it by a ClusterRole/,
  );
  const reader = await tokenFor("reader", ["/info", "/gone"]);
  assert.equal(
    (await ask("/info?a=b", { token: reader })).body,
    '{"method":"GET","query":{"a":"b"}}',
  );
  assert.equal((await ask("/metrics", { token: reader })).status, 403);
  assert.equal((await ask("/info", { token: reader, method: "DELETE" })).status, 403);
  const unknown = await ask("/gone", { token: reader });
  assert.equal(unknown.status, 404);
  assert.deepEqual(
    [statusOf(unknown.body).kind, statusOf(unknown.body).message],
    ["Status", "There is /info."],
  );
  assert.equal((await ask("/info", { token: await tokenFor("nobody", []) })).status, 403);
});

test("secureApi() refuses tokens that are forged, foreign or cut short", async () => {
  const token = await tokenFor("victim", ["/info"]);
  assert.equal((await ask("/info", { token })).status, 200);
  const [head, body = "", signature = ""] = token.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as Record<string, unknown>;
  const admin = Buffer.from(
    JSON.stringify({ ...claims, sub: "system:serviceaccount:kube-system:admin" }),
  ).toString("base64url");
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  for (const forged of [
    ...[`${head}.${admin}.${signature}`, `${none}.${body}.`, `${head}.${body}`, token.slice(0, -4)],
    "x",
  ])
    assert.equal((await ask("/info", { token: forged })).status, 401);
});

test("secureApi() replaces its certificate while connections go on", async () => {
  const token = await tokenFor("steady", ["/info"]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const serials = new Set<string>();
  const shown = async () => {
    const outgoing = request({
      host: "127.0.0.1",
      port: api.port,
      path: "/livez",
      ca: authorities,
      agent: false,
    });
    outgoing.end();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    await text(answer);
    return (answer.socket as TLSSocket).getPeerCertificate().serialNumber;
  };
  const deadline = AbortSignal.timeout(20_000);
  while (serials.size < 4) {
    serials.add(await shown());
    assert.equal((await ask("/info", { token, agent })).status, 200);
    if (deadline.aborted) assert.fail(`${serials.size} certificates`);
  }
  assert.equal(Object.values(agent.freeSockets).flat().length, 1, "one connection served all");
  agent.destroy();
});

test("secureApi() says 503 while the API server is away, answers probes all the same, and all again when it is back", async () => {
  const token = await tokenFor("patient", ["/info"]);
  await server.crash();
  const away = await ask("/info", { token });
  assert.equal(away.status, 503);
  assert.match(statusOf(away.body).message, /could not be asked of the API server/);
  assert.equal((await ask("/livez")).status, 200);
  await server.start();
  assert.equal((await ask("/info", { token })).status, 200);
});

test("secureApi() answers open paths to everybody, with bodies as large as they may be", async () => {
  const body = "x".repeat(1_500_000);
  assert.equal((await ask("/open", { method: "POST", body })).body, '{"POST":1500000}');
  assert.equal((await ask("/open/other", { method: "POST" })).status, 401);
  assert.equal((await ask("/info", { method: "POST", body })).status, 413);
});
