import type { ByteWriter } from "@antrea/wire";
import type { Exchange } from "./exchange.ts";
import { OpenFlowError } from "./failure.ts";

/** An exchange under way. */
export interface Active {
  readonly exchange: Exchange;
  readonly firstXid: number;
  /** When it last wrote or heard something. */
  lastProgress: number;
}

/** All that is under way: whose xid is whose, who writes next, and whose time is over. */
export interface Exchanges {
  /** The first of `count` xids that nothing under way uses. */
  takeXids(count: number): number;
  begin(exchange: Exchange, now: number): void;
  find(xid: number): Active | undefined;
  /** Looks at it after it heard something: forgets it if done, lets it write if it wants to. */
  heard(active: Active, now: number): void;
  forget(active: Active): void;
  cancel(exchange: Exchange): void;
  /** Lets exchanges write, in the order in which they began, until the writer has `size` bytes. */
  write(out: ByteWriter, size: number, now: number): void;
  /** Fails those without progress for too long. */
  expire(now: number): void;
  /** When `expire` may have something to do; Infinity if nothing is under way. */
  nextExpiryMs(): number;
  failAll(error: OpenFlowError): void;
}

export function createExchanges(timeoutMs: number): Exchanges {
  const single = new Map<number, Active>(); // the many with one xid, found at once
  const ranges = new Set<Active>();
  let writing: Active[] = [];
  let nextXid = 1;

  function takeXids(count: number): number {
    if (nextXid + count > 0xffffffff) nextXid = 1;
    const first = nextXid;
    nextXid += count;
    return first;
  }

  function* all(): Generator<Active> {
    yield* single.values();
    yield* ranges;
  }

  function forget(active: Active): void {
    single.delete(active.firstXid);
    ranges.delete(active);
    writing = writing.filter((one) => one !== active);
  }

  return {
    takeXids,
    forget,
    begin(exchange, now) {
      const active = { exchange, firstXid: takeXids(exchange.xids), lastProgress: now };
      if (exchange.xids === 1) single.set(active.firstXid, active);
      else ranges.add(active);
      writing.push(active);
    },
    find(xid) {
      const one = single.get(xid);
      if (one) return one;
      for (const active of ranges)
        if (xid >= active.firstXid && xid < active.firstXid + active.exchange.xids) return active;
      return undefined;
    },
    heard(active, now) {
      active.lastProgress = now;
      if (active.exchange.isDone()) forget(active);
      else if (active.exchange.isWaitingToWrite() && !writing.includes(active))
        writing.push(active);
    },
    cancel(exchange) {
      for (const active of [...all()]) if (active.exchange === exchange) forget(active);
    },
    write(out, size, now) {
      while (writing.length > 0 && out.size < size) {
        const active = writing[0] as Active;
        active.lastProgress = now;
        if (!active.exchange.write(active.firstXid, out, size)) return;
        writing.shift();
      }
    },
    expire(now) {
      for (const active of [...all()]) {
        if (now - active.lastProgress < timeoutMs) continue;
        forget(active);
        const request = active.exchange.describe();
        active.exchange.fail(new OpenFlowError({ code: "timeout", request, afterMs: timeoutMs }));
      }
    },
    nextExpiryMs() {
      let wake = Number.POSITIVE_INFINITY;
      for (const { lastProgress } of all()) wake = Math.min(wake, lastProgress + timeoutMs);
      return wake;
    },
    failAll(error) {
      const open = [...all()];
      single.clear();
      ranges.clear();
      writing = [];
      for (const { exchange } of open) exchange.fail(error);
    },
  };
}
