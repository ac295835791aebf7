import assert from "node:assert/strict";
import { test } from "node:test";
import { manualClock } from "@antrea/base/testing";
import { runCommandLine } from "./run.ts";
import { capturedStreams } from "./testing/captured-streams.ts";
import { netProgram as program, type NetContext } from "./testing/net-program.ts";
import { checkExamples } from "./testing/smoke.ts";

async function run(
  line: string,
  given: { signal?: AbortSignal; nodes?: NetContext["nodes"]; timeoutMs?: number } = {},
) {
  const streams = capturedStreams({ clock: manualClock() });
  const nodes = given.nodes ?? [
    { name: "node-1", pods: 3 },
    { name: "node-20", pods: 12 },
  ];
  const code = await runCommandLine({
    program,
    argv: line === "" ? [] : line.split(" "),
    streams,
    context: () => ({ nodes }),
    ...(given.signal ? { signal: given.signal } : {}),
    ...(given.timeoutMs === undefined ? {} : { timeoutMs: () => given.timeoutMs ?? 0 }),
  });
  return { code, out: streams.out, err: streams.err };
}

test("runCommandLine() prints rows as a table, JSON or YAML", async () => {
  assert.deepEqual(await run("get nodes"), {
    code: 0,
    out: "NODE      PODS\nnode-1    3\nnode-20   12\n",
    err: "",
  });
  assert.deepEqual(JSON.parse((await run("get nodes node-1 -o json")).out), [
    { name: "node-1", pods: 3 },
  ]);
  assert.equal((await run("get no node-1 --output=YAML")).out, "- name: node-1\n  pods: 3\n");
  assert.equal((await run("get version")).out, "version: 1.2.3\npackets: 12\n");
  assert.equal((await run("get version -o table")).out, "version 1.2.3\n");
});

test("runCommandLine() takes options before, between and after the words of a command", async () => {
  for (const line of [
    "-o json get nodes node-1",
    "get -o json nodes node-1",
    "-s x get nodes --min-pods 1 -o json node-1",
  ]) {
    assert.deepEqual(JSON.parse((await run(line)).out), [{ name: "node-1", pods: 3 }], line);
  }
});

test("runCommandLine() reads flags, repeated options and words of a closed set in any case", async () => {
  const read = async (line: string) => JSON.parse((await run(line)).out) as unknown;
  assert.deepEqual(await read("check -m NOENCAP --no-color -t a --tag=b"), {
    mode: "noEncap",
    tag: ["a", "b"],
    quick: false,
    color: false,
  });
  assert.deepEqual(await read("check --mode encap --color=false --quick=true"), {
    mode: "encap",
    tag: [],
    quick: true,
    color: false,
  });
});

test("runCommandLine() hands what follows to another program, with and without dashes", async () => {
  const expected = { tty: true, node: "node-1", rest: ["ip", "-j", "route", "--", "x"] };
  for (const line of ["exec -t node-1 -- ip -j route -- x", "exec -t node-1 ip -j route -- x"]) {
    assert.deepEqual(JSON.parse((await run(line)).out), expected, line);
  }
  assert.equal(
    (await run("kubectl -n a get pods --help -o yaml -- x")).out,
    "-n|a|get|pods|--help|-o|yaml|--|x\n",
  );
  assert.equal((await run("kubectl -- get -- x")).out, "get|--|x\n");
  assert.equal((await run("kubectl")).out, "");
});

test("runCommandLine() says what it saw, what it wanted and what to do, and exits with 2", async () => {
  const cases: Readonly<Record<string, string>> = {
    "get nods":
      'net: "net get" has no command "nods". Did you mean "nodes"? Run "net get --help" to see all commands.',
    bogus: 'net: "net" has no command "bogus". Run "net --help" to see all commands.',
    get: 'net: "net get" is not complete. Run "net get --help" to see what can follow.',
    "--server x":
      'net: --server stands before no command. Run "net --help" to see what can follow.',
    "get nodes --min-pod 3":
      'net: "net get nodes" has no option --min-pod. Did you mean "--min-pods"? Run "net get nodes --help" to see examples.',
    "get nodes --min-pods 300":
      'net: --min-pods is "300", but must be a whole number of at least 0 and at most 99. Run "net get nodes --help" to see examples.',
    "check --mode encapp":
      'net: --mode is "encapp", but must be one of encap, noEncap. Did you mean "encap"? Run "net check --help" to see examples.',
    check:
      'net: --mode is missing. It must be one of encap, noEncap. Run "net check --help" to see examples.',
    "check -m --quick":
      'net: -m needs a value, but "--quick" follows. It must be one of encap, noEncap, as in "-m encap|noEncap". Run "net check --help" to see examples.',
    "check -m encap --quick=maybe":
      'net: --quick is "maybe", but must be true or false. Run "net check --help" to see examples.',
    "get nodes a b":
      'net: "net get nodes" does not expect "b". Run "net get nodes --help" to see examples.',
    "get nodes -- b":
      'net: "net get nodes" takes nothing after "--", but "b" stands there. Run "net get nodes --help" to see examples.',
    "exec node-1":
      'net: "net exec" needs COMMAND [ARG…] at its end: what to run. Run "net exec --help" to see examples.',
    exec: 'net: NODE is missing. It must be a text that is not empty. Run "net exec --help" to see examples.',
    "fail usage": "net: That was wrong.",
  };
  for (const [line, err] of Object.entries(cases)) {
    assert.deepEqual(await run(line), { code: 2, out: "", err: `${err}\n` }, line);
  }
});

test("runCommandLine() gives the exit code of the result, of the failure, or of an interruption", async () => {
  assert.equal((await run("check -m encap -q")).code, 1);
  assert.deepEqual(await run("fail code"), { code: 7, out: "", err: "net: Fault found.\n" });
  assert.deepEqual(await run("fail plain"), {
    code: 1,
    out: "",
    err: "net: No route: the table is empty\n",
  });
  const stopped = AbortSignal.abort(new DOMException("Got SIGINT", "AbortError"));
  assert.deepEqual(await run("wait", { signal: stopped }), {
    code: 130,
    out: "Waiting\n",
    err: "net: stopped\n",
  });
});

test("runCommandLine() says what was waited for when the command's time is over", async () => {
  const alive = setInterval(() => {}, 1000); // the time limit alone does not keep a program
  const late = await run("wait", { timeoutMs: 20 });
  clearInterval(alive);
  assert.equal(late.code, 1);
  assert.equal(
    late.err,
    "net: Not done after 0.02 s: node-1 has not come. Give it more time with --timeout.\n",
  );
});

test("runCommandLine() shows help for the program, a group and a command, and the version", async () => {
  assert.equal((await run("--version")).out, "net 1.2.3\n");
  const whole = await run("");
  assert.equal(whole.code, 0);
  assert.match(whole.out, /get {9,}Print what is known\n/);
  assert.equal((await run("--help")).out, whole.out);
  assert.equal((await run("help")).out, whole.out);
  assert.doesNotMatch(whole.out, /__complete/);
  assert.match((await run("get --help")).out, /nodes {3,}Print the Nodes\n/);
  const nodes = await run("help get nodes");
  assert.equal((await run("get nodes x --nonsense -h")).out, nodes.out);
  assert.equal(
    nodes.out,
    `Print the Nodes.

Usage:
  net get nodes [NODE] [options]

Aliases:
  get no

Examples:
  net get nodes
  net get nodes node-1 -o json

Arguments:
  [NODE]   Name of a Node

Options:
      --min-pods N               Only Nodes with so many Pods (default: 0)
  -o, --output table|json|yaml   How to print the result (default: table)
  -h, --help                     Show this help

Options of every command:
  -s, --server TEXT   Where to ask
`,
  );
});

test("runCommandLine() prints only the titles for no rows", async () => {
  assert.equal((await run("get nodes", { nodes: [] })).out, "NODE   PODS\n");
});

test("checkExamples() runs every example through the parser", () => {
  checkExamples(program);
});
