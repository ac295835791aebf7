import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { HostError } from "../host/error.ts";
import { type TestNamespace, testNamespace } from "../testing/namespace.ts";
import { hostNetwork } from "./host-network.ts";

const busy = { flushTimeoutNs: 100_000, deferHardIrqs: 1 } as const;

/** As a program of that namespace reads it: ip-netns(8) mounts its sysfs. */
function readFile(namespace: TestNamespace, device: string, file: string): string {
  return namespace.run("cat", `/sys/class/net/${device}/${file}`).trim();
}

/** The namespace's first sysfs, and read-only, until disposed of: as a container's. */
async function mountedReadOnly({ path }: TestNamespace): Promise<Disposable> {
  const script = "mount -t sysfs -o ro sysfs /sys && echo ready && exec sleep 60";
  const holder = spawn("nsenter", [`--net=${path}`, "unshare", "--mount", "sh", "-c", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  return { [Symbol.dispose]: () => void holder.kill("SIGKILL") };
}

test("setReceiveModeration() sets the device of that namespace, and leaves no mount", () => {
  using pod = testNamespace();
  pod.ip("link", "add", "eth0", "type", "veth", "peer", "name", "other");
  hostNetwork({ netnsPath: pod.path }).setReceiveModeration("eth0", busy);
  assert.equal(readFile(pod, "eth0", "gro_flush_timeout"), "100000");
  assert.equal(readFile(pod, "eth0", "napi_defer_hard_irqs"), "1");
  assert.equal(readFile(pod, "other", "gro_flush_timeout"), "0");
});

test("setReceiveModeration() writes what a container runtime has made read-only", async () => {
  using pod = testNamespace();
  pod.ip("link", "add", "eth0", "type", "veth", "peer", "name", "other");
  using _runtime = await mountedReadOnly(pod);
  hostNetwork({ netnsPath: pod.path }).setReceiveModeration("eth0", busy);
  assert.equal(readFile(pod, "eth0", "gro_flush_timeout"), "100000");
});

test("setReceiveModeration() says which device there is not", () => {
  using pod = testNamespace();
  assert.throws(
    () => hostNetwork({ netnsPath: pod.path }).setReceiveModeration("eth0", busy),
    (error) => error instanceof HostError && /eth0.*ENOENT/.test(error.message),
  );
});

test("deviceFrames() counts what each device of the namespace has carried", () => {
  using pod = testNamespace();
  pod.ip("link", "add", "eth0", "type", "veth", "peer", "name", "other");
  const frames = hostNetwork({ netnsPath: pod.path }).deviceFrames();
  assert.deepEqual([...frames.keys()].toSorted(), ["eth0", "lo", "other"]);
  assert.deepEqual(frames.get("eth0"), { received: 0, sent: 0 });
});
