import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteReader, ByteWriter, type DecodeError } from "@antrea/wire";
import { parseFlow } from "../flow/parse.ts";
import { bundleTypes } from "../message/bundle.ts";
import type { Features } from "../message/features.ts";
import { flowModOf } from "../message/flow-mod.ts";
import { decodeFrame, encodeFrame, type Frame, type Message } from "../message/messages.ts";
import { batch } from "./batch.ts";
import { bundle } from "./bundle.ts";
import type { OpenFlowError } from "./failure.ts";
import { createFramer } from "./framing.ts";
import { request } from "./request.ts";
import { createSession, type Session } from "./session.ts";

const features: Message = {
  kind: "featuresReply",
  datapathId: 1n,
  buffers: 0,
  tables: 254,
  auxiliaryId: 0,
  capabilities: 0,
  reserved: 0,
};

/** A session, what it told, and the other side's pen. */
interface Bench {
  readonly session: Session;
  readonly ready: Features[];
  readonly heard: Message[];
  readonly faults: DecodeError[];
  readonly closed: OpenFlowError[];
  /** The switch says this. */
  say(message: Message, xid: number, hasMore?: boolean): void;
  /** What the session has to say, as frames. */
  sent(): readonly Frame[];
  at(now: number): void;
}

function bench(): Bench {
  const framer = createFramer();
  let now = 0;
  const b = { ready: [], heard: [], faults: [], closed: [] } as {
    ready: Features[];
    heard: Message[];
    faults: DecodeError[];
    closed: OpenFlowError[];
  };
  const session = createSession(
    { probeIntervalMs: 1000, timeoutMs: 5000 },
    {
      onReady: (f) => b.ready.push(f),
      onMessage: (m) => b.heard.push(m),
      onFault: (f) => b.faults.push(f),
      onClosed: (e) => b.closed.push(e),
    },
    now,
  );
  return {
    session,
    ...b,
    say(message, xid, hasMore) {
      const out = new ByteWriter();
      encodeFrame(message, xid, out, hasMore);
      session.receive(out.finish(), now);
    },
    sent() {
      const frames: Frame[] = [];
      for (let bytes = session.takeOutput(1000, now); bytes; bytes = session.takeOutput(1000, now))
        for (const frame of framer.push(bytes)) frames.push(decodeFrame(ByteReader.of(frame)));
      return frames;
    },
    at(time) {
      now = time;
      session.tick(now);
    },
  };
}

function readyBench(): Bench {
  const b = bench();
  b.say({ kind: "hello", versions: [6] }, 0);
  b.say(features, 0);
  b.sent();
  return b;
}

/** What an exchange ends with. */
function outcome<T>(): {
  result: T | OpenFlowError | undefined;
  resolve(v: T): void;
  reject(e: OpenFlowError): void;
} {
  const o = {
    result: undefined as T | OpenFlowError | undefined,
    resolve: (value: T) => void (o.result = value),
    reject: (error: OpenFlowError) => void (o.result = error),
  };
  return o;
}

const failureOf = (result: unknown) => (result as OpenFlowError | undefined)?.failure;

test("createSession() greets, agrees on a version, asks for features and is ready", () => {
  const b = bench();
  assert.deepEqual(
    b.sent().map((f) => f.message.kind),
    ["hello"],
  );
  b.say({ kind: "hello", versions: [1, 4, 6] }, 0);
  assert.deepEqual(
    b.sent().map((f) => f.message.kind),
    ["setConfig", "setPacketInFormat", "featuresRequest"],
  );
  b.say(features, 4);
  assert.equal(b.ready[0]?.tables, 254);
});

test("createSession() ends with the other side's versions when 1.5 is none of them", () => {
  const b = bench();
  b.say({ kind: "hello", versions: [1, 4] }, 0);
  assert.deepEqual(failureOf(b.closed[0]), { code: "version", theirs: [1, 4] });
});

test("receive() gives the same frames wherever the stream is cut", () => {
  const out = new ByteWriter();
  encodeFrame({ kind: "hello", versions: [6] }, 0, out);
  encodeFrame(features, 4, out);
  encodeFrame({ kind: "echoRequest", data: Uint8Array.of(1, 2, 3) }, 9, out);
  const bytes = out.finish();
  for (let cut = 0; cut <= bytes.length; cut++) {
    const b = bench();
    b.session.receive(bytes.subarray(0, cut), 0);
    b.session.receive(bytes.subarray(cut), 0);
    const last = b.sent().at(-1);
    assert.equal(b.ready.length, 1, `cut at ${cut}`);
    assert.deepEqual([last?.message.kind, last?.xid], ["echoReply", 9]);
  }
});

test("receive() skips and reports a frame that it does not understand, and goes on", () => {
  const b = readyBench();
  b.session.receive(Uint8Array.of(6, 14, 0, 16, 0, 0, 0, 9, 1, 2, 3, 4, 5, 6, 7, 8), 0);
  assert.deepEqual(
    b.faults.map((f) => f.problem.code),
    ["truncated"],
  );
  b.say({ kind: "echoRequest", data: new Uint8Array() }, 7);
  assert.deepEqual(
    b.sent().map((f) => [f.message.kind, f.xid]),
    [["echoReply", 7]],
  );
});

test("receive() ends the session at a frame length that cannot be", () => {
  const b = readyBench();
  b.session.receive(Uint8Array.of(6, 2, 0, 7, 0, 0, 0, 9), 0);
  assert.equal(failureOf(b.closed[0])?.code, "closed");
});

test("request() resolves with all parts of its own reply, whatever comes between", () => {
  const b = readyBench();
  const a = outcome<readonly Message[]>();
  const other = outcome<readonly Message[]>();
  b.session.start(request({ kind: "tableStatsRequest" }, a), 0);
  b.session.start(request({ kind: "descRequest" }, other), 0);
  const [first, second] = b.sent();
  const part: Message = { kind: "tableStatsReply", items: [] };
  b.say(part, first?.xid ?? 0, true);
  b.say(
    { kind: "error", name: "", type: 1, code: 2, experimenter: 0, data: new Uint8Array() },
    second?.xid ?? 0,
  );
  assert.equal(a.result, undefined);
  b.say(part, first?.xid ?? 0);
  assert.deepEqual(a.result, [part, part]);
  assert.deepEqual(failureOf(other.result), {
    code: "refused",
    refusals: [{ error: "OFPBRC_BAD_STAT", request: "descRequest" }],
  });
});

test("request() fails at once when its reply is not understood", () => {
  const b = readyBench();
  const a = outcome<readonly Message[]>();
  b.session.start(request({ kind: "tableStatsRequest" }, a), 0);
  const xid = b.sent()[0]?.xid ?? 0;
  b.session.receive(
    Uint8Array.of(6, 19, 0, 20, 0, 0, 0, xid, 0, 3, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4),
    0,
  );
  assert.equal(failureOf(a.result)?.code, "bad-reply");
});

test("request() times out without progress, and a late reply is just a message", () => {
  const b = readyBench();
  const a = outcome<readonly Message[]>();
  b.session.start(request({ kind: "descRequest" }, a), 0);
  const xid = b.sent()[0]?.xid ?? 0;
  b.say({ kind: "echoReply", data: new Uint8Array() }, 0);
  for (const now of [900, 1800, 2600, 3400, 4200, 4999]) {
    b.at(now);
    b.say({ kind: "echoReply", data: new Uint8Array() }, 0);
  }
  assert.equal(a.result, undefined);
  b.at(5000);
  assert.deepEqual(failureOf(a.result), { code: "timeout", request: "descRequest", afterMs: 5000 });
  b.say({ kind: "tableStatsReply", items: [] }, xid);
  assert.equal(b.heard.length, 1);
});

test("tick() asks a silent switch whether it is there, once, and gives it up after three times that", () => {
  const b = readyBench();
  b.at(999);
  assert.deepEqual(b.sent(), []);
  assert.equal(b.session.nextWakeMs(), 1000);
  b.at(1000);
  assert.deepEqual(
    b.sent().map((f) => f.message.kind),
    ["echoRequest"],
  );
  b.at(2000);
  assert.deepEqual(b.sent(), []);
  b.at(3000);
  assert.deepEqual(failureOf(b.closed[0]), { code: "closed", reason: "the switch is silent" });
});

test("close() fails what is open, once, and what is asked afterwards", () => {
  const b = readyBench();
  const a = outcome<readonly Message[]>();
  const late = outcome<void>();
  b.session.start(request({ kind: "descRequest" }, a), 0);
  b.session.close("test");
  b.session.close("again");
  b.session.start(batch([], late), 0);
  assert.equal(b.closed.length, 1);
  assert.equal(failureOf(a.result)?.code, "closed");
  assert.equal(failureOf(late.result)?.code, "closed");
});

test("batch() rejects with the messages that were refused, when the barrier is answered", () => {
  const b = readyBench();
  const a = outcome<void>();
  const mods = [1, 2, 3].map((p) => flowModOf("add", parseFlow(`priority=${p} actions=drop`)));
  b.session.start(batch(mods, a), 0);
  const frames = b.sent();
  const refuse = {
    kind: "error",
    name: "",
    type: 5,
    code: 1,
    experimenter: 0,
    data: new Uint8Array(),
  } as const;
  b.say(refuse, frames[1]?.xid ?? 0);
  assert.equal(a.result, undefined);
  b.say({ kind: "barrierReply" }, frames[3]?.xid ?? 0);
  assert.deepEqual(failureOf(a.result), {
    code: "refused",
    refusals: [
      { error: "OFPFMFC_TABLE_FULL", request: "add priority=2 actions=drop", flow: mod(2).flow },
    ],
  });
});

const mod = (priority: number) => flowModOf("add", parseFlow(`priority=${priority} actions=drop`));
const control = (type: keyof typeof bundleTypes): Message => ({
  kind: "bundleControl",
  bundle: 1,
  type: bundleTypes[type],
  flags: 3,
});

test("bundle() opens, adds and closes without waiting, and commits when the close is answered", () => {
  const b = readyBench();
  const a = outcome<void>();
  b.session.start(bundle(1, [mod(1), mod(2)], a), 0);
  const frames = b.sent();
  assert.deepEqual(
    frames.map(({ message: m }) => (m.kind === "bundleControl" ? m.type : m.kind)),
    [bundleTypes.openRequest, "bundleAdd", "bundleAdd", bundleTypes.closeRequest],
  );
  b.say(control("openReply"), frames[0]?.xid ?? 0);
  assert.deepEqual(b.sent(), []);
  b.say(control("closeReply"), frames[3]?.xid ?? 0);
  const [commit] = b.sent();
  assert.deepEqual(commit?.message, control("commitRequest"));
  assert.equal(a.result, undefined);
  let isDone = false;
  a.resolve = () => void (isDone = true);
  b.session.start(bundle(2, [], a), 0);
  b.say(control("commitReply"), commit?.xid ?? 0);
  assert.ok(isDone);
});

test("bundle() discards when a message was refused, and names it", () => {
  const b = readyBench();
  const a = outcome<void>();
  b.session.start(bundle(1, [mod(1), mod(2)], a), 0);
  const frames = b.sent();
  b.say(
    { kind: "error", name: "", type: 2, code: 15, experimenter: 0, data: new Uint8Array() },
    frames[2]?.xid ?? 0,
  );
  b.say(control("closeReply"), frames[3]?.xid ?? 0);
  const [discard] = b.sent();
  assert.deepEqual(discard?.message, control("discardRequest"));
  b.say(control("discardReply"), discard?.xid ?? 0);
  assert.deepEqual(failureOf(a.result), {
    code: "refused",
    refusals: [
      {
        error: "OFPBAC_BAD_SET_ARGUMENT",
        request: "add priority=2 actions=drop",
        flow: mod(2).flow,
      },
    ],
  });
});

test("bundle() names the message that failed at the commit rather than the commit", () => {
  const b = readyBench();
  const a = outcome<void>();
  b.session.start(bundle(1, [mod(1), mod(2)], a), 0);
  const frames = b.sent();
  b.say(control("closeReply"), frames[3]?.xid ?? 0);
  const [commit] = b.sent();
  b.say(
    { kind: "error", name: "", type: 2, code: 9, experimenter: 0, data: new Uint8Array() },
    frames[1]?.xid ?? 0,
  );
  b.say(
    { kind: "error", name: "", type: 17, code: 13, experimenter: 0, data: new Uint8Array() },
    commit?.xid ?? 0,
  );
  assert.deepEqual(failureOf(a.result), {
    code: "refused",
    refusals: [
      { error: "OFPBAC_BAD_OUT_GROUP", request: "add priority=1 actions=drop", flow: mod(1).flow },
    ],
  });
});

test("takeOutput() gives a big bundle in pieces of about the size asked for", () => {
  const b = readyBench();
  b.session.start(
    bundle(
      1,
      Array.from({ length: 1000 }, (_, i) => mod(i)),
      outcome<void>(),
    ),
    0,
  );
  let count = 0;
  for (let bytes = b.session.takeOutput(4096, 0); bytes; bytes = b.session.takeOutput(4096, 0)) {
    assert.ok(bytes.length < 4096 + 200, `${bytes.length} bytes`);
    count++;
  }
  assert.ok(count > 15);
});
