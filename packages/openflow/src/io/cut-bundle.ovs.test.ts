import assert from "node:assert/strict";
import { createConnection, createServer } from "node:net";
import { after, before, test } from "node:test";
import * as of from "../flow/index.ts";
import { type Ovs, startOvs } from "../testing/start-ovs.ts";
import { connectInTest } from "../testing/connect-in-test.ts";

let ovs: Ovs;
before(async () => {
  ovs = await startOvs();
  await ovs.addBridge("br0", ["p1"]);
});
after(async () => {
  await ovs?.stop();
});

const flows = Array.from({ length: 500 }, (_, i) =>
  of.parseFlow(`table=7,priority=${i + 1},ip,nw_dst=10.1.${i >> 8}.${i & 255} actions=drop`),
);

/** A switch that hangs up on us once it has got that many bytes; and how many it got. */
async function switchThatHangsUp(path: string, afterBytes: number) {
  let sizeBytes = 0;
  const server = createServer((ours) => {
    const theirs = createConnection(ovs.mgmtSocket("br0"));
    const hangUp = (): void => {
      ours.destroy();
      theirs.destroy();
    };
    ours.on("data", (chunk: Buffer) => {
      theirs.write(chunk.subarray(0, Math.max(0, afterBytes - sizeBytes)));
      sizeBytes += chunk.length;
      // what was let through is read before the end is
      if (sizeBytes >= afterBytes) theirs.end(() => ours.destroy());
    });
    theirs.on("data", (chunk: Buffer) => ours.write(chunk));
    for (const one of [ours, theirs]) one.on("error", hangUp).on("close", hangUp);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    sizeBytes: () => sizeBytes,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** How many of the flows the switch has; all are removed afterwards. */
async function countAndClear(): Promise<number> {
  const connection = await connectInTest(ovs.mgmtSocket("br0"));
  const there = (await connection.dumpFlows({ table: 7 })).map((stats) => stats.flow);
  await connection.apply({ flows: of.diffFlows(there, []) });
  await connection.close();
  return there.length;
}

/** Sends all flows in one bundle through a switch that hangs up; whether that was confirmed, and the bytes it took. */
async function send(afterBytes: number): Promise<{ isDone: boolean; sizeBytes: number }> {
  const path = `${ovs.mgmtSocket("br0")}.relay`;
  await using relay = await switchThatHangsUp(path, afterBytes);
  const connection = await connectInTest(path);
  const done = connection.apply({ flows: of.diffFlows([], flows) });
  const isDone = await done.then(
    () => true,
    () => false,
  );
  const sizeBytes = relay.sizeBytes();
  await connection.close();
  return { isDone, sizeBytes };
}

test("apply() of a bundle is rejected where the switch hangs up in its midst, wherever that is, and the switch has none of it", async () => {
  const whole = await send(Number.POSITIVE_INFINITY);
  assert.ok(whole.isDone);
  assert.equal(await countAndClear(), flows.length);
  const cuts = [0.1, 0.3, 0.5, 0.7, 0.9].map((part) => Math.floor(whole.sizeBytes * part));
  for (const cut of [...cuts, whole.sizeBytes - 30]) {
    assert.equal((await send(cut)).isDone, false, `cut after ${cut} of ${whole.sizeBytes} bytes`);
    assert.equal(await countAndClear(), 0, `cut after ${cut} of ${whole.sizeBytes} bytes`);
  }
  assert.ok((await send(Number.POSITIVE_INFINITY)).isDone, "a switch that does not is served");
  assert.equal(await countAndClear(), flows.length);
});
