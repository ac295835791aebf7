import assert from "node:assert/strict";
import { test } from "node:test";
import { stringify } from "yaml";
import { KubeConfigError, parseKubeConfig } from "./kubeconfig.ts";

interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
  readonly current?: string;
}

function file({ cluster, user, context, current = "main" }: Parts = {}, path = "/home/a/config") {
  const text = stringify({
    "current-context": current,
    contexts: [{ name: "main", context: { cluster: "c", user: "u", ...context } }],
    clusters: [{ name: "c", cluster: { server: "https://10.0.0.1:6443", ...cluster } }],
    users: [{ name: "u", user: user ?? {} }],
  });
  return { path, text };
}

test("parseKubeConfig() finds server, authority and client certificate of the current context", () => {
  const data = (text: string) => Buffer.from(text).toString("base64");
  const context = parseKubeConfig([
    file({
      cluster: { "certificate-authority": "pki/ca.crt", "tls-server-name": "kubernetes" },
      user: { "client-certificate-data": data("CERT"), "client-key": "/etc/key.pem" },
      context: { namespace: "shop" },
    }),
  ]);
  assert.deepEqual(context, {
    name: "main",
    namespace: "shop",
    cluster: {
      server: "https://10.0.0.1:6443",
      ca: { file: "/home/a/pki/ca.crt" },
      serverName: "kubernetes",
      insecure: false,
    },
    user: { kind: "certificate", cert: { text: "CERT" }, key: { file: "/etc/key.pem" } },
  });
});

test("parseKubeConfig() knows tokens, token files, passwords and credential programs", () => {
  const userOf = (user: object) => parseKubeConfig([file({ user })]).user;
  assert.deepEqual(userOf({}), { kind: "none" });
  assert.deepEqual(userOf({ token: "t" }), { kind: "token", token: "t" });
  assert.deepEqual(userOf({ token: "t", tokenFile: "t.txt" }), {
    kind: "token-file",
    path: "/home/a/t.txt",
  });
  assert.deepEqual(userOf({ username: "a", password: "b" }), {
    kind: "basic",
    username: "a",
    password: "b",
  });
  const exec = {
    apiVersion: "v1",
    command: "./login",
    args: ["--x"],
    env: [{ name: "A", value: "1" }],
  };
  assert.deepEqual(userOf({ exec }), {
    kind: "program",
    program: {
      apiVersion: "v1",
      command: "/home/a/login",
      args: ["--x"],
      env: { A: "1" },
      installHint: undefined,
    },
  });
});

test("parseKubeConfig() merges files, and the first that has a name wins", () => {
  const first = file({ cluster: { server: "https://first" }, current: "" }, "/a/config");
  const second = file({ cluster: { server: "https://second" } }, "/b/config");
  assert.equal(parseKubeConfig([first, second]).cluster.server, "https://first");
});

test("parseKubeConfig() says in a sentence what is wrong", () => {
  const cases: readonly [string, () => unknown][] = [
    ["/x is not YAML", () => parseKubeConfig([{ path: "/x", text: "a: [" }])],
    ["/x is no kubeconfig", () => parseKubeConfig([{ path: "/x", text: "hello" }])],
    ["no current-context", () => parseKubeConfig([file({ current: "" })])],
    ['no context "mian"; did you mean "main"?', () => parseKubeConfig([file()], "mian")],
    ['no cluster "z"', () => parseKubeConfig([file({ context: { cluster: "z" } })])],
    ['no user "z"', () => parseKubeConfig([file({ context: { user: "z" } })])],
    ["is no URL of a server", () => parseKubeConfig([file({ cluster: { server: "" } })])],
    ["go together", () => parseKubeConfig([file({ user: { "client-key": "k" } })])],
    [
      "proxy-url is not supported",
      () => parseKubeConfig([file({ cluster: { "proxy-url": "p" } })]),
    ],
    ["use exec", () => parseKubeConfig([file({ user: { "auth-provider": {} } })])],
  ];
  for (const [sentence, parse] of cases) {
    assert.throws(parse, (error) => {
      assert.ok(error instanceof KubeConfigError);
      assert.ok(error.message.includes(sentence), `${error.message} says "${sentence}"`);
      return true;
    });
  }
});
