import type { Action } from "./actions.ts";
import { type ActionDefinition, type ActionId, defineAction } from "./definition.ts";

type Plain = Extract<Action, { readonly kind: PlainKind }>;
type PlainKind = PlainAction["kind"];

/** An action that is only itself: no argument, no body. */
export interface PlainAction {
  readonly kind: "popVlan" | "decMplsTtl" | "popQueue" | "exit" | "ctClear" | "decNshTtl";
}

function plain<A extends Plain>(kind: A["kind"], word: string, id: ActionId): ActionDefinition<A> {
  const only = { kind } as A;
  return defineAction<A>({
    kind,
    words: [word],
    forms: [{ id, encode: () => {}, decode: () => only }],
    format: () => word,
    parse: () => only,
  });
}

export const popVlan = plain("popVlan", "pop_vlan", { of: 18 });
export const decMplsTtl = plain("decMplsTtl", "dec_mpls_ttl", { of: 16 });
export const popQueue = plain("popQueue", "pop_queue", { nx: 5 });
/** Ends the processing of this packet here. */
export const exit = plain("exit", "exit", { nx: 17 });
/** Forgets the packet's connection state. */
export const ctClear = plain("ctClear", "ct_clear", { nx: 43 });
export const decNshTtl = plain("decNshTtl", "dec_nsh_ttl", { nx: 48 });
