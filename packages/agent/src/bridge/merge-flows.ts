import type { Action, Flow } from "@antrea/openflow/flow";

type Conjunction = Extract<Action, { readonly kind: "conjunction" }>;

/**
 * One flow for several owners that want its match. Clauses of policy rules come together: the flow
 * says all the conjunctions that it is a clause of, in the order of their numbers. Of anything else
 * the first owner keeps the flow until it lets go.
 */
export function mergeFlows(flows: readonly Flow[]): Flow {
  const [first, ...others] = flows as [Flow, ...Flow[]];
  if (others.length === 0 || !isClause(first)) return first;
  const clauses = flows.filter(isClause);
  return { ...first, actions: united(clauses.flatMap(({ actions }) => actions as Conjunction[])) };
}

function isClause({ actions }: Flow): boolean {
  return actions.length > 0 && actions.every(({ kind }) => kind === "conjunction");
}

function united(actions: readonly Conjunction[]): readonly Conjunction[] {
  const byPlace = new Map(actions.map((one) => [`${one.id}/${one.clause}`, one]));
  return [...byPlace.values()].sort((a, b) => a.id - b.id || a.clause - b.clause);
}
