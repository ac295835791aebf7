import assert from "node:assert/strict";
import { attempt, type Lab } from "@antrea/lab";

/** What a switch between the Nodes swallows, in the words of nft(8): matches of a rule of the bridge family. */
export interface FabricFault {
  readonly from?: string;
  readonly to?: string;
  readonly match: string;
}

/** Has the fabric's switches swallow frames until that is ended. */
export async function fabricFault(lab: Lab, fault: FabricFault): Promise<{ end(): Promise<void> }> {
  const port = (node: string): string => {
    const found = lab.plan.nodes.find(({ name }) => name === node);
    assert.ok(found, `${node} is a Node of the lab`);
    return found.link.port;
  };
  const inside = ["nsenter", `--net=/run/netns/${lab.plan.fabricNamespace}`] as const;
  const nft = async (script: string): Promise<void> => {
    const said = await attempt([...inside, "nft", "-f", "-"], { input: script });
    assert.equal(said.exitCode, 0, said.stderr);
  };
  const sides = [
    ...(fault.from === undefined ? [] : [`iifname "${port(fault.from)}"`]),
    ...(fault.to === undefined ? [] : [`oifname "${port(fault.to)}"`]),
  ];
  await nft(`table bridge fault {
  chain forward {
    type filter hook forward priority 1; policy accept;
    ${sides.join(" ")} ${fault.match} drop
  }
}
`);
  return {
    async end() {
      await nft("delete table bridge fault\n");
    },
  };
}
