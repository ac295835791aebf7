import { putProperty, readProperties } from "../properties.ts";
import { defineMessage, emptyMessage, type MessageDefinition } from "./definition.ts";

/** OFPACPT_*, from 0: pairs for secondary controllers and for the others. */
export const asyncProperties = [
  "packetInSecondary",
  "packetIn",
  "portStatusSecondary",
  "portStatus",
  "flowRemovedSecondary",
  "flowRemoved",
  "roleStatusSecondary",
  "roleStatus",
  "tableStatusSecondary",
  "tableStatus",
  "requestForwardSecondary",
  "requestForward",
] as const;

/** For each kind of message a bit for each reason for which it is sent; what is absent stays as it is. */
export interface AsyncMasks {
  readonly masks: { readonly [property in (typeof asyncProperties)[number]]?: number };
}

/** OFPT_SET_ASYNC and OFPT_GET_ASYNC_REPLY: which messages this connection gets unasked. */
export interface SetAsync extends AsyncMasks {
  readonly kind: "setAsync";
}
export interface GetAsyncReply extends AsyncMasks {
  readonly kind: "getAsyncReply";
}

function asyncMessage<M extends SetAsync | GetAsyncReply>(
  kind: M["kind"],
  type: number,
): MessageDefinition<M> {
  return defineMessage<M>({
    kind,
    id: { of: type },
    encode({ masks }, out) {
      for (const [number, name] of asyncProperties.entries()) {
        const mask = masks[name];
        if (mask !== undefined) putProperty(number, out, () => out.u32(mask));
      }
    },
    decode(body) {
      const masks: { [property: string]: number } = {};
      for (const { type: number, value } of readProperties(body)) {
        const name = asyncProperties[number];
        if (name) masks[name] = value.u32();
      }
      return { kind, masks } as unknown as M;
    },
  });
}

export const getAsyncRequest = emptyMessage("getAsyncRequest", { of: 26 });
export const getAsyncReply = asyncMessage<GetAsyncReply>("getAsyncReply", 27);
export const setAsync = asyncMessage<SetAsync>("setAsync", 28);
