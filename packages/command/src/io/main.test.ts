import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../testing/net-main.ts", import.meta.url));

test("runMain() prints to the process's streams and sets its exit code", async () => {
  const child = spawn(process.execPath, [main, "get", "nods"]);
  const [out, err] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  assert.deepEqual([child.exitCode, out], [2, ""]);
  assert.match(err, /^net: "net get" has no command "nods"\. Did you mean "nodes"\?/);
});

test("runMain() does not mind a reader that goes away", async () => {
  const child = spawn("sh", ["-c", `"${process.execPath}" "${main}" --help | head -1; exit 0`]);
  const [out, err] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  assert.deepEqual([out, err], ["Looks at a network.\n", ""]);
});

test("runMain() stops a command by SIGTERM, with exit code 130", async () => {
  const child = spawn(process.execPath, [main, "wait"]);
  const err = text(child.stderr);
  await once(child.stdout, "data"); // it says that it waits
  child.kill("SIGTERM");
  await once(child, "close");
  assert.deepEqual([child.exitCode, await err], [130, "net: stopped\n"]);
});
