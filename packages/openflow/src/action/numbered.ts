import { type Codec, literal, padding, struct, u16, u32, u8, type WireType } from "@antrea/wire";
import { requireNumber } from "../text.ts";
import { requireArgument } from "./action-text.ts";
import { type ActionDefinition, type ActionId, defineAction, fixedForm } from "./definition.ts";

const groupBody = struct({ kind: literal("group"), id: u32 });
const meterBody = struct({ kind: literal("meter"), id: u32 });
const setQueueBody = struct({ kind: literal("setQueue"), id: u32 });
const setTtlBody = struct({ kind: literal("setTtl"), id: u8, pad: padding(3) });
const pushVlanBody = struct({ kind: literal("pushVlan"), id: u16, pad: padding(2) });
const pushMplsBody = struct({ kind: literal("pushMpls"), id: u16, pad: padding(2) });
const popMplsBody = struct({ kind: literal("popMpls"), id: u16, pad: padding(2) });

/** OFPAT_GROUP: hands the packet to a group. */
export type GroupAction = WireType<typeof groupBody>;
/** OFPAT_METER: drops the packet if the meter's rate is exceeded. */
export type MeterAction = WireType<typeof meterBody>;
/** OFPAT_SET_NW_TTL; `id` is the new TTL or hop limit. */
export type SetTtl = WireType<typeof setTtlBody>;
export type SetQueue = WireType<typeof setQueueBody>;
/** Pushes a tag; `id` is its EtherType. */
export type PushVlan = WireType<typeof pushVlanBody>;
export type PushMpls = WireType<typeof pushMplsBody>;
/** Pops a label; `id` is the EtherType of what is below. */
export type PopMpls = WireType<typeof popMplsBody>;

type Numbered = GroupAction | MeterAction | SetQueue | SetTtl | PushVlan | PushMpls | PopMpls;

interface Shape<A> {
  readonly kind: A extends Numbered ? A["kind"] : never;
  readonly word: string;
  readonly id: ActionId;
  readonly body: Codec<A>;
  readonly max?: number;
  readonly text?: (id: number) => string;
}

/** An action with one number as its argument. */
function numbered<A extends Numbered>(shape: Shape<A>): ActionDefinition<A> {
  const { kind, word, id, body, max = 0xffffffff, text = String } = shape;
  return defineAction<A>({
    kind,
    words: [word],
    forms: [fixedForm(id, body)],
    format: (action) => `${word}:${text(action.id)}`,
    parse: (parts) => ({ kind, id: requireNumber(requireArgument(parts), word, max) }),
  });
}

export const group = numbered({ kind: "group", word: "group", id: { of: 22 }, body: groupBody });
export const meter = numbered({ kind: "meter", word: "meter", id: { of: 29 }, body: meterBody });
export const setQueue = numbered({
  kind: "setQueue",
  word: "set_queue",
  id: { of: 21 },
  body: setQueueBody,
});

export const setTtl = numbered({
  kind: "setTtl",
  word: "mod_nw_ttl",
  id: { of: 23 },
  body: setTtlBody,
  max: 255,
});

const etherType = (id: number) => `0x${id.toString(16).padStart(4, "0")}`;

export const pushVlan = numbered({
  kind: "pushVlan",
  word: "push_vlan",
  id: { of: 17 },
  body: pushVlanBody,
  max: 0xffff,
  text: (id) => `0x${id.toString(16)}`,
});
export const pushMpls = numbered({
  kind: "pushMpls",
  word: "push_mpls",
  id: { of: 19 },
  body: pushMplsBody,
  max: 0xffff,
  text: etherType,
});
export const popMpls = numbered({
  kind: "popMpls",
  word: "pop_mpls",
  id: { of: 20 },
  body: popMplsBody,
  max: 0xffff,
  text: etherType,
});
