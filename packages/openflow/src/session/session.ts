import { ByteReader, ByteWriter, DecodeError } from "@antrea/wire";
import type { Features } from "../message/features.ts";
import {
  decodeFrame,
  encodeFrame,
  type Frame,
  type Message,
  VERSION,
} from "../message/messages.ts";
import { NXPIF_PACKET_IN2 } from "../message/nicira.ts";
import type { Exchange } from "./exchange.ts";
import { createExchanges } from "./exchanges.ts";
import { OpenFlowError } from "./failure.ts";
import { createFramer, FramingError } from "./framing.ts";
import { createKeepAlive } from "./keep-alive.ts";

/** What a session tells its owner. */
export interface SessionEvents {
  /** Versions are agreed on and the switch has said what it is. */
  onReady(features: Features): void;
  /** What nobody asked for: packets, ports, removed flows, flow updates. */
  onMessage(message: Message): void;
  /** A frame that was not understood. It is skipped; the session goes on. */
  onFault(error: DecodeError): void;
  /** The session is over; what was asked has failed by now. */
  onClosed(error: OpenFlowError): void;
}

export interface SessionOptions {
  /** Silence after which the switch is asked whether it is there; after three it is given up. */
  readonly probeIntervalMs: number;
  /** How long an exchange may go without any progress. */
  readonly timeoutMs: number;
}

/** One OpenFlow connection without its socket: takes bytes and the time, gives bytes and events. */
export interface Session {
  receive(bytes: Uint8Array, now: number): void;
  /** Looks at the time; call it at `nextWakeMs`, or more often. */
  tick(now: number): void;
  nextWakeMs(): number;
  /** The next bytes to send, about `size` of them; undefined if there are none now. */
  takeOutput(size: number, now: number): Uint8Array | undefined;
  /** Asks something. Ends with one of the exchange's outcomes, whatever happens. */
  start(exchange: Exchange, now: number): void;
  /** Says something that has no answer. */
  send(message: Message): void;
  /** Ends the session and fails what is open. Twice is once. */
  close(reason: string): void;
  /** What an earlier exchange asked: forgets it. */
  cancel(exchange: Exchange): void;
}

export function createSession(
  { probeIntervalMs, timeoutMs }: SessionOptions,
  events: SessionEvents,
  startMs: number,
): Session {
  const framer = createFramer();
  const keepAlive = createKeepAlive(probeIntervalMs, startMs);
  const exchanges = createExchanges(timeoutMs);
  const unasked = new ByteWriter(); // messages outside of exchanges
  let state: "hello" | "features" | "ready" | "closed" = "hello";

  send({ kind: "hello", versions: [VERSION] });

  function send(message: Message): void {
    encodeFrame(message, exchanges.takeXids(1), unasked);
  }

  function end(error: OpenFlowError): void {
    if (state === "closed") return;
    state = "closed";
    exchanges.failAll(error);
    events.onClosed(error);
  }

  function onFrame(bytes: Uint8Array, now: number): void {
    try {
      handle(decodeFrame(ByteReader.of(bytes)), bytes[0] as number, now);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      events.onFault(error);
      failExchangeOf(bytes, error);
    }
  }

  /** The answer cannot be used, so whoever waits for it need not wait longer. */
  function failExchangeOf(bytes: Uint8Array, cause: DecodeError): void {
    const active = exchanges.find(ByteReader.of(bytes.subarray(4)).u32());
    if (!active) return;
    exchanges.forget(active);
    const request = active.exchange.describe();
    active.exchange.fail(new OpenFlowError({ code: "bad-reply", request }, cause));
  }

  function handle({ xid, message, hasMore }: Frame, version: number, now: number): void {
    if (message.kind === "hello") onHello(message.versions, version);
    else if (message.kind === "echoRequest")
      encodeFrame({ kind: "echoReply", data: message.data }, xid, unasked);
    else if (message.kind === "featuresReply" && state === "features") {
      state = "ready";
      events.onReady(message);
    } else if (message.kind !== "echoReply") route(xid, message, hasMore, now);
  }

  function route(xid: number, message: Message, hasMore: boolean, now: number): void {
    const active = exchanges.find(xid);
    if (!active) {
      events.onMessage(message);
      return;
    }
    const { exchange, firstXid } = active;
    if (message.kind === "error") exchange.onRefused(xid - firstXid, message);
    else exchange.onReply(xid - firstXid, message, hasMore);
    exchanges.heard(active, now);
  }

  function onHello(versions: readonly number[], headerVersion: number): void {
    if (state !== "hello") return;
    const offers = versions.length > 0 ? versions : [headerVersion];
    if (!offers.includes(VERSION)) {
      end(new OpenFlowError({ code: "version", theirs: offers }));
      return;
    }
    state = "features";
    // Open vSwitch sends nothing unasked to this kind of connection until it has a length.
    send({ kind: "setConfig", flags: 0, missSendLength: 0xffff });
    send({ kind: "setPacketInFormat", format: NXPIF_PACKET_IN2 });
    send({ kind: "featuresRequest" });
  }

  return {
    receive(bytes, now) {
      if (state === "closed") return;
      keepAlive.received(now);
      try {
        for (const frame of framer.push(bytes)) onFrame(frame, now);
      } catch (error) {
        if (!(error instanceof FramingError)) throw error;
        end(new OpenFlowError({ code: "closed", reason: error.message }, error));
      }
    },
    tick(now) {
      if (state === "closed") return;
      exchanges.expire(now);
      const verdict = keepAlive.check(now);
      if (verdict === "probe") send({ kind: "echoRequest", data: new Uint8Array() });
      if (verdict === "dead")
        end(new OpenFlowError({ code: "closed", reason: "the switch is silent" }));
    },
    nextWakeMs: () => Math.min(keepAlive.nextWakeMs(), exchanges.nextExpiryMs()),
    takeOutput(size, now) {
      const out = new ByteWriter(Math.max(256, unasked.size));
      out.bytes(unasked.written());
      unasked.clear();
      if (state === "ready") exchanges.write(out, size, now);
      return out.size === 0 ? undefined : out.written();
    },
    start(exchange, now) {
      if (state !== "closed") exchanges.begin(exchange, now);
      else exchange.fail(new OpenFlowError({ code: "closed", reason: "it was closed before" }));
    },
    send(message) {
      if (state !== "closed") send(message);
    },
    close: (reason) => end(new OpenFlowError({ code: "closed", reason })),
    cancel: exchanges.cancel,
  };
}
