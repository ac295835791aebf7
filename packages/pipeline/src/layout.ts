import { isDeepStrictEqual } from "node:util";
import type { Flow } from "@antrea/openflow/flow";
import * as of from "@antrea/openflow/flow";
import { cookieOf, nodeOwner } from "./cookies.ts";
import { priorities } from "./flow-builder.ts";
import { tables } from "./tables.ts";

/**
 * Whether these flows are of an agent whose tables have other numbers: some table's miss goes elsewhere.
 * Half of such flows and half of ours would lose packets.
 */
export function isOtherLayout(flows: readonly Flow[]): boolean {
  return flows.some(
    (flow) => isMiss(flow) && !isDeepStrictEqual(flow.actions, missActions(flow.table)),
  );
}

const nodeCookie = cookieOf("Default", nodeOwner);
function isMiss({ cookie, priority, match }: Flow): boolean {
  return cookie === nodeCookie && priority === priorities.miss && match.length === 0;
}

function missActions(number: number): readonly of.Action[] | undefined {
  const table = Object.values(tables).find(({ id }) => id === number);
  if (table?.miss !== "next") return table && [];
  const [next] = table.next;
  return next && [of.goto(tables[next].id)];
}
