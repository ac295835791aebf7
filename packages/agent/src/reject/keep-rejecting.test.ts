import assert from "node:assert/strict";
import { test } from "node:test";
import type { SwitchConnection } from "../bridge/switch-link.ts";
import { keepRejecting } from "./keep-rejecting.ts";

/** Connections of which each is there until it is closed, and how many are listened to. */
function link() {
  const opened: PromiseWithResolvers<Error>[] = [];
  let listeners = 0;
  const connection = async () => {
    const closed = Promise.withResolvers<Error>();
    opened.push(closed);
    return {
      closed: closed.promise,
      onPacketIn() {
        listeners += 1;
        return () => void (listeners -= 1);
      },
    } as unknown as SwitchConnection;
  };
  return { connection, opened, listeners: () => listeners };
}

const turns = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};

test("keepRejecting() listens on the next connection when one has closed, and ends with its signal while one is open", async () => {
  const { connection, opened, listeners } = link();
  const stop = new AbortController();
  const ended = keepRejecting({ connection }, stop.signal);
  await turns();
  opened[0]?.resolve(new Error("cut"));
  await turns();
  assert.equal(opened.length, 2);
  assert.equal(listeners(), 1);
  stop.abort();
  await assert.rejects(ended, { name: "AbortError" });
  assert.equal(listeners(), 0);
});
