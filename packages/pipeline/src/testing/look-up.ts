import { type Flow, findMatch } from "@antrea/openflow/flow";
import type { Action, FieldMatch } from "@antrea/openflow/flow";

/** What a packet has in the fields of a table's flows; what it has not is absent, and matched by nothing. */
export type PacketFields = ReadonlyMap<string, bigint>;

/**
 * The flow of a table that decides about a packet, as ovs-fields(7) says of `conj_id`: the highest that
 * matches; conjunctions of which all clauses match count as flows of their priority.
 */
export function lookUp(
  flows: readonly Flow[],
  table: number,
  packet: PacketFields,
): Flow | undefined {
  const matching = flows.filter((flow) => flow.table === table && takes(flow, packet));
  const plain = matching.filter(({ actions }) => !actions.some(isConjunction));
  const [soft] = satisfied(matching)
    .map(({ id, priority }) => ({
      priority,
      flow: flows.find((flow) => findMatch(flow.match, "conj_id")?.value === BigInt(id)),
    }))
    .sort((a, b) => b.priority - a.priority);
  const [hard] = plain.sort((a, b) => b.priority - a.priority);
  return soft?.flow && soft.priority > (hard?.priority ?? -1) ? soft.flow : hard;
}

type Conjunction = Extract<Action, { readonly kind: "conjunction" }>;
const isConjunction = (action: Action): action is Conjunction => action.kind === "conjunction";

function satisfied(matching: readonly Flow[]) {
  const seen = new Map<string, { id: number; priority: number; left: Set<number> }>();
  for (const { priority, actions } of matching)
    for (const { id, clause, clauses } of actions.filter(isConjunction)) {
      const key = `${priority}/${id}`;
      const all = Array.from({ length: clauses }, (_, i) => i);
      const one = seen.get(key) ?? { id, priority, left: new Set(all) };
      one.left.delete(clause);
      seen.set(key, one);
    }
  return [...seen.values()].filter(({ left }) => left.size === 0);
}

function takes({ match }: Flow, packet: PacketFields): boolean {
  return match.every(({ field, value, mask }: FieldMatch) => {
    const has = packet.get(field);
    return has !== undefined && (mask === undefined ? has : has & mask) === value;
  });
}
