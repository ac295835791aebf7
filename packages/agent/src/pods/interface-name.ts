import { createHash } from "node:crypto";

/**
 * The name of a Pod's link on this Node, after Antrea: up to eight characters of the Pod's name, a
 * hyphen, and six hex digits that tell containers and Namespaces apart; at most 15 characters.
 */
export function hostInterfaceName(pod: {
  readonly namespace: string;
  readonly name: string;
  readonly containerId: string;
  readonly ifname: string;
}): string {
  const prefix = pod.name.replace(/^-+/, "").slice(0, 8) || "pod";
  const parts = [
    pod.containerId,
    pod.namespace,
    pod.name,
    ...(pod.ifname === "eth0" ? [] : [pod.ifname]),
  ];
  const hash = createHash("sha1").update(parts.join("/")).digest("hex").slice(0, 6);
  return `${prefix}-${hash}`;
}
