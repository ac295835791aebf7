import { agentApi, type ProbeResult } from "@antrea/api/local-api";
import { duration, exitCodes, list, text, value, wholeNumber } from "@antrea/command";
import { defineCommand } from "../context.ts";
import { askAgents, failureLines } from "../reach/ask.ts";

interface PairRow extends ProbeResult {
  readonly from?: string;
}

interface Findings {
  readonly pairs: readonly PairRow[];
  readonly isWhole: boolean;
}

const nodeName = {
  wanted: "a Node's name",
  placeholder: "NAME",
  parse: (text: string) => text || undefined,
};

export const checkConnectivity = defineCommand({
  name: "check connectivity",
  summary:
    "Probe the way between Nodes' Pod networks: path, MTU, loss, round trip, and why it fails",
  description:
    "In an agent's Pod: from that Node to all others. Elsewhere: between all pairs of Nodes, both ways. " +
    "Each probe goes to the gateway of the other Node's Pod CIDR, of each IP family, the way that Pods' packets go. Exit code 1 if a pair fails.",
  example: [
    "antctl check connectivity",
    "antctl check connectivity --from node-1 --to node-3 --count 10",
  ],
  args: {
    from: text("Only from this Node", { placeholder: "NAME" }),
    to: list("Only to this Node", nodeName),
    count: value("Echo requests to each Node", wholeNumber(1, 1000), { default: 3, short: "c" }),
    wait: value("How long to wait for each answer", duration, { default: 1000 }),
  },
  async run({ args, streams, signal, ...context }): Promise<Findings> {
    const { answers, failures } = await askAgents(context, agentApi.probe, {
      node: args.from,
      signal,
      body: {
        count: args.count,
        timeoutMs: args.wait,
        ...(args.to.length > 0 ? { nodes: args.to } : {}),
      },
    });
    streams.stderr.write(failureLines(failures));
    const pairs = answers.flatMap(({ node, value }) =>
      value.map((probe): PairRow => (node === undefined ? probe : { from: node, ...probe })),
    );
    return { pairs, isWhole: failures.length === 0 };
  },
  data: ({ pairs }) => pairs,
  rows: ({ pairs }) => pairs,
  columns: [
    { title: "FROM", isOptional: true, cell: (row: PairRow) => row.from },
    { title: "TO", cell: (row) => row.node },
    { title: "ADDRESS", isOptional: true, cell: (row) => row.address },
    { title: "PATH", cell: (row) => row.path.kind },
    { title: "MTU", cell: (row) => mtuText(row) },
    { title: "LOSS", cell: (row) => lossText(row) },
    { title: "ROUND-TRIP", cell: (row) => row.roundTrip && `${row.roundTrip.mean.toFixed(2)} ms` },
    {
      title: "RESULT",
      cell: (row) => faultOf(row) ?? `${lossOf(row) ?? "ok: "}${row.path.reason}`,
    },
  ],
  text: ({ pairs }) => {
    const failed = pairs.filter((pair) => faultOf(pair) !== undefined).length;
    if (pairs.length === 0) return "There are no other Nodes to probe.";
    const lossy = pairs.filter((pair) => lossOf(pair) !== undefined).length;
    const but = lossy > 0 ? ` ${lossy} of them lose echoes: --count 100 measures how many.` : "";
    return failed === 0
      ? `All ${pairs.length} ways work.${but}`
      : `${failed} of ${pairs.length} ways fail. If they cross subnets un-encapsulated: antctl check routes.`;
  },
  exitCode: ({ pairs, isWhole }) =>
    isWhole && pairs.every((pair) => faultOf(pair) === undefined)
      ? exitCodes.ok.code
      : exitCodes.failed.code,
});

/** Why a way is not as it should be; also one that answers, but is too narrow for what Pods send. */
function faultOf({ failure, mtu, largest }: ProbeResult): string | undefined {
  if (failure !== undefined) return failure;
  if (mtu === undefined || largest === undefined || largest >= mtu) return undefined;
  return `packets of more than ${largest} bytes do not pass, but Pods send up to ${mtu}: raise the MTU of the network between, or lower defaultMTU`;
}

/** What is said of a way that works and loses some, before why it is taken. */
function lossOf({ sent, received }: ProbeResult): string | undefined {
  return received < sent ? `${sent - received} of ${sent} echoes lost; ` : undefined;
}

function mtuText({ mtu, largest }: ProbeResult): string | undefined {
  if (mtu === undefined) return undefined;
  return largest !== undefined && largest < mtu ? `${mtu} (only ${largest} pass)` : String(mtu);
}

function lossText({ sent, received }: ProbeResult): string | undefined {
  return sent === 0 ? undefined : `${Math.round((100 * (sent - received)) / sent)}%`;
}
