import { type Flow, findMatch } from "@antrea/openflow/flow";
import { tables } from "../tables.ts";

/** What passed by a rule, or ended at it. */
export interface RuleCounters {
  /** Connections that it let pass; of a rule that denies, the packets. */
  readonly sessions: number;
  /** Of live connections both ways, once counted where they are let pass. */
  readonly packets: number;
  readonly bytes: number;
}

interface CountedFlow {
  readonly flow: Flow;
  readonly packets: number;
  readonly bytes: number;
}

const metrics = [
  { table: tables.EgressMetric.id, register: "reg5" },
  { table: tables.IngressMetric.id, register: "reg6" },
] as const;

/** The counters of rules by their numbers, out of the flows of the metric tables. */
export function ruleCounters(flows: Iterable<CountedFlow>): ReadonlyMap<number, RuleCounters> {
  const counters = new Map<number, RuleCounters>();
  for (const counted of flows) {
    const id = ruleOf(counted.flow);
    if (id === undefined) continue;
    const { sessions, packets, bytes } = counters.get(id) ?? { sessions: 0, packets: 0, bytes: 0 };
    counters.set(id, {
      sessions: sessions + (isFirstOfSession(counted.flow) ? counted.packets : 0),
      packets: packets + counted.packets,
      bytes: bytes + counted.bytes,
    });
  }
  return counters;
}

function ruleOf({ table, match }: Flow): number | undefined {
  const metric = metrics.find((one) => one.table === table);
  const rule = metric && findMatch(match, metric.register);
  return rule && Number(rule.value);
}

/** The flow of new connections, or that of what is denied, which never begins one. */
function isFirstOfSession({ match }: Flow): boolean {
  return Boolean(findMatch(match, "ct_state") ?? findMatch(match, "reg0"));
}
