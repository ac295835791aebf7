import type { ByteReader, ByteWriter, Codec } from "@antrea/wire";
import type { Names } from "../names.ts";
import type { ActionText } from "./action-text.ts";
import type { Action } from "./actions.ts";

/** Which action of which vendor: a type of OpenFlow itself, or a subtype of the Nicira extensions. */
export type ActionId = { readonly of: number } | { readonly nx: number };

/** One way in which an action appears on the wire, between its header and its padding. */
export interface ActionForm<A> {
  readonly id: ActionId;
  /** Whether this form can carry the action; all can if absent. */
  readonly fits?: (action: A) => boolean;
  encode(action: A, out: ByteWriter, nested: ActionLists): void;
  /** Absent where another definition decodes this id. */
  decode?(body: ByteReader, nested: ActionLists): Action;
}

/** All that is known of one action: wire forms and text, both directions. */
export interface ActionDefinition<A extends Action> {
  readonly kind: A["kind"];
  /** Words that begin its text in the dialect of ovs-ofctl. */
  readonly words: readonly string[];
  /** The first form that fits is encoded; all are decoded. */
  readonly forms: readonly ActionForm<A>[];
  format(action: A, names: Names, nested: ActionLists): string;
  /** Throws a `FlowTextError` where the text is wrong. */
  parse(text: ActionText, names: Names, nested: ActionLists): Action;
}

/** Lists of actions inside an action, handed in so that definitions do not import the list of all. */
export interface ActionLists {
  encode(actions: readonly Action[], out: ByteWriter): void;
  decode(body: ByteReader): readonly Action[];
  format(actions: readonly Action[], names: Names): string;
  parse(text: string, names: Names): readonly Action[];
}

/** Ties the definition's parts to one action type. */
export function defineAction<A extends Action>(
  definition: ActionDefinition<A>,
): ActionDefinition<A> {
  return definition;
}

/** A form whose body is a struct of fixed size. */
export function fixedForm<A extends Action>(id: ActionId, body: Codec<A>): ActionForm<A> {
  return {
    id,
    encode: (action, out) => out.put(body, action),
    decode: (reader) => reader.get(body),
  };
}
