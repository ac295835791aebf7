import { oneOf, text, value, wholeNumber } from "@antrea/command";
import { evaluate, type Packet, type Verdict, verdictLines } from "@antrea/policy/reference";
import { defineCommand } from "../context.ts";
import { endsOf, familyByNumber } from "../policies/ends.ts";
import { type OnNodes, onNodes, onNodesLines } from "../policies/on-nodes.ts";
import { policyCluster } from "../reach/policy-cluster.ts";

export const explain = defineCommand({
  name: "explain",
  summary: "Say which policy rules decide on a connection, and which lost, and why",
  description:
    "Policies, groups, labels and addresses are read from the API server and judged here by an evaluator that follows the specifications " +
    "and shares nothing with what computes the flows. From outside the cluster the agents of both Nodes are asked for the path between them, and for the flows of what decides. " +
    "No packet is sent: what the switches do is antctl trace-packet's to say.",
  example: [
    "antctl explain -S shop/web-1 -D shop/db-0 --port 5432",
    "antctl explain -S shop/web-1 -D 192.0.2.1 --port 53 --protocol UDP",
    "antctl explain -S shop/web-1 -D bank/till --protocol ICMP -F 6 -o yaml",
  ],
  args: {
    source: text("Who opens the connection", {
      short: "S",
      placeholder: "[NAMESPACE/]POD|IP",
      required: true,
    }),
    destination: text("To whom", {
      short: "D",
      placeholder: "[NAMESPACE/]POD|IP",
      required: true,
    }),
    port: value("The destination's port", wholeNumber(0, 65_535), { default: 80 }),
    sourcePort: value("The source's port", wholeNumber(0, 65_535), { default: 40_000 }),
    protocol: value(
      "Of what kind; ICMP is an echo request",
      oneOf(["TCP", "UDP", "SCTP", "ICMP"]),
      { default: "TCP" as const },
    ),
    addrFamily: value("IP version, where both have both", oneOf(["4", "6"]), { short: "F" }),
  },
  async run({ args, signal, ...context }): Promise<Explanation> {
    const cluster = await policyCluster(context, { signal });
    const family = args.addrFamily === undefined ? undefined : familyByNumber[args.addrFamily];
    const { source, destination } = endsOf(cluster, { ...args, family });
    const ends = { source: source.address, destination: destination.address };
    const verdict = evaluate(cluster, { ...ends, traffic: trafficOf(args, ends) });
    const nodes = await onNodes(context, { source, destination }, verdict, { signal });
    return { from: source.name, to: destination.name, verdict, nodes };
  },
  data: ({ from, to, verdict, nodes }) => ({ from, to, ...verdict, ...nodes }),
  text: ({ from, to, verdict, nodes }: Explanation) =>
    [`${from} -> ${to}`, ...verdictLines(verdict), ...onNodesLines(nodes)].join("\n"),
});

interface Explanation {
  readonly from: string;
  readonly to: string;
  readonly verdict: Verdict;
  readonly nodes: OnNodes;
}

function trafficOf(
  args: {
    readonly protocol: "TCP" | "UDP" | "SCTP" | "ICMP";
    readonly port: number;
    readonly sourcePort: number;
  },
  { source }: { readonly source: string },
): Packet["traffic"] {
  const { protocol, port: destinationPort, sourcePort } = args;
  if (protocol !== "ICMP") return { protocol, sourcePort, destinationPort };
  const echoRequest = source.includes(":") ? 128 : 8;
  return { protocol, icmpType: echoRequest, icmpCode: 0 };
}
