import assert from "node:assert/strict";
import { test } from "node:test";
import { glanceNews } from "./glance-news.ts";

test("glanceNews() wants a comparison at first, and then when the kernel told of a change", () => {
  const news = glanceNews();
  assert.equal(news.take("a", 0), true);
  assert.equal(news.take("a", 3000), false);
  news.heard();
  assert.equal(news.take("a", 6000), true);
  assert.equal(news.take("a", 9000), false);
});

test("glanceNews() wants a comparison when a glance shows something else", () => {
  const news = glanceNews();
  news.take("a", 0);
  assert.equal(news.take("b", 3000), true);
  assert.equal(news.take("b", 6000), false);
});

test("glanceNews() trusts silence for a minute", () => {
  const news = glanceNews();
  news.take("a", 0);
  assert.equal(news.take("a", 59_999), false);
  assert.equal(news.take("a", 60_000), true);
});

test("glanceNews() still wants a comparison that failed", () => {
  const news = glanceNews();
  news.take("a", 0);
  news.putBack();
  assert.equal(news.take("a", 3000), true);
});
