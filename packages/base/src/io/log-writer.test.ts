import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { logWriter } from "./log-writer.ts";

/** Logs 8 MiB, which is more than a pipe and the writer hold, says so on its standard output, and logs on when told to. */
const program = `
  import { once } from "node:events";
  import { rootLogger } from "${new URL("./log.ts", import.meta.url).href}";
  const log = rootLogger("test", "info");
  for (let i = 0; i < 8 * 1024; i++) log.info("Before", { i, text: "x".repeat(1024) });
  process.stdout.write("went on\\n");
  process.stdin.resume();
  await once(process.stdin, "end");
  log.info("After");
`;

test("A program goes on while nobody reads its log, which says afterwards what it lost", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program]);
  const [said] = await once(createInterface({ input: child.stdout }), "line");
  assert.equal(said, "went on");

  const seen: string[] = [];
  let lost = 0;
  for await (const line of createInterface({ input: child.stderr })) {
    const { msg, count = 0 } = JSON.parse(line) as {
      readonly msg: string;
      readonly count?: number;
    };
    seen.push(msg);
    lost += count;
    if (count > 0) child.stdin.end();
  }
  const before = seen.filter((msg) => msg === "Before").length;
  assert.equal(before + lost, 8 * 1024);
  assert.ok(before > 1000, `${before} lines were kept`);
  assert.deepEqual(seen.slice(before), [
    "Lines of this log were lost, since nobody read it",
    "After",
  ]);
});

test("logWriter() outlives its reader", async () => {
  const stream = new PassThrough();
  const write = logWriter(stream, () => assert.fail("nobody is there to hear of it"));
  stream.destroy(new Error("write EPIPE"));
  await new Promise((resolve) => stream.once("close", resolve));
  write("nobody reads this\n");
});
