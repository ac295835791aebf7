import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestLine } from "./event-lines.ts";
import { type BatchResult, runBatch } from "./run-batch.ts";

/** Runs a batch of one file with this content. */
async function outcomeOf(
  content: string,
  limitMs = 20_000,
  onOutput: (line: string) => void = () => {},
  onTest: (line: TestLine) => void = () => {},
): Promise<BatchResult> {
  const folder = mkdtempSync(join(tmpdir(), "antrea-run-batch-"));
  try {
    const file = join(folder, "made.test.ts");
    writeFileSync(file, `import { test } from "node:test";\n${content}`);
    const { signal } = new AbortController();
    const options = { limitMs, isAlone: false, onTest, onOutput, signal };
    return await runBatch({ title: "made", files: [file] }, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether a process still runs; one that has ended but was not waited for does not (proc(5), state Z). */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

const names = ({ failures }: BatchResult): readonly string[] => failures.map((one) => one.name);

test("runBatch() counts what passed and keeps the text of what failed", async () => {
  const result = await outcomeOf(`
    test("good", () => {});
    test("bad", () => { throw new Error("out of luck"); });`);
  assert.equal(result.passed, 1);
  assert.deepEqual(names(result), ["bad"]);
  assert.match(result.failures[0]?.text ?? "", /out of luck/);
});

test("runBatch() fails a file that throws while it loads, though its tests pass", async () => {
  const result = await outcomeOf(`test("good", () => {});\nthrow new Error("at load");`);
  assert.equal(result.passed, 1);
  assert.match(names(result).join(), /made\.test\.ts loads/);
});

test("runBatch() fails a skipped test, and a file without any", async () => {
  assert.deepEqual(names(await outcomeOf(`test.skip("later", () => {});`)), ["later"]);
  assert.deepEqual(names(await outcomeOf("void test;")), ["has no test"]);
});

test("runBatch() fails a process that crashes", async () => {
  const result = await outcomeOf(`test("dies", () => process.kill(process.pid, "SIGKILL"));`);
  assert.deepEqual(names(result), ["crashed"]);
});

test("runBatch() names and ends a process that a test leaves behind", async () => {
  const result = await outcomeOf(`
    import { spawn } from "node:child_process";
    test("forgets", () => { spawn("sleep", ["300"], { detached: true, stdio: "ignore" }).unref(); });`);
  assert.deepEqual(names(result), ["leaves something behind"]);
  const pid = Number(/process (\d+) \(sleep 300\)/.exec(result.failures[0]?.text ?? "")?.[1]);
  assert.ok(pid > 0);
  assert.ok(!isAlive(pid));
});

test("runBatch() ends what does not end", async () => {
  const result = await outcomeOf(
    `test("waits", () => new Promise((resolve) => setTimeout(resolve, 60_000)));`,
    1500,
  );
  assert.deepEqual(names(result), ["does not end"]);
});

test("runBatch() tells each line that tests print, once and in order", async () => {
  const said: string[] = [];
  const content = `
    test("counts", async () => {
      for (const n of ["one", "two", "three"]) {
        console.log(n);
        await new Promise((resolve) => setTimeout(resolve, 120));
      }
    });`;
  assert.equal((await outcomeOf(content, 20_000, (line) => said.push(line))).passed, 1);
  assert.deepEqual(said, ["one", "two", "three"]);
});

test("runBatch() tells what a test has counted, behind its end, and takes it for no test", async () => {
  const told: string[] = [];
  const onTest = ({ kind, name }: TestLine): void => void told.push(`${kind} ${name}`);
  const content = `
    test("counts", (t) => t.diagnostic("seed 7"));
    test("fails", (t) => { t.diagnostic("lost 3"); throw new Error("lost"); });`;
  const result = await outcomeOf(content, 20_000, () => {}, onTest);
  assert.deepEqual(told, ["pass counts", "note seed 7", "fail fails", "note lost 3"]);
  assert.deepEqual([result.passed, names(result)], [1, ["fails"]]);
});
