import type { ByteReader, ByteWriter, Codec } from "@antrea/wire";

/** Where a message belongs: a type, a Nicira subtype, or a multipart type, asked or answered. */
export type MessageId =
  | { readonly of: number }
  | { readonly nx: number }
  | { readonly request: number }
  | { readonly reply: number };

/** What stands before and around a body. */
export interface MessageContext {
  readonly xid: number;
  /** Writes or reads a whole message inside another one. */
  encodeWhole(message: { readonly kind: string }, xid: number, out: ByteWriter): void;
  decodeWhole(body: ByteReader): { readonly kind: string };
}

/** One message: its place in the protocol and its body, both directions. */
export interface MessageDefinition<M extends { readonly kind: string }> {
  readonly kind: M["kind"];
  readonly id: MessageId;
  encode(message: M, out: ByteWriter, context: MessageContext): void;
  decode(body: ByteReader, context: MessageContext): M;
}

export function defineMessage<M extends { readonly kind: string }>(
  definition: MessageDefinition<M>,
): MessageDefinition<M> {
  return definition;
}

/** A message that is only itself. */
export function emptyMessage<const K extends string>(
  kind: K,
  id: MessageId,
): MessageDefinition<{ readonly kind: K }> {
  const only = { kind };
  return { kind, id, encode: () => {}, decode: () => only };
}

/** A message whose body is a struct of fixed size. */
export function fixedMessage<M extends { readonly kind: string }>(
  kind: M["kind"],
  id: MessageId,
  body: Codec<M>,
): MessageDefinition<M> {
  return {
    kind,
    id,
    encode: (message, out) => out.put(body, message),
    decode: (reader) => reader.get(body),
  };
}

/** A multipart reply: a list that may go on in further replies with the same xid. */
export interface ListReply<K extends string, T> {
  readonly kind: K;
  readonly items: readonly T[];
}

interface ItemCodec<T> {
  encode(item: T, out: ByteWriter): void;
  decode(body: ByteReader): T;
}

export function listReply<const K extends string, T>(
  kind: K,
  reply: number,
  item: ItemCodec<T>,
): MessageDefinition<ListReply<K, T>> {
  return {
    kind,
    id: { reply },
    encode({ items }, out) {
      for (const one of items) item.encode(one, out);
    },
    decode(body) {
      const items: T[] = [];
      while (body.left > 0) items.push(item.decode(body));
      return { kind, items };
    },
  };
}

/** An item that begins with its own length in bytes (16 bits). */
export function sized<T>(item: ItemCodec<T>): ItemCodec<T> {
  return {
    encode(value, out) {
      const start = out.size;
      out.u16(0);
      item.encode(value, out);
      out.setU16(start, out.size - start);
    },
    decode(body) {
      const length = body.u16();
      if (length < 4) body.fail({ code: "bad-length", declared: length }, 2);
      return item.decode(body.slice(length - 2));
    },
  };
}

/** Items of fixed size. */
export function fixedItem<T>(codec: Codec<T>): ItemCodec<T> {
  return { encode: (item, out) => out.put(codec, item), decode: (body) => body.get(codec) };
}
