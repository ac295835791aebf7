import { agentApi, type EndedConnections, type EndRequest } from "@antrea/api/local-api";
import { CommandFailure, flag, oneOf, text, UsageError, value } from "@antrea/command";
import { type IpAddress, parseIp } from "@antrea/net";
import { type AntctlContext, defineCommand, type Wait } from "../context.ts";
import { shortKinds } from "../policies/choose-policies.ts";
import { type WantedPolicy, whyNowhere } from "../policies/named-policy.ts";
import { askAgent } from "../reach/ask.ts";
import { nodeColumn, nodeOption, printRows, rowsOfAgents } from "../reach/rows.ts";

const kinds = Object.keys(shortKinds) as readonly (keyof typeof shortKinds)[];

/** A rule with what it ended; without one where nothing is forbidden on a Node. */
type EndedRow = Partial<EndedConnections["ended"][number]> & {
  readonly connections: number;
  readonly lookedAt: number;
  /** Of this Node, of those that were meant. */
  readonly policies: number;
};

export const endConnections = defineCommand({
  name: "end connections",
  summary: "End the connections that policies in force forbid, and say how many",
  description:
    "A connection that began when rules allowed it lives on when they do not any more. Each agent judges the connections of its Pods by the rules in force " +
    "as if they began now, and has its switch forget exactly those that are denied: what follows is dropped, or rejected, in both directions. " +
    "Others lose no packet. A connection between two Nodes is counted on each that forbids it.",
  example: [
    "antctl end connections --dry-run",
    "antctl end connections --policy deny-all",
    "antctl end connections --pod shop/web-1 --policy shop/web --type K8sNP",
  ],
  args: {
    node: nodeOption,
    pod: text("Only those from or to this Pod", { short: "p", placeholder: "[NAMESPACE/]POD" }),
    policy: text("Only those that this policy forbids", { placeholder: "[NAMESPACE/]NAME" }),
    type: value("The policy's kind", oneOf(kinds), { short: "T" }),
    dryRun: flag("Count them, and end none"),
  },
  async run({ args: { node, pod, policy, type, dryRun }, signal, ...context }) {
    if (type !== undefined && policy === undefined)
      throw new UsageError("--type says of what kind the policy is: name it with --policy.");
    const addresses = pod === undefined ? undefined : await addressesOf(context, pod, { signal });
    const wanted = policy === undefined ? undefined : { ...pathOf(policy, ""), type };
    const found = await rowsOfAgents(context, agentApi.endConnections, {
      ...{ node, signal, rows: rowsOf },
      body: {
        isDryRun: dryRun,
        ...(addresses && { addresses }),
        ...(wanted && { policy: bodyOf(wanted) }),
      },
    });
    if (wanted && found.rows.every(({ policies }) => policies === 0))
      context.streams.stderr.write(
        `antctl: ${await whyNowhere(context, wanted, { node, signal })}\n`,
      );
    return found;
  },
  ...printRows<EndedRow>(
    nodeColumn,
    { title: "POLICY", cell: (row) => row.policy },
    { title: "RULE", cell: ruleText },
    { title: "ACTION", cell: (row) => row.action },
    { title: "CONNECTIONS", cell: (row) => row.connections },
    { title: "OF", cell: (row) => row.lookedAt },
  ),
});

function rowsOf({ ended, lookedAt, policies }: EndedConnections): readonly EndedRow[] {
  if (ended.length === 0) return [{ connections: 0, lookedAt, policies }];
  return ended.map((one) => ({ ...one, lookedAt, policies }));
}

function bodyOf({ type, ...path }: WantedPolicy): NonNullable<EndRequest["policy"]> {
  return { ...path, ...(type && { kind: shortKinds[type] }) };
}

function ruleText({ direction, index, rule = "" }: EndedRow): string | undefined {
  if (direction === undefined) return undefined;
  const way = direction === "In" ? "ingress" : "egress";
  return index === undefined ? `${way} isolation` : `${way} ${index} ${rule}`.trimEnd();
}

function pathOf(
  path: string,
  elsewhere: string,
): { readonly namespace: string; readonly name: string } {
  const at = path.indexOf("/");
  return at < 0
    ? { namespace: elsewhere, name: path }
    : { namespace: path.slice(0, at), name: path.slice(at + 1) };
}

/** In an agent's Pod only those of its own Node are known. */
async function addressesOf(
  context: AntctlContext,
  pod: string,
  options: Wait,
): Promise<readonly IpAddress[]> {
  const { namespace, name } = pathOf(pod, "default");
  const ips =
    context.place === "agent"
      ? (
          await askAgent(context, agentApi.podInterfaces, {
            query: { namespace, name },
            ...options,
          })
        ).flatMap((one) => one.ips)
      : ((await (await context.cluster()).findPod(namespace, name, options))?.ips ?? []);
  const addresses = ips.flatMap((ip) => parseIp(ip) ?? []);
  if (addresses.length > 0) return addresses;
  throw new CommandFailure(`There is no Pod ${namespace}/${name} with an address.`);
}
