import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { complete } from "./complete.ts";
import { completionScript, shells } from "./completion-scripts.ts";
import { withBuiltIns } from "./run.ts";
import { netProgram } from "./testing/net-program.ts";

const program = withBuiltIns(netProgram);
const words = (line: string) => complete(program, line.split(" ")).map(({ word }) => word);

test("complete() offers commands and groups, without aliases and plumbing", () => {
  assert.deepEqual(words(""), ["get", "check", "exec", "kubectl", "fail", "wait", "completion"]);
  assert.deepEqual(words("get "), ["nodes", "version"]);
  assert.deepEqual(words("get n"), ["nodes"]);
  assert.deepEqual(words("-s here get n"), ["nodes"]);
  assert.deepEqual(words("nowhere "), []);
});

test("complete() offers options, and the values of those that have a closed set", () => {
  assert.deepEqual(words("get nodes --m"), ["--min-pods"]);
  assert.deepEqual(words("check --mode "), ["encap", "noEncap"]);
  assert.deepEqual(words("check -m NO"), ["noEncap"]);
  assert.deepEqual(words("check --mode=e"), ["--mode=encap"]);
  assert.deepEqual(words("get nodes -o "), ["table", "json", "yaml"]);
  assert.deepEqual(words("-"), ["--server", "--version", "--help"]);
});

test("complete() offers values of positionals, and nothing for another program's words", () => {
  assert.deepEqual(words("completion "), ["bash", "zsh", "fish"]);
  assert.deepEqual(words("completion bash "), []);
  assert.deepEqual(words("exec node-1 -- "), []);
  assert.deepEqual(words("kubectl get "), []);
});

test("complete() says what each candidate means", () => {
  assert.deepEqual(complete(program, ["get", "no"]), [
    { word: "nodes", summary: "Print the Nodes" },
  ]);
});

test("completionScript() works in a real bash, also where it cuts words at =", (t) => {
  const dir = mkdtempSync(join(tmpdir(), "antrea-command-"));
  t.after(() => rmSync(dir, { recursive: true }));
  const main = fileURLToPath(new URL("./testing/net-main.ts", import.meta.url));
  writeFileSync(join(dir, "net"), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  chmodSync(join(dir, "net"), 0o755);
  writeFileSync(join(dir, "completion"), completionScript("net", "bash"));
  // What readline does on TAB: COMP_WORDS is cut at COMP_WORDBREAKS, which has "=".
  const ask = (line: string, compWords: readonly string[]) =>
    execFileSync(
      "bash",
      [
        "-c",
        `source "$1"; COMP_LINE="$2"; COMP_POINT=\${#2}; shift 2; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _net_complete; printf '%s\\n' "\${COMPREPLY[@]}"`,
        "bash",
        join(dir, "completion"),
        line,
        ...compWords,
      ],
      { encoding: "utf8", env: { ...process.env, PATH: `${dir}:${process.env["PATH"]}` } },
    )
      .trim()
      .split("\n");
  assert.deepEqual(ask("net get ", ["net", "get", ""]), ["nodes", "version"]);
  assert.deepEqual(ask("net check --mode=", ["net", "check", "--mode", "="]), ["encap", "noEncap"]);
  assert.deepEqual(ask("net check --mode=n", ["net", "check", "--mode", "=", "n"]), ["noEncap"]);
  assert.deepEqual(ask("net nowhere ", ["net", "nowhere", ""]), [""]);
});

test("completionScript() names its program in every shell", () => {
  for (const shell of shells) {
    const script = completionScript("my-tool", shell);
    assert.match(script, /my-tool/);
    assert.match(script, /_my_tool_complete/);
  }
});
