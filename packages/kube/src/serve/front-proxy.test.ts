import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { certificateAuthority } from "../testing/certificates.ts";
import { forwardedUser, parseFrontProxy } from "./front-proxy.ts";

const folder = await mkdtemp(join(tmpdir(), "antrea-front-proxy-"));
after(() => rm(folder, { recursive: true, force: true }));
const authority = await certificateAuthority(folder, "front");
const stranger = await certificateAuthority(folder, "stranger");
const certificate = async (path: string) => new X509Certificate(await readFile(path));
const own = await certificate((await authority.issue("own", "/CN=front-proxy-client")).cert);
const other = await certificate((await authority.issue("other", "/CN=somebody")).cert);
const forged = await certificate((await stranger.issue("forged", "/CN=front-proxy-client")).cert);

const data = {
  "requestheader-client-ca-file": await readFile(authority.cert, "utf8"),
  "requestheader-allowed-names": '["front-proxy-client"]',
  "requestheader-username-headers": '["X-Remote-User"]',
  "requestheader-group-headers": '["X-Remote-Group"]',
  "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
};
const headers = {
  "x-remote-user": ["jane"],
  "x-remote-group": ["developers", "a,b"],
  "x-remote-extra-authentication.kubernetes.io%2fnode-name": ["node-1"],
};
const now = Date.now();

test("forwardedUser() reads whom the API server asks for, each group and each escaped name", () => {
  assert.deepEqual(forwardedUser(parseFrontProxy(data), own, headers, now), {
    ...{ username: "jane", uid: "", groups: ["developers", "a,b"] },
    extra: { "authentication.kubernetes.io/node-name": ["node-1"] },
  });
});

test("forwardedUser() believes nobody with another certificate, name, or time, and no empty user", () => {
  const proxy = parseFrontProxy(data);
  for (const one of [undefined, other, forged])
    assert.equal(forwardedUser(proxy, one, headers, now), undefined);
  assert.equal(forwardedUser(proxy, own, headers, now + 10 * 86_400_000), undefined);
  assert.equal(forwardedUser(proxy, own, { "x-remote-user": [""] }, now), undefined);
  assert.equal(forwardedUser(undefined, own, headers, now), undefined);
});

test("parseFrontProxy() is undefined for a cluster whose API server asks nobody, and for nonsense", () => {
  assert.equal(parseFrontProxy({}), undefined);
  assert.equal(parseFrontProxy({ ...data, "requestheader-client-ca-file": "nonsense" }), undefined);
  assert.equal(parseFrontProxy({ ...data, "requestheader-username-headers": "{" }), undefined);
});
