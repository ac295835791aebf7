import { resources } from "@antrea/kube";
import type { Lab } from "@antrea/lab";
import { agentPod, inAgent } from "./cluster.ts";
import { apiOf } from "./kube-client.ts";

/** The Pod CIDR that a Node object says. */
export async function podCidrOf(lab: Lab, node: string): Promise<string> {
  const { spec } = await (await apiOf(lab)).get(resources.nodes, { name: node });
  return spec?.podCIDR ?? "";
}

/** The bridge's flows, as `ovs-ofctl` prints them; also those that it learned. */
export async function flowsOf(lab: Lab, node: string): Promise<readonly string[]> {
  const argv = ["ovs-ofctl", "-O", "OpenFlow15", "--no-stats", "dump-flows", "br-int"];
  return lines(await inAgent(lab, node, "antrea-ovs", argv));
}

/** Everything on a Node that is kept for peers and names one of `words`: flows, routes, neighbours, NAT. */
export async function tracesOf(
  lab: Lab,
  node: string,
  words: readonly string[],
): Promise<readonly string[]> {
  const host = lab.node(node);
  const neighbours = lines(await host.exec(["ip", "-d", "neigh", "show"]));
  const all = [
    ...(await flowsOf(lab, node)),
    ...lines(await host.exec(["ip", "route", "show", "proto", "167"])),
    ...lines(await host.exec(["ip", "address", "show", "dev", "antrea-gw0"])),
    ...neighbours.filter((line) => line.includes("managed")),
    ...lines(await host.exec(["nft", "list", "table", "ip", "antrea"])),
    ...lines((await host.attempt(["nft", "list", "table", "netdev", "antrea"])).stdout),
  ];
  return all.filter((line) => words.some((word) => namesWord(line, word)));
}

/** `10.0.0.1` is not named by `10.0.0.10`. */
function namesWord(line: string, word: string): boolean {
  const at = line.indexOf(word);
  return at >= 0 && !/\d/.test(line[at + word.length] ?? "");
}

function lines(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** How a Node says that it reaches another, as `antctl get nodes` prints it. */
export interface SeenPath {
  readonly name: string;
  readonly podCIDRs: readonly string[];
  readonly path: { readonly kind: string; readonly remote?: string; readonly reason: string };
}

export async function pathsOf(lab: Lab, node: string): Promise<ReadonlyMap<string, SeenPath>> {
  const text = await inAgent(lab, node, "antrea-agent", ["antctl", "get", "nodes", "-o", "json"]);
  return new Map((JSON.parse(text) as readonly SeenPath[]).map((seen) => [seen.name, seen]));
}

export async function agentLog(lab: Lab, node: string): Promise<string> {
  const pod = await agentPod(lab, node);
  return lab.kubectl(["-n", "kube-system", "logs", pod, "-c", "antrea-agent"]);
}

/** What a Node object says that no program writes: a Node by hand. */
export interface NodeByHand {
  readonly name: string;
  readonly podCidr: string;
  readonly address: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What else its status says; a kubelet refuses Pods on a Node that has room for none. */
  readonly status?: object;
}

export async function createNode(
  lab: Lab,
  { name, podCidr, address, labels, annotations, status }: NodeByHand,
): Promise<void> {
  const object = {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels, annotations },
    spec: { podCIDR: podCidr, podCIDRs: [podCidr] },
  };
  await lab.kubectl(["create", "-f", "-"], { input: JSON.stringify(object) });
  const addresses = [{ type: "InternalIP", address }];
  const patch = JSON.stringify({ status: { ...status, addresses } });
  await lab.kubectl([
    ...["patch", "node", name, "--subresource=status", "--type=merge"],
    ...["-p", patch],
  ]);
}

/** A Node as it is now, to be made anew by hand. */
export async function nodeAsItIs(lab: Lab, name: string): Promise<NodeByHand> {
  const { metadata, spec, status } = JSON.parse(
    await lab.kubectl(["get", "node", name, "-o", "json"]),
  ) as {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: { readonly podCIDR: string };
    readonly status: object;
  };
  const { address } = lab.node(name);
  return { name, podCidr: spec.podCIDR, address, labels: metadata.labels, status };
}

/** Deletes a Node object and makes it anew with another Pod CIDR, as by an administrator; its kubelet runs on. */
export async function recreateNode(lab: Lab, name: string, podCidr: string): Promise<void> {
  const before = await nodeAsItIs(lab, name);
  await lab.kubectl(["delete", "node", name]);
  await createNode(lab, { ...before, podCidr });
}
