import type { Progress, ProgressOptions } from "@antrea/command";
import { familyOf, type IpAddress, type IpFamily } from "@antrea/net";
import { startCapture } from "../../capture/io/capture.ts";
import { apiClient } from "../../io/api-client.ts";
import type { Argv } from "../../io/command.ts";
import { attempt } from "../../io/command.ts";
import type { Lab } from "../../io/lab.ts";
import { addPodRoutes } from "../../io/pod-routes.ts";
import { waitFor } from "../../io/wait.ts";
import { noPing, type PingSummary, parsePing, pingArgv } from "../../ping.ts";
import { parseIperf } from "../output-of-tools.ts";
import {
  type WalkPair,
  type WalkPod,
  walkNamespace,
  walkObjects,
  walkPairs,
  walkPods,
} from "../plan.ts";
import type { WalkReport, WalkRow } from "../report.ts";
import { faultOf, formatEvidence, gatherEvidence } from "../verdict.ts";
import { askPaths } from "./ask-paths.ts";

/** A pair of Pods that talk over one IP family. */
interface WalkWay {
  readonly pair: WalkPair;
  readonly family: IpFamily;
}

/** By Pod, one of each IP family. */
type PodAddresses = ReadonlyMap<string, readonly IpAddress[]>;

export interface WalkOptions {
  readonly progress: (options: ProgressOptions) => Progress;
  readonly signal?: AbortSignal;
}

/** What encapsulated and bare Pod traffic looks like to a capture. */
const everythingOfPods =
  "icmp or icmp6 or ip6 proto gre or udp port 6081 or udp port 4789 or udp port 51820 or proto gre or esp";

/** Shows how each pair of Pods talks: what the agents say, what the wire shows, how fast it is. */
export async function walk(lab: Lab, { progress, signal }: WalkOptions): Promise<WalkReport> {
  const pods = walkPods(lab.plan);
  const families = lab.plan.cluster.map(({ family }) => family);
  const ways = walkPairs(lab.plan, pods).flatMap((pair) =>
    families.map((family): WalkWay => ({ pair, family })),
  );
  const steps = progress({
    total: 4,
    expectedSeconds: [4, 1, ways.length * 0.5, ways.length * 1.4],
  });
  const addresses = await steps.step("Start Pods on every Node", async () => {
    await lab.apply(walkObjects(pods), { signal });
    return podAddresses(lab, pods, signal);
  });
  const isCloudNeeded = lab.options.mode === "noEncap" && lab.options.cni === "antrea";
  const notes = isCloudNeeded ? await addCloudRoutes(lab) : [];
  const said = await steps.step("Ask each agent for its paths", () => askPaths(lab, signal));
  const pings = await steps.step("Ping between Pods and watch the fabric's links", (note) =>
    pingAll(lab, ways, addresses, { note, signal }),
  );
  const speeds = await steps.step("Measure TCP throughput", async (note) => {
    const list: (number | undefined)[] = [];
    for (const [i, { pair, family }] of ways.entries()) {
      note(`${i + 1} of ${ways.length}`);
      list.push(await throughput(lab, pair, addressOf(addresses, pair.to, family), signal));
    }
    return list;
  });
  const rows = ways.map(({ pair, family }, i): WalkRow => {
    const { ping, evidence } = pings[i] ?? { ping: noPing, evidence: { there: [], back: [] } };
    const claim = said(pair.from.node, pair.to.node);
    return {
      pair,
      family: families.length > 1 ? family : undefined,
      path: claim.path,
      reason: claim.reason,
      proof: formatEvidence(evidence),
      ...ping,
      throughputBps: speeds[i],
      fault: faultOf(pair, { claim, evidence, ping, speedBps: speeds[i] }),
    };
  });
  return {
    mode: lab.options.cni === "antrea" ? lab.options.mode : `none (--cni ${lab.options.cni})`,
    rows,
    faults: rows.flatMap(({ fault }) => fault ?? []),
    notes,
  };
}

/** One capture of the whole fabric, and the pairs one after another. */
async function pingAll(
  lab: Lab,
  ways: readonly WalkWay[],
  addresses: PodAddresses,
  { note, signal }: { note: (text: string) => void; signal: AbortSignal | undefined },
) {
  const fabric = { net: `/run/netns/${lab.plan.fabricNamespace}` };
  await using capture = await startCapture(fabric, { filter: everythingOfPods, signal });
  const pings: PingSummary[] = [];
  for (const [i, { pair, family }] of ways.entries()) {
    const { from, to } = pair;
    note(`${i + 1} of ${ways.length}`);
    const address = addressOf(addresses, to, family);
    await inPod(lab, from, ["ping", "-c", "1", "-W", "2", address], signal); // neighbours are found
    pings.push(await ping(lab, from, address, signal));
  }
  const packets = await capture.stop();
  return ways.map(({ pair: { from, to }, family }, i) => ({
    ping: pings[i] ?? noPing,
    evidence: gatherEvidence(
      packets,
      addressOf(addresses, from, family),
      addressOf(addresses, to, family),
    ),
  }));
}

async function ping(
  lab: Lab,
  from: WalkPod,
  address: IpAddress,
  signal?: AbortSignal,
): Promise<PingSummary> {
  const train = { count: 10, everyMs: 20 };
  const argv = pingArgv(address, train);
  return parsePing((await inPod(lab, from, argv, signal)).stdout, train.count);
}

async function throughput(
  lab: Lab,
  { from, to }: WalkPair,
  address: IpAddress,
  signal?: AbortSignal,
): Promise<number | undefined> {
  await inPod(lab, to, ["iperf3", "--server", "--one-off", "--daemon"], signal);
  const client = [
    "iperf3",
    "--client",
    address,
    "--time",
    "1",
    "--json",
    "--connect-timeout",
    "3000",
  ];
  return parseIperf((await inPod(lab, from, client, signal)).stdout);
}

async function podAddresses(
  lab: Lab,
  pods: readonly WalkPod[],
  signal?: AbortSignal,
): Promise<PodAddresses> {
  interface PodList {
    readonly items: readonly {
      readonly metadata: { readonly name: string };
      readonly status?: {
        readonly podIPs?: readonly { readonly ip: IpAddress }[];
        readonly containerStatuses?: readonly { readonly ready: boolean }[];
      };
    }[];
  }
  const api = apiClient(lab.plan);
  return await waitFor(
    async () => {
      const list = await api.get<PodList>(`/api/v1/namespaces/${walkNamespace}/pods`);
      const ready = (list?.items ?? []).flatMap(({ metadata, status }) =>
        status?.podIPs && status.containerStatuses?.every((c) => c.ready)
          ? [[metadata.name, status.podIPs.map(({ ip }) => ip)] as const]
          : [],
      );
      const found = new Map(ready);
      return pods.every((pod) => found.has(pod.name)) ? found : undefined;
    },
    {
      what: `the ${pods.length} Pods of the walk-through to run`,
      timeoutMs: 60_000,
      remedy: `see why: ./antrea-lab kubectl -n ${walkNamespace} describe pods`,
      signal,
    },
  );
}

/** In noEncap the network has to know Pod addresses: what a cloud's route controller would add. */
async function addCloudRoutes(lab: Lab): Promise<readonly string[]> {
  const routes = await addPodRoutes(lab);
  return [
    "Without tunnels the router has to know Pod addresses, as a cloud's does; it was told:",
    ...routes.map(({ cidr, node }) => `  antrea-lab fabric route add ${cidr} via ${node}`),
    "",
  ];
}

function inPod(lab: Lab, pod: WalkPod, argv: Argv | readonly string[], signal?: AbortSignal) {
  const args = ["--namespace", walkNamespace, "exec", pod.name, "--", ...argv];
  return attempt(lab.kubectlArgv(args), { signal });
}

function addressOf(addresses: PodAddresses, pod: WalkPod, family: IpFamily): IpAddress {
  const address = addresses.get(pod.name)?.find((one) => familyOf(one) === family);
  if (address === undefined) throw new Error(`${pod.name} has no address of ${family}`);
  return address;
}
