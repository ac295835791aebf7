import assert from "node:assert/strict";
import { test } from "node:test";
import { type GateLimits, gate, type Reviewers } from "./gate.ts";
import type { UserInfo } from "./review.ts";

const jane: UserInfo = { username: "jane", uid: "1", groups: ["system:authenticated"], extra: {} };
const metrics = { verb: "get", path: "/metrics" } as const;

/** An API server that knows the token "good", and lets jane get /metrics. */
function world(more: Partial<Reviewers> = {}, limits?: GateLimits) {
  const asked: string[] = [];
  const clock = { ms: 0 };
  const admit = gate(
    {
      async authenticate(token) {
        asked.push("who");
        return token === "good" ? jane : undefined;
      },
      async authorize(_, access) {
        const path = "path" in access ? access.path : access.resource;
        asked.push(`may ${path}`);
        return { isAllowed: path === "/metrics", reason: "" };
      },
      ...more,
    },
    () => clock.ms,
    limits,
  );
  return { admit, asked, clock };
}

test("gate() lets in whom the API server knows and allows", async () => {
  const { admit } = world();
  assert.deepEqual(await admit("Bearer good", metrics), { kind: "allowed", user: jane });
  assert.equal((await admit("bearer  good", metrics)).kind, "allowed");
});

test("gate() asks nobody about what is no bearer token, and says what would be", async () => {
  const { admit, asked } = world();
  const long = `Bearer ${"x".repeat(10_000)}`;
  for (const header of [undefined, "", "Basic Z29vZA==", "Bearer ", "Bearer a b", "good", long]) {
    const verdict = await admit(header, metrics);
    assert.ok(verdict.kind === "refused" && verdict.status === 401, header);
    assert.match(verdict.message, /kubectl -n kube-system create token antctl/);
  }
  assert.deepEqual(asked, []);
});

test("gate() refuses a token that is not known with 401, and what is not allowed with 403 and a remedy", async () => {
  const { admit } = world();
  const unknown = await admit("Bearer bad", metrics);
  assert.ok(unknown.kind === "refused" && unknown.status === 401);
  assert.match(unknown.message, /does not know this token/);
  const forbidden = await admit("Bearer good", { verb: "put", path: "/loglevel" });
  assert.ok(forbidden.kind === "refused" && forbidden.status === 403);
  assert.match(forbidden.message, /User "jane" may not put "\/loglevel".*nonResourceURLs/);
});

test("gate() asks the same once in ten seconds, also when many ask at a time, and tells refusals the same way", async () => {
  const { admit, asked, clock } = world();
  await Promise.all(Array.from({ length: 50 }, () => admit("Bearer good", metrics)));
  await Promise.all(Array.from({ length: 50 }, () => admit("Bearer bad", metrics)));
  assert.deepEqual(asked, ["who", "may /metrics", "who"]);
  await admit("Bearer good", { verb: "get", path: "/nodes" });
  assert.equal(asked.length, 4, "another path is another question");
  clock.ms = 10_001;
  await admit("Bearer good", metrics);
  assert.equal(asked.length, 6);
});

test("gate() says 503 while the API server does not answer, and asks again afterwards", async () => {
  let isAway = true;
  const { admit } = world({
    async authenticate() {
      if (isAway) throw new Error("connection refused");
      return jane;
    },
  });
  const verdict = await admit("Bearer good", metrics);
  assert.ok(verdict.kind === "refused" && verdict.status === 503);
  assert.match(verdict.message, /connection refused/);
  isAway = false;
  assert.equal((await admit("Bearer good", metrics)).kind, "allowed");
});

/** Everybody of `count` callers asks at once; what became of them. */
async function crowd(count: number, limits?: GateLimits) {
  let waiting = 0;
  let most = 0;
  const { admit } = world(
    {
      async authenticate() {
        most = Math.max(most, ++waiting);
        await new Promise((resolve) => setImmediate(resolve));
        waiting -= 1;
        return undefined;
      },
    },
    limits,
  );
  const verdicts = await Promise.all(
    Array.from({ length: count }, (_, i) => admit(`Bearer guess-${i}`, metrics)),
  );
  const statuses = verdicts.map((one) => one.kind === "refused" && one.status);
  const countOf = (wanted: number) => statuses.filter((status) => status === wanted).length;
  return { most, unknown: countOf(401), tooMany: countOf(429) };
}

test("gate() hands the API server no more than 32 questions of guessers at a time", async () => {
  assert.deepEqual(await crowd(100), { most: 32, unknown: 32, tooMany: 68 });
});

test("gate() has as many wait their turn as it is told, and forgets none of them", async () => {
  const limits = { remembered: 10, waiting: 60 };
  assert.deepEqual(await crowd(100, limits), { most: 32, unknown: 92, tooMany: 8 });
});
