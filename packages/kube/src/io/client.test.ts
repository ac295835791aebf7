import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import type { ClusterAccess } from "../access.ts";
import type { KubeClient } from "../client.ts";
import { isKubeError, type KubeErrorCode } from "../error.ts";
import { configMaps, nodes, pods } from "../resources.ts";
import { certificateAuthority } from "../testing/certificates.ts";
import {
  answerJson,
  answerStatus,
  fastClock,
  type Script,
  scriptedServer,
} from "../testing/scripted-server.ts";
import { kubeClient } from "./client.ts";

const newClient = (access: ClusterAccess, clock = systemClock): KubeClient =>
  kubeClient(access, { log: silentLogger, clock, userAgent: "antrea-test/1" });

/** A server, and a client of it whose time is the machine's, unless waiting is what a test is about. */
async function peer(script: Script, more: Partial<ClusterAccess> = {}, clock = systemClock) {
  const server = await scriptedServer(script);
  const client = newClient({ ...server.access, ...more }, clock);
  return {
    server,
    client,
    async [Symbol.asyncDispose]() {
      client.close();
      await server.stop();
    },
  };
}

/** Waits of a client take a twentieth of their time. */
const hurriedPeer = (script: Script) => peer(script, {}, fastClock(20));

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), "antrea-kube-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

const failsWith =
  (code: KubeErrorCode, sentence = /./) =>
  (error: unknown) => {
    assert.ok(isKubeError(error), String(error));
    assert.equal(error.code, code);
    assert.match(error.message, sentence);
    return true;
  };

test("KubeClient sends each kind of patch under its media type, with manager, force and dry run", async () => {
  await using p = await peer((_request, answer) => answerJson(answer, 200, { metadata: {} }));
  const name = { namespace: "shop", name: "a" };
  const manager = { fieldManager: "antrea" };
  await p.client.patch(configMaps, name, { kind: "merge", body: { data: {} } });
  await p.client.patch(configMaps, name, { kind: "json", body: [] }, { dryRun: true });
  await p.client.patch(pods, name, { kind: "strategic", body: {} }, { subresource: "status" });
  await p.client.apply(configMaps, { metadata: name }, { ...manager, force: true });
  const rows = p.server.seen.map(({ method, path, query, headers, body }) => [
    method,
    path,
    query,
    headers["content-type"],
    body,
  ]);
  const path = "/api/v1/namespaces/shop/configmaps/a";
  assert.deepEqual(rows, [
    ["PATCH", path, {}, "application/merge-patch+json", '{"data":{}}'],
    ["PATCH", path, { dryRun: "All" }, "application/json-patch+json", "[]"],
    [
      "PATCH",
      "/api/v1/namespaces/shop/pods/a/status",
      {},
      "application/strategic-merge-patch+json",
      "{}",
    ],
    [
      "PATCH",
      path,
      { fieldManager: "antrea", force: "true" },
      "application/apply-patch+yaml",
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"namespace":"shop","name":"a"}}',
    ],
  ]);
});

test("KubeClient.items() walks all pages", async () => {
  await using p = await peer(({ query }, answer) => {
    const isLast = query["continue"] === "next";
    const metadata = { resourceVersion: "1", ...(isLast ? {} : { continue: "next" }) };
    const items = [{ metadata: { name: isLast ? "b" : "a" } }];
    answerJson(answer, 200, { metadata, items });
  });
  const names: unknown[] = [];
  for await (const node of p.client.items(nodes, { limit: 1 })) names.push(node.metadata?.name);
  assert.deepEqual(names, ["a", "b"]);
});

test("KubeClient.find() gives undefined for 404 only", async () => {
  await using p = await peer(({ path }, answer) =>
    path.endsWith("absent")
      ? answerStatus(answer, 404, "NotFound")
      : answerStatus(answer, 403, "Forbidden"),
  );
  assert.equal(await p.client.find(nodes, { name: "absent" }), undefined);
  await assert.rejects(p.client.find(nodes, { name: "secret" }), failsWith("forbidden"));
});

test("KubeClient repeats after 429 as long as the server asks, and gives up in the end", async () => {
  let left = 2;
  await using p = await hurriedPeer((_request, answer) => {
    if (left-- > 0) answerJson(answer, 429, {}, { "retry-after": "1" });
    else answerJson(answer, 200, { metadata: { name: "a" } });
  });
  const get = () => p.client.get(nodes, { name: "a" }, { timeoutMs: 600_000 });
  assert.equal((await get()).metadata?.name, "a");
  left = 1000;
  await assert.rejects(get(), failsWith("too-many-requests"));
  assert.equal(p.server.seen.length, 3 + 6);
});

test("KubeClient does not wait after 429 beyond its time limit", async () => {
  await using p = await hurriedPeer((_request, answer) =>
    answerJson(answer, 429, {}, { "retry-after": "300" }),
  );
  const late = p.client.get(nodes, { name: "a" }, { timeoutMs: 2000 });
  await assert.rejects(late, failsWith("timeout", /no answer within 2000 ms/));
});

test("KubeClient gives up a server that hangs, before or inside its answer", async () => {
  for (const hang of [
    (() => {}) as Script,
    ((_request, answer) => answer.writeHead(200).write("{")) as Script,
  ]) {
    await using p = await hurriedPeer(hang);
    const late = p.client.get(nodes, { name: "a" }, { timeoutMs: 1000 });
    await assert.rejects(late, failsWith("timeout"));
  }
});

test("KubeClient ends at once with the caller's reason", async () => {
  await using p = await peer(() => {});
  const stop = new AbortController();
  const call = p.client.get(nodes, { name: "a" }, { signal: stop.signal });
  setImmediate(() => stop.abort(new Error("enough")));
  await assert.rejects(call, /^Error: enough$/);
  await assert.rejects(p.client.get(nodes, { name: "a" }, { signal: stop.signal }), /enough/);
});

test("KubeClient says what came back where that is no Kubernetes", async () => {
  const answers: readonly [Script, KubeErrorCode, RegExp][] = [
    [(_r, a) => a.end("<html>"), "bad-response", /no JSON object.*not a proxy/],
    [(_r, a) => answerJson(a, 200, []), "bad-response", /no JSON object/],
    [
      (_r, a) => a.writeHead(200, { "content-type": "application/json" }).end('{"a":'),
      "bad-response",
      /not JSON/,
    ],
    [
      (_r, a) => a.writeHead(502).end("Bad Gateway\r\n\u001b[31m"),
      "server-error",
      /502: Bad Gateway \[31m\./,
    ],
    [(_r, a) => void a.destroy(), "cut", /socket hang up/],
    [
      (_r, a) => {
        a.writeHead(200, { "content-length": "100" });
        a.write("{", () => a.destroy());
      },
      "cut",
      /aborted/,
    ],
  ];
  for (const [script, code, sentence] of answers) {
    await using p = await peer(script);
    await assert.rejects(p.client.get(nodes, { name: "a" }), failsWith(code, sentence));
  }
  await using p = await peer((_request, answer) => answerJson(answer, 200, { items: 7 }));
  await assert.rejects(p.client.list(nodes), failsWith("bad-response", /no list/));
});

test("KubeClient says that nobody listens, and what to check", async () => {
  const p = await peer(() => {});
  await p[Symbol.asyncDispose]();
  const call = newClient(p.server.access).get(nodes, { name: "a" });
  await assert.rejects(call, failsWith("unreachable", /ECONNREFUSED.*kubeAPIServerOverride/));
});

test("KubeClient reads once more over a new connection when a kept one turned out dead, and writes once only", async () => {
  let kills = 0;
  await using p = await peer((_request, answer) => {
    if (kills-- > 0) answer.destroy();
    else answerJson(answer, 200, { metadata: { name: "a" } });
  });
  await p.client.get(nodes, { name: "a" });
  kills = 1;
  await p.client.get(nodes, { name: "a" });
  kills = 1;
  const write = p.client.create(nodes, { metadata: { name: "a" } });
  await assert.rejects(write, failsWith("cut"));
  assert.deepEqual(
    p.server.seen.map(({ method }) => method),
    ["GET", "GET", "GET", "POST"],
  );
});

test("KubeClient reads a token file again when it has changed, at once when it was refused", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "token");
  await writeFile(path, "old\n");
  let valid = "old";
  await using p = await peer(
    ({ headers }, answer) =>
      headers.authorization === `Bearer ${valid}`
        ? answerJson(answer, 200, { metadata: { name: "a" } })
        : answerStatus(answer, 401, "Unauthorized"),
    { credentials: { kind: "token-file", path } },
  );
  await p.client.get(nodes, { name: "a" });
  valid = "new";
  await writeFile(path, "new\n");
  await p.client.get(nodes, { name: "a" });
  valid = "never";
  await assert.rejects(p.client.get(nodes, { name: "a" }), failsWith("unauthorized"));
});

test("KubeClient takes credentials from a program, and says which one failed", async () => {
  await using p = await peer(({ headers }, answer) =>
    answerJson(answer, 200, { metadata: { name: headers.authorization } }),
  );
  const program = (script: string) =>
    newClient({
      ...p.server.access,
      credentials: {
        kind: "program",
        program: {
          apiVersion: "client.authentication.k8s.io/v1",
          command: process.execPath,
          args: ["-e", script],
          env: { TOKEN: "t1" },
          installHint: "Install it",
        },
      },
    });
  const print = "console.log(JSON.stringify({ status: { token: process.env.TOKEN } }))";
  const node = await program(print).get(nodes, { name: "a" });
  assert.equal(node.metadata?.name, "Bearer t1");
  await assert.rejects(program("process.exit(1)").get(nodes, { name: "a" }), /Install it/);
  await assert.rejects(program("console.log(1)").get(nodes, { name: "a" }), /no token or cert/);
});

test("KubeClient trusts the authority it was given and no other, and shows its certificate", async () => {
  await using folder = await temporaryFolder();
  const ca = await certificateAuthority(folder.path);
  const other = await certificateAuthority(folder.path, "other-ca");
  const serving = await ca.issue("server", "/CN=server", ["IP:127.0.0.1"]);
  const misnamed = await ca.issue("misnamed", "/CN=server", ["DNS:elsewhere.example.org"]);
  const user = await ca.issue("user", "/CN=jane");
  const { readFile } = await import("node:fs/promises");
  const text = (path: string): Promise<string> => readFile(path, "utf8");
  const script: Script = (_request, answer) => answerJson(answer, 200, { metadata: {} });
  const trusted = { ca: await text(ca.cert), insecure: false };

  await using good = await scriptedServer(script, { ...serving, clientCa: ca.cert });
  const credentials = {
    kind: "certificate",
    cert: await text(user.cert),
    key: await text(user.key),
  } as const;
  await newClient({ ...good.access, tls: trusted, credentials }).get(nodes, { name: "a" });
  const byFile = { caFile: ca.cert, insecure: false };
  await newClient({ ...good.access, tls: byFile, credentials }).get(nodes, { name: "a" });

  const call = (access: ClusterAccess) => newClient(access).get(nodes, { name: "a" });
  await assert.rejects(call(good.access), failsWith("tls", /certificate authority/));
  const untrusted = { ca: await text(other.cert), insecure: false };
  await assert.rejects(call({ ...good.access, tls: untrusted }), failsWith("tls"));

  await using bad = await scriptedServer(script, misnamed);
  await assert.rejects(call({ ...bad.access, tls: trusted }), failsWith("tls", /127\.0\.0\.1/));
  const serverName = "elsewhere.example.org";
  await call({ ...bad.access, tls: { ...trusted, serverName } });
  await call({ ...bad.access, tls: { insecure: true } });
});

test("KubeClient keeps one connection for calls that follow each other", async () => {
  await using p = await peer((_request, answer) => answerJson(answer, 200, { metadata: {} }));
  let connections = 0;
  p.server.server.on("connection", () => connections++);
  for (let i = 0; i < 5; i++) await p.client.get(nodes, { name: "a" });
  assert.equal(connections, 1);
});
