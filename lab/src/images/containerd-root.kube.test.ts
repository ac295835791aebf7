import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheRoot, kubeAssets, runText } from "../assets/index.ts";
import { ensureImages, imageNames, provisionContainerdRoot } from "./index.ts";

const { containerd, ctr, containerdShim } = kubeAssets();

/** A containerd on a root of its own. The folder is beside the cache, where hard links are possible. */
async function startContainerd(folder: string) {
  const config = `version = 3
root = "${folder}/root"
state = "${folder}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.nri.v1.nri"]
[grpc]
  address = "${folder}/c.sock"
[ttrpc]
  address = "${folder}/c.sock.ttrpc"
`;
  writeFileSync(join(folder, "config.toml"), config);
  const daemon = spawn(containerd, ["--config", join(folder, "config.toml")], { stdio: "ignore" });
  const ended = once(daemon, "exit");
  const deadline = performance.now() + 20_000;
  while (!existsSync(join(folder, "c.sock"))) {
    assert.ok(performance.now() < deadline && daemon.exitCode === null, "containerd starts");
    await sleep(20);
  }
  const client = (...args: readonly string[]) =>
    runText(ctr, ["--address", join(folder, "c.sock"), "--namespace", "k8s.io", ...args]);
  return {
    client,
    run: (image: string, ...command: readonly string[]) =>
      client(
        ...["run", "--rm", "--runtime", containerdShim],
        ...[image, `antrea-images-${process.pid}`, ...command],
      ),
    async [Symbol.asyncDispose]() {
      daemon.kill();
      await ended;
    },
  };
}

async function untilRunning({ client }: Awaited<ReturnType<typeof startContainerd>>) {
  const deadline = performance.now() + 20_000;
  while (!/antrea-images-.* RUNNING/.test(await client("tasks", "list"))) {
    assert.ok(performance.now() < deadline, "the container runs");
    await sleep(20);
  }
}

/** Every file below a folder by its content and times, so that any write would show. */
function fingerprint(folder: string): string {
  const hash = createHash("sha256");
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).sort((a, b) =>
    join(a.parentPath, a.name) < join(b.parentPath, b.name) ? -1 : 1,
  )) {
    const path = join(entry.parentPath, entry.name);
    const { mode, mtimeMs } = lstatSync(path);
    hash.update(`${path} ${mode} ${entry.isFile() ? mtimeMs : ""}\n`);
    if (entry.isFile()) hash.update(readFileSync(path));
  }
  return hash.digest("hex");
}

test("provisionContainerdRoot() gives a Node images that it runs at once and cannot harm", async () => {
  const set = await ensureImages({ product: false });
  const folder = mkdtempSync(join(cacheRoot(), "test-images-"));
  try {
    const before = fingerprint(set.root);
    for (const node of ["a", "b"]) {
      mkdirSync(join(folder, node));
      await provisionContainerdRoot(set, join(folder, node, "root"));
    }
    {
      await using a = await startContainerd(join(folder, "a"));
      const page = "/usr/share/nginx/html/index.html";
      const changed = await a.run(
        imageNames.nginx,
        "sh",
        "-c",
        `echo changed > ${page}; rm /etc/passwd; cat ${page}`,
      );
      assert.equal(changed, "changed\n");
      assert.match(await a.run(imageNames.nginx, "cat", page), /Welcome to nginx/);
    }
    {
      await using b = await startContainerd(join(folder, "b"));
      assert.match(await b.run(imageNames.busybox, "sh", "-c", "echo $((6 * 7))"), /^42$/m);
      const pause = b.run(imageNames.pause);
      await untilRunning(b);
      await b.client("tasks", "kill", "--signal", "SIGTERM", `antrea-images-${process.pid}`);
      await pause; // it ends by itself, with exit code 0
    }
    assert.equal(fingerprint(set.root), before, "the prepared root is as it was");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
