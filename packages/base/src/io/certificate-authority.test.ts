import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { certificateAuthority, type KeyKind } from "./certificate-authority.ts";

const names = {
  commonName: "antrea-agent",
  dnsNames: ["localhost", "antrea.kube-system.svc"],
  ipAddresses: [Uint8Array.of(127, 0, 0, 1), new Uint8Array(16).with(15, 1)],
};
const term = { nowMs: Date.UTC(2049, 11, 1), forMs: 86_400_000 * 365 };

for (const kind of ["ecdsa", "rsa"] as const satisfies readonly KeyKind[])
  test(`certificateAuthority() signs with ${kind} what Node.js and openssl understand and accept`, async (t) => {
    const authority = await certificateAuthority(names, kind, term);
    const { cert, key, notAfterMs } = await authority.issue(term.nowMs, 3600_000);
    const [ca, leaf] = [new X509Certificate(authority.cert), new X509Certificate(cert)];
    assert.equal(ca.ca, true);
    assert.equal(leaf.ca, false);
    assert.ok(ca.verify(ca.publicKey) && leaf.verify(ca.publicKey) && leaf.checkIssued(ca));
    assert.ok(leaf.checkPrivateKey(createPrivateKey(key)));
    assert.equal(
      leaf.subjectAltName,
      "DNS:localhost, DNS:antrea.kube-system.svc, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
    );
    assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
    assert.equal(Date.parse(leaf.validTo), notAfterMs);
    assert.equal(Date.parse(ca.validTo), term.nowMs + term.forMs, "past 2049 in GeneralizedTime");
    assert.equal(await opensslVerify(t, authority.cert, cert), "leaf.pem: OK");
  });

/** openssl, in strict mode, with the time of the certificates and as a client of a server. */
async function opensslVerify(t: TestContext, ca: string, leaf: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "antrea-x509-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "ca.pem"), ca);
  writeFileSync(join(folder, "leaf.pem"), leaf);
  const how = ["-x509_strict", "-purpose", "sslserver", "-attime", String(term.nowMs / 1000)];
  const argv = ["verify", ...how, "-CAfile", "ca.pem", "leaf.pem"];
  return (await promisify(execFile)("openssl", argv, { cwd: folder })).stdout.trim();
}

test("certificateAuthority() lets no certificate outlive its own, and gives each another serial number and key", async () => {
  const authority = await certificateAuthority(names, "ecdsa", { nowMs: 0, forMs: 1_000 });
  const issued = [await authority.issue(0, 5_000), await authority.issue(0, 5_000)];
  assert.deepEqual(
    issued.map(({ notAfterMs }) => notAfterMs),
    [1_000, 1_000],
  );
  const serials = issued.map(({ cert }) => new X509Certificate(cert).serialNumber);
  assert.notEqual(serials[0], serials[1]);
  assert.notEqual(issued[0]?.key, issued[1]?.key);
});
