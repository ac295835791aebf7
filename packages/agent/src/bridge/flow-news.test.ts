import assert from "node:assert/strict";
import { test } from "node:test";
import type { FlowUpdate } from "@antrea/openflow";
import { parseFlow } from "@antrea/openflow/flow";
import { tables } from "@antrea/pipeline";
import { flowNews } from "./flow-news.ts";

const added = (text: string): FlowUpdate => ({ event: "added", flow: parseFlow(text) });

function told() {
  const news = flowNews();
  news.connected(true);
  return news;
}

test("flowNews() wants a comparison at first, and then when somebody else changed a flow", () => {
  const news = told();
  assert.equal(news.take(0), true);
  assert.equal(news.take(3000), false);
  news.heard(added("priority=1 actions=drop"));
  assert.equal(news.take(3200), true);
  assert.equal(news.take(3400), false);
});

test("flowNews() takes neither our own changes nor learned flows for news", () => {
  const news = told();
  news.take(0);
  news.heard({ event: "abbreviated", xid: 7 });
  for (const { id } of [tables.RecentDestinations, tables.SctpReplies])
    news.heard(added(`table=${id},idle_timeout=300,priority=1 actions=drop`));
  assert.equal(news.take(1), false);
  // of another table it is somebody's, and may stand in the place of ours
  news.heard(added("idle_timeout=300,priority=1 actions=drop"));
  assert.equal(news.take(2), true);
});

test("flowNews() trusts no switch that was out of room, and none for longer than five minutes", () => {
  const news = told();
  news.take(0);
  news.heard({ event: "paused" });
  assert.equal(news.take(1), true);
  assert.equal(news.take(300_000), false);
  assert.equal(news.take(300_001), true);
});

test("flowNews() calls those who follow, until they stop", () => {
  const news = told();
  let calls = 0;
  const stop = news.follow(() => calls++);
  news.heard(added("actions=drop"));
  stop();
  news.heard(added("actions=drop"));
  assert.equal(calls, 1);
});

test("flowNews() wants one always from a switch that tells nothing, and one that failed again", () => {
  const news = flowNews();
  assert.deepEqual([news.take(0), news.take(1)], [true, true]);
  news.connected(true);
  assert.deepEqual([news.take(2), news.take(3)], [true, false]);
  news.putBack();
  assert.equal(news.take(4), true);
});
