import { defineMessage, type MessageDefinition } from "./definition.ts";

/** OFPT_ECHO_REQUEST and OFPT_ECHO_REPLY: whether the other side is there. */
export interface Echo<K extends "echoRequest" | "echoReply"> {
  readonly kind: K;
  /** Comes back as it was. */
  readonly data: Uint8Array;
}

function echo<const K extends "echoRequest" | "echoReply">(
  kind: K,
  type: number,
): MessageDefinition<Echo<K>> {
  return defineMessage<Echo<K>>({
    kind,
    id: { of: type },
    encode: ({ data }, out) => out.bytes(data),
    decode: (body) => ({ kind, data: body.bytes(body.left) }),
  });
}

export const echoRequest = echo("echoRequest", 2);
export const echoReply = echo("echoReply", 3);
