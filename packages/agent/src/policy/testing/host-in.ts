import { hostNetwork } from "@antrea/linux/io";
import type { TestNamespace } from "@antrea/linux/testing";
import { hostWriter } from "../../host/host-writer.ts";

/** The writer of a host that is a network namespace, where nothing of ours is left. */
export async function hostIn({ path }: TestNamespace) {
  const writer = hostWriter({
    network: hostNetwork({ netnsPath: path }),
    ownDevices: [],
    offloads: () => ({}),
    now: () => performance.now(),
  });
  await writer.resync({ prune: true });
  return writer;
}
