import type { Lab } from "@antrea/lab";
import { inAgent } from "./cluster.ts";
import { countOverruns } from "./overruns.ts";

export interface Drops {
  /** Ends the count. For people: frames for which a switch had no processor, and what each Open vSwitch says that it dropped, and why. */
  stop(): Promise<string>;
}

/** Counts what is thrown away on the Nodes until it is stopped. No Open vSwitch may start anew meanwhile. */
export async function countDrops(lab: Lab): Promise<Drops> {
  const [before, overrun] = await Promise.all([dropsBySwitches(lab), countOverruns(lab)]);
  return {
    async stop() {
      const [after, overruns] = await Promise.all([dropsBySwitches(lab), overrun.stop()]);
      const grown = [...after].flatMap(([counter, total]) => {
        const more = total - (before.get(counter) ?? 0);
        return more > 0 ? [`${counter} ${more}`] : [];
      });
      return [`${overruns} frames overrun`, ...grown].join(", ");
    },
  };
}

/** By Node and name of the counter. */
async function dropsBySwitches(lab: Lab): Promise<ReadonlyMap<string, number>> {
  const all = await Promise.all(
    lab.plan.nodes.map(async ({ name }) => {
      const shown = await inAgent(lab, name, "antrea-ovs", ["ovs-appctl", "coverage/show"]);
      return dropCounters(shown).map(([counter, total]) => [`${name} ${counter}`, total] as const);
    }),
  );
  return new Map(all.flat());
}

/** Of what `coverage/show` prints (ovs-appctl(8)): the counters that tell of something dropped, with their totals. */
function dropCounters(shown: string): readonly (readonly [string, number])[] {
  const rows = shown.matchAll(/^(?<name>\w*(?:drop|_error)\w*) .*\btotal: (?<total>\d+)$/gm);
  return [...rows].map(({ groups = {} }) => [groups["name"] ?? "", Number(groups["total"])]);
}
