import assert from "node:assert/strict";
import { test } from "node:test";
import { hostNews } from "./host-news.ts";

test("hostNews() wants a comparison at first, and then when the kernel told of a change", () => {
  const news = hostNews();
  assert.equal(news.take("a", 0), true);
  assert.equal(news.take("a", 3000), false);
  news.heard();
  assert.equal(news.take("a", 6000), true);
  assert.equal(news.take("a", 9000), false);
});

test("hostNews() wants a comparison when a glance shows something else", () => {
  const news = hostNews();
  news.take("a", 0);
  assert.equal(news.take("b", 3000), true);
  assert.equal(news.take("b", 6000), false);
});

test("hostNews() trusts silence for a minute", () => {
  const news = hostNews();
  news.take("a", 0);
  assert.equal(news.take("a", 59_999), false);
  assert.equal(news.take("a", 60_000), true);
});

test("hostNews() still wants a comparison that failed", () => {
  const news = hostNews();
  news.take("a", 0);
  news.putBack();
  assert.equal(news.take("a", 3000), true);
});
