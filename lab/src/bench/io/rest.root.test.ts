import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createCgroup, moveIntoCgroup, removeCgroup } from "../../io/cgroup.ts";
import { waitFor } from "../../io/wait.ts";
import { whileKubernetesRests } from "./rest.ts";

const root = `/antrea-lab/rest-test-${process.pid}`;

/** A process there, by its id. */
function sleepIn(cgroup: string): number {
  const { pid } = spawn("sleep", ["60"], { stdio: "ignore" });
  assert.ok(pid);
  moveIntoCgroup(cgroup, pid);
  return pid;
}

/** T: stopped by a signal; proc(5) stat. */
function stateOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2)[0];
}

test("whileKubernetesRests() stops what is in the labs' system cgroups, and lets it go on after a failure too", async () => {
  createCgroup(`${root}/system`);
  createCgroup(`${root}/pods`);
  const system = sleepIn(`${root}/system`);
  const pod = sleepIn(`${root}/pods`);
  try {
    const place = { systemCgroup: `${root}/system` };
    const failing = whileKubernetesRests(
      [{ plan: { controlPlane: place, nodes: [] } }],
      async () => {
        await until(() => stateOf(system) === "T");
        assert.notEqual(stateOf(pod), "T");
        throw new Error("measured nothing");
      },
    );
    await assert.rejects(failing, /measured nothing/);
    await until(() => stateOf(system) !== "T");
  } finally {
    for (const pid of [system, pod]) process.kill(pid, "SIGKILL");
    await until(() => {
      removeCgroup(root);
      return true;
    });
  }
});

function until(holds: () => boolean): Promise<boolean> {
  return waitFor(() => holds() || undefined, {
    what: "a process to be stopped or to go on",
    timeoutMs: 10_000,
    everyMs: 5,
    remedy: "see rest.ts",
  });
}
