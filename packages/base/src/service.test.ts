import assert from "node:assert/strict";
import { test } from "node:test";
import { errorText } from "./errors.ts";
import { silentLogger } from "./log.ts";
import { type Service, serviceHost } from "./service.ts";

function bench(failing: { readonly start?: string; readonly stop?: string } = {}) {
  const events: string[] = [];
  const service = (name: string): Service => ({
    name,
    async start() {
      events.push(`start ${name}`);
      if (failing.start === name) throw new Error("no luck");
    },
    async stop() {
      events.push(`stop ${name}`);
      if (failing.stop === name) throw new Error("stuck");
    },
  });
  return { events, host: serviceHost(["a", "b", "c"].map(service), silentLogger) };
}

const always = new AbortController().signal;

test("serviceHost() starts in the order given and stops in reverse, once", async () => {
  const { events, host } = bench();
  await host.start(always);
  await host.stop();
  await host.stop();
  assert.deepEqual(events, ["start a", "start b", "start c", "stop c", "stop b", "stop a"]);
});

test("serviceHost() stops what it started when one does not start, that one too, and says which", async () => {
  const { events, host } = bench({ start: "b" });
  await assert.rejects(host.start(always), (error) => {
    assert.equal(errorText(error), "Could not start b: no luck");
    return true;
  });
  assert.deepEqual(events, ["start a", "start b", "stop b", "stop a"]);
});

test("serviceHost() goes on stopping when one does not stop", async () => {
  const { events, host } = bench({ stop: "b" });
  await host.start(always);
  await host.stop();
  assert.deepEqual(events.slice(3), ["stop c", "stop b", "stop a"]);
});

test("serviceHost() stops what it started when its signal aborts half-way, with the signal's reason", async () => {
  const { events } = bench();
  const controller = new AbortController();
  const first: Service = {
    name: "first",
    start: async () => controller.abort(new Error("enough")),
    stop: async () => void events.push("stop first"),
  };
  const second: Service = { name: "second", start: () => assert.fail(), stop: () => assert.fail() };
  const host = serviceHost([first, second], silentLogger);
  await assert.rejects(host.start(controller.signal), /^Error: enough$/);
  assert.deepEqual(events, ["stop first"]);
});
