import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanText, connectionError, isKubeError, statusError } from "./error.ts";

const asked = "GET https://10.0.0.1:6443/api/v1/nodes";

test("statusError() says what was asked, what came back and what to do", () => {
  const error = statusError(asked, 403, {
    kind: "Status",
    reason: "Forbidden",
    message: 'nodes is forbidden: User "a" cannot list',
  });
  assert.equal(error.code, "forbidden");
  assert.equal(
    error.message,
    `${asked}: 403 Forbidden: nodes is forbidden: User "a" cannot list. ` +
      "Grant this user or service account the verb on the resource, by a (Cluster)Role and its binding",
  );
});

test("statusError() gives each status its code", () => {
  const codes = Object.fromEntries(
    [400, 401, 403, 404, 409, 410, 415, 422, 429, 500, 503, 302].map((status) => [
      status,
      statusError(asked, status, "").code,
    ]),
  );
  assert.deepEqual(codes, {
    302: "server-error",
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    404: "not-found",
    409: "conflict",
    410: "expired",
    415: "invalid",
    422: "invalid",
    429: "too-many-requests",
    500: "server-error",
    503: "server-error",
  });
  const exists = statusError(asked, 409, { kind: "Status", reason: "AlreadyExists" });
  assert.equal(exists.code, "already-exists");
});

test("statusError() takes the wait from Retry-After or from the Status, within reason", () => {
  const body = { kind: "Status", details: { retryAfterSeconds: 2 } };
  assert.equal(statusError(asked, 429, body).retryAfterMs, 2000);
  assert.equal(statusError(asked, 429, body, "3").retryAfterMs, 3000);
  assert.equal(statusError(asked, 429, "", "999999").retryAfterMs, 300_000);
  for (const nonsense of ["-1", "soon", "", "NaN"])
    assert.equal(statusError(asked, 429, "", nonsense).retryAfterMs, undefined, nonsense);
});

test("statusError() names the causes", () => {
  const causes = [{ reason: "ResourceVersionTooLarge" }, "nonsense", { reason: 7 }];
  const error = statusError(asked, 504, { kind: "Status", details: { causes } });
  assert.deepEqual(error.causes, ["ResourceVersionTooLarge"]);
});

test("statusError() keeps what strangers wrote on one short line", () => {
  const message = `evil\u001b[2J\r\n${"x".repeat(10_000)}`;
  const error = statusError(asked, 500, { kind: "Status", message });
  assert.ok(error.message.length < 1000);
  assert.doesNotMatch(error.message, /\p{Cc}/u);
});

test("cleanText() cuts and cleans", () => {
  assert.equal(cleanText("a\u0000\u2028b\tc", 10), "a b c");
  assert.equal(cleanText("abcdef", 3), "abc…");
});

test("connectionError() tells an untrusted certificate from a closed door and a cut line", () => {
  const system = (code: string) => Object.assign(new Error(code), { code });
  const codeOf = (code: string, answered = false) =>
    connectionError(asked, system(code), answered).code;
  assert.equal(codeOf("ECONNREFUSED"), "unreachable");
  assert.equal(codeOf("ENOTFOUND"), "unreachable");
  assert.equal(codeOf("ECONNRESET"), "cut");
  assert.equal(codeOf("EXYZ", true), "cut");
  assert.equal(codeOf("SELF_SIGNED_CERT_IN_CHAIN"), "tls");
  assert.equal(codeOf("ERR_TLS_CERT_ALTNAME_INVALID"), "tls");
});

test("isKubeError() narrows by code", () => {
  const error: unknown = statusError(asked, 404, "");
  assert.ok(isKubeError(error) && isKubeError(error, "expired", "not-found"));
  assert.ok(!isKubeError(error, "conflict") && !isKubeError(new Error("x")));
});
