import assert from "node:assert/strict";
import { type Argv, type Lab, patience } from "@antrea/lab";
import { eventually } from "./cluster.ts";
import type { LoadReport } from "./load-main.ts";
import { countOverruns } from "./overruns.ts";

export type { LoadReport };

/** Who talks to whom: Pods by the names of their network namespaces (see `connectPods`), or the Nodes themselves. */
export interface Talk {
  readonly node: string;
  readonly pod?: string;
  readonly to: string;
  readonly toPod?: string;
  /** Datagrams a second, where it is not as many as the others have. */
  readonly hz?: number;
}

export interface Load {
  /** Ends it. */
  stop(): Promise<LoadEnd>;
}

export interface LoadEnd {
  /** What each talk counted, in their order. */
  readonly reports: readonly LoadReport[];
  /** Frames that Nodes' switches had no processor to read: so many datagrams may be lost, and no more. */
  readonly overruns: number;
}

/**
 * Fails where a connection or a stream ended, or a datagram was lost that the machine's want of processors does not
 * explain: none of the Nodes' own, which no switch carries, and of Pods' no more than frames overran.
 */
export function assertNothingLost({ reports, overruns }: LoadEnd, talks: readonly Talk[]): void {
  let ofPods = 0;
  for (const [at, report] of reports.entries()) {
    const { connections, streams, datagrams } = report;
    const { node, to, pod } = talks[at] ?? assert.fail("a report of each talk");
    const account = `${node} to ${to}: ${JSON.stringify(report)}, ${overruns} frames overrun`;
    assert.deepEqual([connections.broken, streams.broken], [0, 0], account);
    if (pod === undefined) assert.equal(datagrams.lost, 0, `${node} itself to ${to}`);
    else ofPods += datagrams.lost;
  }
  assert.ok(ofPods <= overruns, `${ofPods} datagrams lost, and ${overruns} frames overrun`);
}

const program = new URL("load-main.ts", import.meta.url).pathname;
/** Who sends ends first. */
const stopFiles = ["/run/load-is-sent", "/run/load-is-served"] as const;

/**
 * Starts datagrams, connections and an endless answer of HTTP for each talk; resolves once all are under way.
 * A machine that is so many times slower gets as many times fewer of all, and of datagrams as many times fewer
 * again: there they take what the change that is to be tested needs.
 */
export async function startLoad(
  lab: Lab,
  talks: readonly Talk[],
  { hz, connections }: { readonly hz: number; readonly connections: number },
): Promise<Load> {
  for (const { name } of lab.plan.nodes) await lab.node(name).exec(["rm", "-f", ...stopFiles]);
  const running: Promise<string>[] = [];
  const start = (node: string, pod: string | undefined, argv: readonly string[]) => {
    const one = lab.node(node).exec(inPod(pod, [process.execPath, program, ...argv]));
    one.catch(() => {}); // told by stop()
    running.push(one);
    return one;
  };
  const servers = talks.map(({ to, toPod }) => start(to, toPod, ["serve", stopFiles[1]]));
  const senders: Promise<string>[] = [];
  for (const talk of talks) {
    const address = await addressOf(lab, talk.to, talk.toPod);
    await eventually(`${talk.toPod ?? "itself"} of ${talk.to} serves`, () =>
      isServing(lab, talk, address),
    );
    senders.push(
      start(talk.node, talk.pod, [
        "send",
        stopFiles[0],
        String((talk.hz ?? hz) / patience() ** 2),
        String(Math.ceil(connections / patience())),
        address,
      ]),
    );
  }
  const overrun = await countOverruns(lab);
  return {
    async stop() {
      const end = (file: string) =>
        Promise.all(lab.plan.nodes.map(({ name }) => lab.node(name).exec(["touch", file])));
      await end(stopFiles[0]);
      const reports = await Promise.all(senders.map(async (said) => reportOf(await said)));
      await end(stopFiles[1]);
      await Promise.all(running);
      const unread = await Promise.all(servers.map(async (said) => unreadOf(await said)));
      return {
        overruns: await overrun.stop(),
        reports: reports.map(({ datagrams, ...rest }, i) => {
          const there = unread[i] ?? 0;
          const { lost, unread: here } = datagrams;
          return { ...rest, datagrams: { ...datagrams, lost: lost - there, unread: here + there } };
        }),
      };
    },
  };
}

function reportOf(said: string): LoadReport {
  const line = said.split("\n").find((one) => one.startsWith("{"));
  return JSON.parse(line ?? assert.fail(`no report: ${said}`)) as LoadReport;
}

function unreadOf(said: string): number {
  return Number(/\{"unread":(\d+)\}/.exec(said)?.[1] ?? 0);
}

function inPod(pod: string | undefined, argv: Argv): Argv {
  return pod === undefined ? argv : ["ip", "netns", "exec", pod, ...argv];
}

async function addressOf(lab: Lab, node: string, pod: string | undefined): Promise<string> {
  if (pod === undefined)
    return lab.plan.nodes.find(({ name }) => name === node)?.address ?? assert.fail(node);
  const shown = await lab.node(node).exec(["ip", "-n", pod, "-4", "-o", "addr", "show", "eth0"]);
  return /inet (\S+)\//.exec(shown)?.[1] ?? assert.fail(`${pod} of ${node} has an address`);
}

async function isServing(lab: Lab, { node, pod }: Talk, address: string): Promise<boolean> {
  const asks = inPod(pod, ["curl", "-s", "-m", "1", "-o", "/dev/null"]);
  // an endless answer ends by the time limit, which is curl's code 28
  const line = `${asks.join(" ")} http://${address}:7003/; [ $? = 28 ]`;
  return (await lab.node(node).attempt(["sh", "-c", line])).exitCode === 0;
}
