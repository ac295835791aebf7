import assert from "node:assert/strict";
import { test } from "node:test";
import { lifelines } from "../testing/node-rules.ts";
import { lifelineRules, serverAddress } from "./lifelines.ts";

test("serverAddress() reads addresses of both families, and no names", () => {
  assert.deepEqual(serverAddress("https://10.0.0.1:6443"), { address: "10.0.0.1", port: 6443 });
  assert.deepEqual(serverAddress("https://[fd00::1]"), { address: "fd00::1", port: 443 });
  assert.equal(serverAddress("https://api.example.com:6443"), undefined);
});

test("lifelineRules() begins with what is there already, and tells the API server's address where it is known", () => {
  const comments = (side: "In" | "Out", one = lifelines) =>
    lifelineRules(side, one).map(({ comment }) => comment);
  assert.equal(comments("In")[0], "Connections that are there, and errors of theirs");
  assert.equal(comments("Out").at(-1), "The agent to the API server");
  assert.notEqual(comments("In").at(-1), "The agent to the API server");
  const unknown = { ...lifelines, apiServer: undefined };
  assert.equal(comments("Out", unknown).at(-1), "Agents and controllers");
});
