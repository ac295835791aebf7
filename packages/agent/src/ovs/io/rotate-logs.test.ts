import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLogger } from "@antrea/base";
import { manualClock } from "@antrea/base/testing";
import { logFile } from "../options.ts";
import type { SupervisedDaemon } from "./daemon.ts";
import { rotateIfFull } from "./rotate-logs.ts";

test("rotateIfFull() puts a full log aside, keeps as many as told, and has the daemon open a new one", async () => {
  const logDir = mkdtempSync(join(tmpdir(), "antrea-ovs-logs-"));
  try {
    const layout = { runDir: "", socket: "", database: "", schema: "", logDir };
    const file = logFile(layout, "ovs-vswitchd");
    const commands: string[] = [];
    const daemon = {
      name: "ovs-vswitchd",
      async control(command: string) {
        commands.push(command);
        writeFileSync(file, "");
        return "";
      },
    } as unknown as SupervisedDaemon;
    const options = {
      daemons: [daemon],
      layout,
      maxSizeBytes: 10,
      maxFiles: 2,
      clock: manualClock(),
      log: silentLogger,
    };
    const { signal } = new AbortController();

    assert.equal(await rotateIfFull(daemon, options, signal), false); // there is no log yet
    for (const text of ["first log", "first log!", "second log", "third log."]) {
      writeFileSync(file, text);
      assert.equal(await rotateIfFull(daemon, options, signal), text.length >= 10, text);
    }
    assert.deepEqual(
      [1, 2].map((i) => readFileSync(`${file}.${i}`, "utf8")),
      ["third log.", "second log"],
    );
    assert.equal(existsSync(`${file}.3`), false);
    assert.deepEqual(commands, ["vlog/reopen", "vlog/reopen", "vlog/reopen"]);
  } finally {
    rmSync(logDir, { recursive: true });
  }
});
