import assert from "node:assert/strict";
import { test } from "node:test";
import { shape } from "@antrea/base";
import { get, getWith, put } from "./endpoint.ts";
import { agentApi } from "./endpoints.ts";
import { callLocalApi, parseRequestTarget, requestTarget } from "./exchange.ts";
import { type Handlers, localApiRouter, refuse } from "./router.ts";

const level = shape.object({ level: shape.oneOf(["info", "debug"]) });
const api = {
  pods: getWith("/pods", "Pods", {
    query: { name: shape.optional(shape.text) },
    response: shape.list(shape.object({ name: shape.text })),
  }),
  level: get("/level", "Level", level),
  setLevel: put("/level", "Set the level", { body: level, response: level }),
  broken: get("/broken", "Fails", level),
} as const;

function server() {
  const failures: string[] = [];
  const handlers: Handlers<typeof api> = {
    pods({ query: { name } }) {
      if (name === "ghost") throw refuse(404, "There is no Pod ghost.");
      return [{ name: name ?? "all" }];
    },
    level: () => ({ level: "info" }),
    setLevel: ({ body }) => body,
    broken() {
      throw new Error("Out of paper", { cause: new Error("tray 2") });
    },
  };
  const answer = localApiRouter(api, handlers, { onFailure: (path) => failures.push(path) });
  return { answer, failures };
}
const options = { signal: new AbortController().signal };

test("callLocalApi() reaches a handler with query and body, and gives its answer", async () => {
  const { answer } = server();
  assert.deepEqual(await callLocalApi(api.pods, {}, answer, options), [{ name: "all" }]);
  assert.deepEqual(await callLocalApi(api.pods, { query: { name: "a" } }, answer, options), [
    { name: "a" },
  ]);
  const debug = { level: "debug" } as const;
  assert.deepEqual(await callLocalApi(api.setLevel, { body: debug }, answer, options), debug);
});

test("callLocalApi() throws the program's own sentence", async () => {
  const { answer, failures } = server();
  await assert.rejects(callLocalApi(api.pods, { query: { name: "ghost" } }, answer, options), {
    message: "There is no Pod ghost.",
    problem: { code: "refused", status: 404 },
  });
  await assert.rejects(callLocalApi(api.broken, {}, answer, options), {
    message: "Out of paper: tray 2",
    problem: { code: "refused", status: 500 },
  });
  assert.deepEqual(failures, ["/broken"]);
});

test("callLocalApi() says which part of an answer it does not understand", async () => {
  const transport = async () => ({ status: 200, body: '{"level":"loud"}' });
  await assert.rejects(callLocalApi(api.level, {}, transport, options), {
    problem: { code: "bad-answer" },
    message: /level is "loud", but must be one of info, debug/,
  });
  const broken = async () => ({ status: 502, body: "<html>" });
  await assert.rejects(callLocalApi(api.level, {}, broken, options), {
    message: "The program answered with status 502",
  });
});

test("localApiRouter() refuses what the API does not know, with a sentence", async () => {
  const { answer } = server();
  const ask = async (method: "GET" | "PUT", path: string, body = "") => {
    const response = await answer({ method, path, query: {}, body }, options);
    return [response.status, (JSON.parse(response.body) as { message?: string }).message];
  };
  assert.deepEqual(await ask("GET", "/levl"), [
    404,
    "There is no /levl here. Did you mean /level?",
  ]);
  assert.deepEqual(await ask("PUT", "/pods"), [405, "/pods answers to GET only."]);
  assert.deepEqual(await ask("PUT", "/level", "{"), [
    400,
    "In the body, The value is missing, but must be an object.",
  ]);
  assert.deepEqual(await ask("PUT", "/level", '{"level":1}'), [
    400,
    "In the body, level is 1, but must be one of info, debug.",
  ]);
});

test("parseRequestTarget() is the reverse of requestTarget()", () => {
  const request = { path: "/ovsflows", query: { pod: "shop/a b", table: "1,2&3=?" } };
  const target = requestTarget({ method: "GET", body: "", ...request });
  assert.deepEqual(parseRequestTarget(target), request);
});

test("agentApi has every path of Antrea's agent that this version serves", () => {
  const paths: readonly string[] = Object.values(agentApi).map(({ path }) => path);
  for (const path of [
    "/agentinfo",
    "/podinterfaces",
    "/ovsflows",
    "/featuregates",
    "/loglevel",
    "/ovstracing",
  ]) {
    assert.ok(paths.includes(path), path);
  }
});
