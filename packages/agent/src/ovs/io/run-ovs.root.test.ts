import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const main = fileURLToPath(new URL("../../ovs-main.ts", import.meta.url));

test("antrea-ovs run makes netdev bridges with no more than a container's capabilities", async () => {
  const folder = mkdtempSync(join(tmpdir(), "antrea-ovs-root-"));
  const netns = `antrea-ovs-${process.pid}`;
  const socket = join(folder, "run/db.sock");
  await run("ip", ["netns", "add", netns]);
  const capabilities = "-all,+net_admin,+net_raw,+sys_nice,+ipc_lock";
  const files = [
    "--run-dir",
    join(folder, "run"),
    "--database",
    join(folder, "conf.db"),
    "--log-dir",
    folder,
  ];
  const program = spawn(
    "ip",
    [
      "netns",
      "exec",
      netns,
      "setpriv",
      `--bounding-set=${capabilities}`,
      `--inh-caps=${capabilities}`,
      process.execPath,
      main,
      "run",
      "--mlockall",
      ...files,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  try {
    for await (const line of createInterface({ input: program.stderr }))
      if (line.includes("Open vSwitch is ready")) {
        assert.match(line, /datapath types on offer: (system, )?netdev/);
        break;
      }
    program.stderr.resume();
    const bridge = ["add-br", "br-int", "--", "set", "bridge", "br-int", "datapath_type=netdev"];
    const gateway = [
      "add-port",
      "br-int",
      "antrea-gw0",
      "--",
      "set",
      "interface",
      "antrea-gw0",
      "type=internal",
    ];
    await run("ovs-vsctl", [`--db=unix:${socket}`, ...bridge, "--", ...gateway]);

    const { stdout } = await run("ip", ["-n", netns, "-br", "link", "show"]);
    assert.match(stdout, /^antrea-gw0 /m);
    const { stdout: error } = await run("ovs-vsctl", [
      `--db=unix:${socket}`,
      "get",
      "interface",
      "antrea-gw0",
      "error",
    ]);
    assert.equal(error.trim(), "[]");

    for (const i of [1, 2]) {
      const [port, pod] = [`port${i}`, `pod${i}`];
      await run("ip", ["-n", netns, "link", "add", port, "type", "veth", "peer", "name", pod]);
      for (const link of [port, pod]) await run("ip", ["-n", netns, "link", "set", link, "up"]);
      await run("ovs-vsctl", [`--db=unix:${socket}`, "--no-wait", "add-port", "br-int", port]);
    }
    // the kernel counts twice what it was asked for, see socket(7)
    const wanted = [`rb${2 * 2048 * 1024},`, `tb${2 * 32 * 1024 * 1024},`];
    // one for each port that is read, and once something was flooded, one to send to all of them
    await socketsBecome(netns, 3, wanted);

    const pid = () => readIfThere(join(folder, "run/ovs-vswitchd.pid")).trim();
    const killed = pid();
    process.kill(Number(killed), "SIGKILL");
    await eventually(() => ![killed, ""].includes(pid()), "ovs-vswitchd runs again");
    await socketsBecome(netns, 2, wanted);
  } finally {
    program.kill("SIGTERM");
    const [code] = (await once(program, "close")) as [number];
    await run("ip", ["netns", "del", netns]);
    rmSync(folder, { recursive: true, force: true });
    assert.equal(code, 0);
  }
});

/** "" while the file is not there, which may end between two looks. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** Waits until every packet socket of the namespace, and there are so many, has these in its memory figures. */
async function socketsBecome(
  netns: string,
  atLeast: number,
  wanted: readonly string[],
): Promise<void> {
  await eventually(
    async () => {
      const { stdout } = await run("ip", ["netns", "exec", netns, "ss", "-0", "-a", "-m", "-H"]);
      const memory = stdout.match(/skmem:\(\S+\)/g) ?? [];
      return (
        memory.length >= atLeast &&
        memory.every((one) => wanted.every((part) => one.includes(part)))
      );
    },
    `${atLeast} packet sockets have ${wanted.join(" ")}`,
  );
}

async function eventually(holds: () => Promise<boolean> | boolean, what: string): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; await setImmediate())
    if (await holds()) return;
  assert.fail(`not within 10 s: ${what}`);
}
