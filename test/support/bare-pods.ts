import assert from "node:assert/strict";
import {
  echoes as answeredEchoes,
  type EchoTrain,
  lostEchoes,
  parsePing,
  pingArgv,
} from "@antrea/lab";
import type { BareNode } from "./bare-nodes.ts";
import { eventually } from "./cluster.ts";

export interface BarePod {
  readonly node: BareNode;
  /** Of both IP families. */
  readonly addresses: readonly string[];
}

/** The Pods of Nodes without Kubernetes, by name, and what passes between them. */
export function barePods() {
  const pods = new Map<string, BarePod>();
  const pod = (name: string): BarePod => pods.get(name) ?? assert.fail(`${name} is connected`);

  /** How many of three echoes were answered. */
  async function echoes(from: string, to: string, train: EchoTrain = {}): Promise<number> {
    const argv = pingArgv(to, { withinSeconds: 10, ...train });
    const { stdout } = await pod(from).node.attemptInPod(from, argv);
    return parsePing(stdout, train.count).received;
  }

  /** A train on a way that is new to the switch may lose its head where the machine is very slow. */
  async function reaches(from: string, to: string, train: EchoTrain = {}): Promise<void> {
    for (const address of pod(to).addresses)
      await eventually(
        `${from} reaches ${to} at ${address} with ${train.sizeBytes ?? 56} bytes`,
        async () => (await echoes(from, address, train)) === 3,
      );
  }

  /** Echoes to both addresses of a Pod while something happens, 50 in a second. */
  async function echoesDuring(
    from: string,
    to: string,
    happening: () => Promise<unknown>,
  ): Promise<readonly EchoesSeen[]> {
    const { node } = pod(from);
    const trains = pod(to).addresses.map((address) => {
      const script = `ping -n -i 0.02 ${address} & ping=$!; until [ -e /run/stop-echoes ]; do sleep 0.1; done; kill -INT $ping; wait $ping`;
      return { address, said: node.inPod(from, ["sh", "-c", script]) };
    });
    await happening();
    await reaches(from, to);
    await node.exec(["touch", "/run/stop-echoes"]);
    const seen: EchoesSeen[] = [];
    for (const { address, said } of trains) {
      const text = await said;
      const answered = answeredEchoes(text).size;
      assert.ok(answered > 3, `${address} answered: ${text}`);
      seen.push({ address, answered, lost: lostEchoes(text).length });
    }
    await node.exec(["rm", "/run/stop-echoes"]);
    return seen;
  }

  return {
    pod,
    async connect(name: string, node: BareNode): Promise<void> {
      pods.set(name, { node, addresses: await node.addPod(name) });
    },
    echoes,
    reaches,
    echoesDuring,
    /** Those that were lost, although a later one was answered; a sentence for each address. */
    async lostDuring(from: string, to: string, happening: () => Promise<unknown>) {
      const seen = await echoesDuring(from, to, happening);
      return seen.flatMap(({ address, lost }) => (lost > 0 ? [`${lost} to ${address}`] : []));
    },
  };
}

export interface EchoesSeen {
  readonly address: string;
  readonly answered: number;
  readonly lost: number;
}
