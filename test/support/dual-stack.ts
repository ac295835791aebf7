import assert from "node:assert/strict";
import { resources } from "@antrea/kube";
import type { Lab } from "@antrea/lab";
import { type Cidr, familyOf, type IpAddress, parseCidr, parseIp } from "@antrea/net";
import { inAgent, inPod } from "./cluster.ts";
import { apiOf } from "./kube-client.ts";
import { carriersOf } from "./path.ts";

/** What tests ask of a lab in which everything has an address of each IP family; its Pod "here" is the one that acts. */
export function dualStack(lab: () => Lab) {
  /** A Pod's addresses, IPv4 first, as Kubernetes lists them. */
  async function addressesOf(name: string): Promise<readonly [IpAddress, IpAddress]> {
    const api = await apiOf(lab());
    const { status } = await api.get(resources.pods, { namespace: "default", name });
    const said = (status?.podIPs ?? []).map(({ ip }) => ip ?? "");
    const [ipv4, ipv6, ...rest] = said.map((text) => parseIp(text) ?? assert.fail(text));
    assert.ok(ipv4 && ipv6 && rest.length === 0, `two addresses of ${name}: ${said.join(", ")}`);
    assert.deepEqual([familyOf(ipv4), familyOf(ipv6)], ["ipv4", "ipv6"]);
    return [ipv4, ipv6];
  }

  async function podCidrsOf(node: string): Promise<readonly Cidr[]> {
    const { spec } = await (await apiOf(lab())).get(resources.nodes, { name: node });
    return (spec?.podCIDRs ?? []).map((text) => parseCidr(text) ?? assert.fail(text));
  }

  /** Checks what carries echoes of both IP families from the first Pod to the others. */
  async function expectCarriers(
    wanted: Readonly<Record<string, readonly string[]>>,
  ): Promise<void> {
    const here = await addressesOf("here");
    for (const [to, carriers] of Object.entries(wanted))
      for (const [i, address] of (await addressesOf(to)).entries()) {
        const from = { name: "here", address: here[i] as IpAddress };
        assert.deepEqual(await carriersOf(lab(), { from, to: address }), carriers, address);
      }
  }

  /** Checks that a packet larger than the router's link is answered, and that the Pod's kernel heeds the answer. */
  async function expectTooBig(routerLink: string, destination: IpAddress): Promise<void> {
    const narrow = ["ip", "link", "set", routerLink, "mtu"] as const;
    await lab().router.exec([...narrow, "1300"]);
    try {
      const large = ["ping", "-n", "-c", "2", "-M", "do", "-s", "1352", "-W", "2", destination];
      const said = await inPod(lab(), "here", ["sh", "-c", '"$@" || true', "-", ...large]);
      assert.match(said, /Packet too big: mtu=1300|Frag needed and DF set \(mtu = 1300\)/);
      const route = await inPod(lab(), "here", ["ip", "route", "get", destination]);
      assert.match(route, /\bmtu 1300\b/);
    } finally {
      await lab().router.exec([...narrow, "1500"]);
    }
  }

  /** What antctl says in the agent's Pod on node-1, whatever its exit code. */
  function antctl(...words: readonly string[]): Promise<string> {
    return inAgent(lab(), "node-1", "antrea-agent", [
      "sh",
      "-c",
      '"$@" || true',
      "-",
      "antctl",
      ...words,
    ]);
  }

  return { addressesOf, podCidrsOf, expectCarriers, expectTooBig, antctl };
}
