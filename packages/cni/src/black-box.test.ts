import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { type CniRequest, cniVersions, parseCniRequest, parseCniResult } from "@antrea/api/cni";
import fc from "fast-check";
import { buildPlugin } from "../build.ts";
import { fakeAgent } from "./testing/fake-agent.ts";
import { type Run, runPluginFile } from "./testing/run-plugin.ts";

/** Every test here runs the installed build and the reference, and wants the same of both. */
const commands: Record<string, readonly string[]> = {};
before(async () => {
  const { plugin, reference } = await buildPlugin();
  commands["QuickJS"] = [plugin];
  commands["Node"] = [process.execPath, reference];
});

interface Case {
  readonly socketPath: string;
  readonly pendingDelDir: string;
  readonly netnsDir: string;
  run(
    command: string,
    config?: object | string | Uint8Array,
    env?: Record<string, string>,
  ): Promise<Run>;
  /** What it printed, as JSON. */
  json(run: Run): Record<string, unknown>;
}

function both(name: string, check: (plugin: Case, t: TestContext) => Promise<void>): void {
  for (const engine of ["QuickJS", "Node"]) {
    test(`${name} (${engine})`, async (t) => {
      const dir = mkdtempSync(join(tmpdir(), "antrea-cni-"));
      t.after(() => rmSync(dir, { recursive: true }));
      const socketPath = join(dir, "cni.sock");
      const pendingDelDir = join(dir, "pending/del");
      const netnsDir = join(dir, "netns");
      const antrea = { socketPath, pendingDelDir, netnsDir, timeoutMs: 10_000, patienceMs: 200 };
      const plugin: Case = {
        socketPath,
        pendingDelDir,
        netnsDir,
        run(command, config = {}, env = {}) {
          const isRaw = typeof config === "string" || config instanceof Uint8Array;
          const whole = {
            cniVersion: "1.1.0",
            name: "antrea",
            type: "antrea",
            antrea,
            ...(isRaw ? {} : config),
          };
          const variables = {
            CNI_COMMAND: command,
            CNI_CONTAINERID: "c0ffee",
            CNI_NETNS: "/var/run/netns/x",
            CNI_IFNAME: "eth0",
            CNI_ARGS: "K8S_POD_NAMESPACE=shop;K8S_POD_NAME=wéb-1",
            CNI_PATH: "/opt/cni/bin",
            ...env,
          };
          const argv = commands[engine] ?? [];
          return runPluginFile(argv, variables, isRaw ? config : JSON.stringify(whole));
        },
        json: ({ out }) => JSON.parse(out) as Record<string, unknown>,
      };
      await check(plugin, t);
    });
  }
}

const result = {
  interfaces: [{ name: "web-1-a1b2c3" }, { name: "eth0", sandbox: "/var/run/netns/x", mtu: 1450 }],
  ips: [{ address: "10.10.1.5/24", gateway: "10.10.1.1", interface: 1 }],
  routes: [{ dst: "0.0.0.0/0", gw: "10.10.1.1" }],
  dns: {},
};
function parsedResult() {
  const parsed = parseCniResult(result);
  assert.ok("value" in parsed);
  return parsed.value;
}

function assertError(run: Run, code: number, details: RegExp): void {
  assert.equal(run.code, 1, run.out + run.err);
  const error = JSON.parse(run.out) as { code: number; details: string; cniVersion: string };
  assert.equal(error.code, code, run.out);
  assert.match(error.details, details);
  assert.ok(cniVersions.some((version) => version === error.cniVersion));
  assert.equal(run.err, "");
}

both(
  "antrea lends the agent a namespace that is no named one, for ADD and CHECK, and takes it back",
  async (plugin) => {
    const netns = "/proc/self/ns/net"; // of whoever opens it: here all have the same
    const seen: unknown[] = [];
    await using _agent = await fakeAgent(plugin.socketPath, (request) => {
      if (!("netns" in request)) return { kind: "done" };
      const { command, netns: said, lentNetns } = request;
      seen.push([command, said, lentNetns && statSync(lentNetns).ino]);
      return { kind: "done", result: parsedResult() };
    });
    const { ino } = statSync(netns);
    const env = { CNI_NETNS: netns };
    for (const command of ["ADD", "CHECK", "DEL"])
      assert.equal((await plugin.run(command, { prevResult: result }, env)).code, 0, command);
    assert.deepEqual(seen, [
      ["ADD", netns, ino],
      ["CHECK", netns, ino],
      ["DEL", netns, undefined],
    ]);
    assert.deepEqual(readdirSync(plugin.netnsDir), []);
  },
);

both(
  "antrea ADD of a namespace that cannot be lent says so, and DEL needs none",
  async (plugin) => {
    await using _agent = await fakeAgent(plugin.socketPath, () => ({ kind: "done" }));
    const env = { CNI_NETNS: "/proc/0/ns/net" };
    assertError(await plugin.run("ADD", {}, env), 102, /\/proc\/0\/ns\/net cannot be shown/);
    assert.deepEqual(readdirSync(plugin.netnsDir), []);
    assert.equal((await plugin.run("DEL", {}, env)).code, 0);
  },
);

both(
  "antrea ADD asks the agent and prints the result in the version of the configuration",
  async (plugin) => {
    const requests: CniRequest[] = [];
    await using _agent = await fakeAgent(plugin.socketPath, (request) => {
      requests.push(request);
      return { kind: "done", result: parsedResult() };
    });
    for (const cniVersion of cniVersions) {
      const run = await plugin.run("ADD", { cniVersion });
      assert.equal(run.code, 0, run.out);
      const isOld = cniVersion < "1.0.0";
      assert.deepEqual(plugin.json(run), {
        cniVersion,
        interfaces: [
          { name: "web-1-a1b2c3" },
          {
            name: "eth0",
            sandbox: "/var/run/netns/x",
            ...(cniVersion === "1.1.0" ? { mtu: 1450 } : {}),
          },
        ],
        ips: [{ ...(isOld ? { version: "4" } : {}), ...result.ips[0] }],
        routes: result.routes,
        dns: {},
      });
    }
    const first = requests[0];
    assert.ok(first?.command === "ADD");
    assert.deepEqual(
      [first.containerId, first.netns, first.ifname, first.args],
      ["c0ffee", "/var/run/netns/x", "eth0", { K8S_POD_NAMESPACE: "shop", K8S_POD_NAME: "wéb-1" }],
    );
  },
);

both(
  "antrea DEL, CHECK, GC and STATUS print nothing when the agent has done them",
  async (plugin) => {
    const seen: string[] = [];
    await using _agent = await fakeAgent(plugin.socketPath, ({ command }) => {
      seen.push(command);
      return { kind: "done" };
    });
    const runs = [
      await plugin.run("DEL", {}, { CNI_NETNS: "" }),
      await plugin.run("CHECK", { prevResult: { cniVersion: "1.1.0", ...result } }),
      await plugin.run(
        "GC",
        { "cni.dev/valid-attachments": [] },
        { CNI_CONTAINERID: "", CNI_IFNAME: "" },
      ),
      await plugin.run("STATUS", {}, { CNI_CONTAINERID: "", CNI_NETNS: "", CNI_IFNAME: "" }),
    ];
    for (const run of runs) assert.deepEqual(run, { code: 0, out: "", err: "" });
    assert.deepEqual(seen, ["DEL", "CHECK", "GC", "STATUS"]);
  },
);

both(
  "antrea VERSION lists the versions in the caller's own, without asking anybody",
  async (plugin) => {
    const supportedVersions = [...cniVersions];
    const ask = async (stdin: string) => plugin.json(await plugin.run("VERSION", stdin));
    assert.deepEqual(await ask('{"cniVersion":"0.4.0"}'), {
      cniVersion: "0.4.0",
      supportedVersions,
    });
    assert.deepEqual(await ask(""), { cniVersion: "1.1.0", supportedVersions });
    assert.deepEqual(await ask('{"cniVersion":"9.0.0"}'), {
      cniVersion: "9.0.0",
      supportedVersions,
    });
  },
);

both("antrea hands the agent's error on, with its code and sentence", async (plugin) => {
  const error = {
    code: 101,
    msg: "No address",
    details: "All 254 addresses of 10.10.1.0/24 are in use.",
  };
  await using _agent = await fakeAgent(plugin.socketPath, () => ({ kind: "failed", error }));
  const run = await plugin.run("ADD", { cniVersion: "0.4.0" });
  assert.equal(run.code, 1);
  assert.deepEqual(plugin.json(run), { cniVersion: "0.4.0", ...error });
});

both(
  "antrea says try again later (STATUS: not available) while the agent is away",
  async (plugin) => {
    const away = /does not answer on .*cni\.sock/;
    assertError(await plugin.run("ADD"), 11, away);
    assertError(await plugin.run("CHECK", { prevResult: result }), 11, away);
    assertError(await plugin.run("GC"), 11, away);
    assertError(await plugin.run("STATUS"), 50, away);
    const longPath = { socketPath: `/tmp/${"x".repeat(200)}` };
    assertError(await plugin.run("ADD", { antrea: longPath }), 11, /does not answer/);
  },
);

both("antrea ADD waits for an agent that is about to listen", async (plugin) => {
  const antrea = {
    socketPath: plugin.socketPath,
    pendingDelDir: plugin.pendingDelDir,
    patienceMs: 30_000,
  };
  const asked = plugin.run("ADD", { antrea });
  const early = await Promise.race([asked, setTimeout(300, "it waits")]);
  assert.equal(early, "it waits");
  await using _agent = await fakeAgent(plugin.socketPath, () => ({
    kind: "done",
    result: parsedResult(),
  }));
  assert.equal((await asked).code, 0);
});

both("antrea ADD is not repeated where an agent took it and died", async (plugin) => {
  await using agent = await fakeAgent(plugin.socketPath, () => undefined);
  assertError(await plugin.run("ADD"), 11, /closed the connection without an answer|ECONNRESET/);
  assert.equal(agent.lines.length, 1);
});

both("antrea DEL leaves word for an agent that is away or dies, and succeeds", async (plugin) => {
  const read = () => {
    const [name = "", ...more] = readdirSync(plugin.pendingDelDir);
    assert.deepEqual([name, more], ["c0ffee-eth0.json", []]);
    return parseCniRequest(readFileSync(join(plugin.pendingDelDir, name), "utf8")).value;
  };
  assert.deepEqual(await plugin.run("DEL"), { code: 0, out: "", err: "" });
  const word = read();
  assert.ok(word?.command === "DEL");
  assert.deepEqual([word.containerId, word.args["K8S_POD_NAME"]], ["c0ffee", "wéb-1"]);
  rmSync(plugin.pendingDelDir, { recursive: true });

  await using _dying = await fakeAgent(plugin.socketPath, () => undefined);
  assert.deepEqual(await plugin.run("DEL"), { code: 0, out: "", err: "" });
  assert.ok(read());
});

both("antrea DEL takes its word back when the agent comes up meanwhile", async (plugin) => {
  let asked = 0;
  await using _agent = await fakeAgent(plugin.socketPath, () => {
    asked++;
    return asked === 1 ? undefined : { kind: "done" };
  });
  assert.deepEqual(await plugin.run("DEL"), { code: 0, out: "", err: "" });
  assert.equal(asked, 2);
  assert.deepEqual(readdirSync(plugin.pendingDelDir), []);
});

both("antrea DEL fails with a reason when it can neither ask nor leave word", async (plugin) => {
  const antrea = {
    socketPath: plugin.socketPath,
    pendingDelDir: `${plugin.socketPath}/below-a-file`,
  };
  writeFileSync(plugin.socketPath, "");
  chmodSync(plugin.socketPath, 0o600);
  assertError(await plugin.run("DEL", { antrea }), 11, /could not be written down either/);
  assert.ok(!existsSync(plugin.pendingDelDir));
});

both("antrea gives up on an agent that does not answer within the time limit", async (plugin) => {
  await using _agent = await fakeAgent(plugin.socketPath, () => new Promise<never>(() => {}));
  const antrea = {
    socketPath: plugin.socketPath,
    pendingDelDir: plugin.pendingDelDir,
    timeoutMs: 100,
  };
  assertError(
    await plugin.run("ADD", { antrea }),
    11,
    /took the ADD but has not answered for 0\.1 s/,
  );
  assertError(await plugin.run("DEL", { antrea }), 11, /took the DEL/);
  assert.ok(!existsSync(plugin.pendingDelDir), "an agent that lives gets no word");
});

both("antrea answers every malformed input with an error of the specification", async (plugin) => {
  const cases: readonly (readonly [
    number,
    RegExp,
    string | Uint8Array | object,
    Record<string, string>?,
  ])[] = [
    [4, /CNI_COMMAND is not set/, {}, { CNI_COMMAND: "" }],
    [4, /CNI_COMMAND is "add"/, {}, { CNI_COMMAND: "add" }],
    [4, /CNI_CONTAINERID is "..\/x"/, {}, { CNI_CONTAINERID: "../x" }],
    [4, /CNI_NETNS is not set/, {}, { CNI_NETNS: "" }],
    [4, /CNI_IFNAME is "a-name-of-sixteen"/, {}, { CNI_IFNAME: "a-name-of-sixteen" }],
    [6, /standard input is empty/, ""],
    [6, /is not JSON/, "{"],
    [6, /is not JSON/, '{"cniVersion":"1.0.0"}}'],
    [6, /is not JSON/, new Uint8Array([0xff, 0xfe, 0, 1])],
    [6, /is not JSON/, "[".repeat(500_000)],
    [6, /larger than 512 KiB/, `"${"x".repeat(512 << 10)}"`],
    [6, /larger than 512 KiB/, `"${"ü".repeat(300 << 10)}"`],
    [7, /must be an object/, "3"],
    [7, /must be an object/, "null"],
    [7, /must be an object/, "[]"],
    [1, /cniVersion "0\.1\.0"/, '{"name":"x"}'],
    [1, /cniVersion "2\.0\.0"/, '{"name":"x","cniVersion":"2.0.0"}'],
    [7, /cniVersion is 1, but must be a text/, '{"name":"x","cniVersion":1}'],
    [7, /name is "-x"/, { name: "-x" }],
    [7, /antrea\.timeoutMs is 0/, { antrea: { timeoutMs: 0 } }],
    [7, /In prevResult, ips\[0\]\.address/, { prevResult: { ips: [{ address: "x" }] } }],
  ];
  for (const [code, details, input, env] of cases) {
    assertError(await plugin.run("ADD", input, env), code, details);
  }
});

both("antrea calls an answer that it does not understand what it is", async (plugin) => {
  for (const [answer, code, details] of [
    ["hello\n", 6, /The reply is not understood/],
    ["{}\n", 6, /kind is missing/],
    ['{"protocol":2,"kind":"done"}\n', 202, /The agent speaks protocol 2/],
    ['{"protocol":1,"kind":"done"}\n', 6, /gave no result/],
    ['{"protocol":1,"kind":"done","result":{"ips":3}}\n', 6, /In its result, ips is 3/],
    [`${"x".repeat(100_000)}\n`, 6, /not understood/],
  ] as const) {
    await using _agent = await fakeAgent(plugin.socketPath, () => answer);
    assertError(await plugin.run("ADD"), code, details);
  }
});

both("antrea carries large configurations and results whole", async (plugin) => {
  const note = "ü".repeat(200_000);
  await using agent = await fakeAgent(plugin.socketPath, () => ({
    kind: "done",
    result: { dns: { search: [note] } },
  }));
  const run = await plugin.run("ADD", { note });
  assert.deepEqual(plugin.json(run), { cniVersion: "1.1.0", dns: { search: [note] } });
  assert.ok(agent.lines[0]?.includes(note));
});

test("antrea (QuickJS) never ends without a result or an error, whatever it is given", async () => {
  const text = fc.string({ unit: "binary", maxLength: 40 }).map((s) => s.replaceAll("\0", ""));
  const input = fc.record({
    env: fc.record({
      CNI_COMMAND: fc.constantFrom("ADD", "DEL", "CHECK", "GC", "STATUS", "VERSION"),
      CNI_CONTAINERID: text,
      CNI_NETNS: text,
      CNI_IFNAME: text,
      CNI_ARGS: text,
    }),
    stdin: fc.oneof(
      fc.json(),
      fc.uint8Array({ maxLength: 200 }),
      fc
        .record({
          name: text,
          cniVersion: fc.constantFrom("1.1.0", "0.3.1", 3),
          prevResult: fc.jsonValue(),
          ipam: fc.jsonValue(),
        })
        .map((config) =>
          JSON.stringify({
            ...config,
            antrea: { socketPath: "/dev/null", pendingDelDir: "/dev/null/x" },
          }),
        ),
    ),
  });
  await fc.assert(
    fc.asyncProperty(input, async ({ env, stdin }) => {
      const run = await runPluginFile(commands["QuickJS"] ?? [], env, stdin);
      const printed = JSON.parse(run.out) as { code?: number; supportedVersions?: unknown };
      assert.ok(run.code === 1 ? (printed.code ?? 0) > 0 : printed.supportedVersions, run.out);
      assert.equal(run.err, "");
    }),
    { numRuns: 150 },
  );
});
