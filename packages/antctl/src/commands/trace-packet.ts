import { agentApi, type TraceReply, type TraceRequest } from "@antrea/api/local-api";
import { CommandFailure, oneOf, text, UsageError, value } from "@antrea/command";
import { familyOf, type IpFamily, parseIp } from "@antrea/net";
import { type AntctlContext, defineCommand, type PodPlace, type Wait } from "../context.ts";
import { askAgent, refuseIn } from "../reach/ask.ts";
import { nodeOption } from "../reach/rows.ts";
import { formatTrace, readTrace } from "../trace/format-trace.ts";

export const tracePacket = defineCommand({
  name: "trace-packet",
  summary: "Walk an imagined packet through the tables and say what becomes of it",
  description:
    "Nothing is sent: Open vSwitch itself answers (ofproto/trace), here in the words of our tables. " +
    "A source is a Pod of the Node; a destination is a Pod or an address. --format raw prints what Open vSwitch said.",
  example: [
    "antctl trace-packet -S shop/web-1 -D shop/db-0 -f tcp,tcp_dst=5432",
    "antctl trace-packet -S shop/web-1 -D 8.8.8.8",
    "antctl trace-packet -S shop/web-1 -D shop/db-0 -f icmp6,icmpv6_type=135",
    "antctl trace-packet -p antrea-gw0 -D 10.244.1.5 -f udp,udp_dst=53 -o json",
  ],
  args: {
    source: text("Where the packet comes from", { short: "S", placeholder: "[NAMESPACE/]POD|IP" }),
    destination: text("Where it goes", { short: "D", placeholder: "[NAMESPACE/]POD|IP" }),
    port: text("The bridge's port that it comes in by: its name or number", {
      short: "p",
      placeholder: "PORT",
    }),
    flow: text("More of the packet, in the words of ovs-fields(7)", {
      short: "f",
      placeholder: "FLOW",
    }),
    addrFamily: value("IP version of the packet", oneOf(["4", "6"]), { short: "F" }),
    node: nodeOption,
    format: value(
      'How the text form looks; "raw" is Open vSwitch\'s own',
      oneOf(["steps", "raw"]),
      { default: "steps" },
    ),
  },
  async run({ args, signal, ...context }) {
    const { source, destination, port, flow, addrFamily } = args;
    if ([source, destination, port, flow].every((given) => given === undefined)) {
      throw new UsageError("Say which packet: --source and --destination, or --port and --flow.");
    }
    const family = addrFamily === undefined ? undefined : familyByNumber[addrFamily];
    const said = { source, destination, node: args.node, family };
    const ends = await endsOf(context, said, { signal });
    const body: TraceRequest = {
      ...(port === undefined ? {} : { port }),
      ...(ends.source === undefined ? {} : { source: ends.source }),
      ...(ends.destination === undefined ? {} : { destination: ends.destination }),
      ...(flow === undefined ? {} : { flow }),
      ...(family === undefined ? {} : { family }),
    };
    const reply = await askAgent(context, agentApi.trace, { node: ends.node, signal, body });
    return { reply, isRaw: args.format === "raw" };
  },
  data: ({ reply }: { readonly reply: TraceReply }) => readTrace(reply),
  text: ({ reply, isRaw }: { readonly reply: TraceReply; readonly isRaw: boolean }) =>
    isRaw ? reply.text.trimEnd() : formatTrace(reply),
});

const familyByNumber = { "4": "ipv4", "6": "ipv6" } as const;

interface Ends {
  readonly source: string | undefined;
  readonly destination: string | undefined;
  readonly node: string | undefined;
  readonly family?: IpFamily | undefined;
}

/**
 * From outside, the cluster says on which Node the source Pod is, and the address of a destination
 * that may be on another. In an agent's Pod the agent knows its own Pods.
 */
async function endsOf(context: AntctlContext, ends: Ends, options: Wait): Promise<Ends> {
  if (context.place === "agent") return ends;
  refuseIn("controller", context);
  const source = await podOf(context, ends.source, options);
  const destination = await podOf(context, ends.destination, options);
  const node = ends.node ?? source?.node ?? destination?.node;
  if (node === undefined) {
    throw new UsageError("Say on which Node: --node NAME, or a source that is a Pod.");
  }
  const isRemote = destination !== undefined && destination.node !== node;
  if (!isRemote) return { node, source: ends.source, destination: ends.destination };
  const family = ends.family ?? familyOfText(ends.source);
  return { node, source: ends.source, destination: addressOf(destination, family) };
}

async function podOf(context: AntctlContext, text: string | undefined, options: Wait) {
  if (text === undefined || parseIp(text)) return undefined;
  const [namespace = "", name] = text.includes("/") ? text.split("/", 2) : ["default", text];
  const cluster = await context.cluster();
  const pod = await cluster.findPod(namespace, name ?? "", options);
  if (!pod) throw new CommandFailure(`There is no Pod ${name} in Namespace ${namespace}.`);
  if (pod.node === undefined || pod.ips.length === 0) {
    throw new CommandFailure(
      `Pod ${namespace}/${name} has no Node or no address yet: wait until it runs.`,
    );
  }
  return pod;
}

function addressOf({ ips }: PodPlace, family: IpFamily | undefined): string | undefined {
  return ips.find((ip) => family === undefined || familyOfText(ip) === family);
}

function familyOfText(text: string | undefined): IpFamily | undefined {
  const address = parseIp(text ?? "");
  return address && familyOf(address);
}
