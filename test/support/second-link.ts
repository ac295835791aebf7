import type { Lab } from "@antrea/lab";

/** The fabric's end of a Node's second link, for who watches what passes there. */
export const secondLinkOf = (node: string): string => `extra-${node}`;

/** `ip` in a namespace of the lab's network. */
export function ipIn({ router }: Lab) {
  return (namespace: string, ...argv: readonly string[]): Promise<string> =>
    router.exec(["ip", "-n", namespace, ...argv]);
}

/**
 * Joins all Nodes by a second network, the bridge `extra` of the fabric: each has 172.29.0.11/24 and so on at
 * its link `eth1`, and where it is asked for fd00:172:29::11/64.
 */
export async function addSecondLink(lab: Lab, { hasIpv6 = false } = {}): Promise<void> {
  const { nodes, fabricNamespace: fabric } = lab.plan;
  const ip = ipIn(lab);
  await ip(fabric, "link", "add", "extra", "type", "bridge");
  await ip(fabric, "link", "set", "extra", "up");
  for (const [at, { name, link }] of nodes.entries()) {
    const port = secondLinkOf(name);
    const peer = ["peer", "name", "eth1", "netns", link.namespace];
    await ip(fabric, "link", "add", port, "type", "veth", ...peer);
    await ip(fabric, "link", "set", port, "master", "extra", "up");
    await ip(link.namespace, "link", "set", "eth1", "up");
    const address = (own: string, ...options: readonly string[]) =>
      ip(link.namespace, "address", "add", own, ...options, "dev", "eth1");
    await address(`172.29.0.${11 + at}/24`);
    // nobody else has it: it is there at once
    if (hasIpv6) await address(`fd00:172:29::${11 + at}/64`, "nodad");
  }
}
