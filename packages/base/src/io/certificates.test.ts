import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { silentLogger } from "../log.ts";
import { manualClock } from "../testing/clock.ts";
import type { ServingCertificate } from "../x509/rotation.ts";
import { certificateAuthority } from "./certificate-authority.ts";
import { type CertificateSource, fileCertificates, ownCertificates } from "./certificates.ts";

const names = { commonName: "test", dnsNames: ["localhost"], ipAddresses: [] };
const hour = 3600_000;

/** Follows a source, with the clock in the test's hand. */
function followed(t: TestContext, source: CertificateSource) {
  const seen: ServingCertificate[] = [];
  const stop = new AbortController();
  const running = source.follow((next) => seen.push(next), stop.signal);
  t.after(async () => {
    stop.abort();
    await running;
  });
  return seen;
}

/** Lets promises, files and keys of the source be done. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = AbortSignal.timeout(10_000);
  while (!condition()) {
    if (deadline.aborted) assert.fail("it does not come");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("ownCertificates() replace a certificate before it ends, by the same authority", async (t) => {
  const clock = manualClock();
  const terms = {
    authorityMs: 100 * hour,
    serverMs: 10 * hour,
    renewMs: 3 * hour,
    announceMs: hour,
  };
  const source = ownCertificates({ names, kind: "ecdsa", clock, log: silentLogger, terms });
  const first = await source.first();
  const seen = followed(t, source);
  for (let passed = 0; passed < 8; passed++) {
    clock.advance(hour);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await until(() => seen.length === 1);
  const [next] = seen;
  assert.notEqual(next?.cert, first.cert);
  assert.equal(next?.authorities, first.authorities);
  assert.ok(
    new X509Certificate(next?.cert ?? "").checkIssued(new X509Certificate(first.authorities)),
  );
});

test("fileCertificates() are read again when they change, and a pair that does not fit is told and not shown", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "antrea-certificates-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const authority = await certificateAuthority(names, "ecdsa", { nowMs: 0, forMs: hour });
  const write = (pair: { readonly cert: string; readonly key: string }) => {
    writeFileSync(join(folder, "tls.crt"), pair.cert);
    writeFileSync(join(folder, "tls.key"), pair.key);
  };
  const [one, two] = [await authority.issue(0, hour), await authority.issue(0, hour)];
  const clock = manualClock();
  const warnings: unknown[] = [];
  const log = {
    ...silentLogger,
    warn: (_: string, data?: Readonly<Record<string, unknown>>) => warnings.push(data?.["err"]),
  };
  const source = fileCertificates({ folder, clock, log, lookMs: 1_000 });
  await assert.rejects(source.first(), /tls\.(crt|key)/, "whichever is looked for first");
  write(one);
  assert.equal((await source.first()).authorities, one.cert, "who has no ca.crt trusts itself");
  const seen = followed(t, source);

  write({ cert: two.cert, key: one.key });
  await advance(clock, 3);
  await until(() => warnings.length > 0);
  assert.equal(seen.length, 0);
  assert.match(String(warnings), /tls\.key is not the key of/);
  assert.equal(warnings.length, 1, "it is told once");

  write(two);
  writeFileSync(join(folder, "ca.crt"), authority.cert);
  await advance(clock, 2);
  await until(() => seen.length > 0);
  const { cert, key } = two;
  assert.deepEqual(seen, [{ cert, key, authorities: authority.cert }]);
});

async function advance(clock: ReturnType<typeof manualClock>, seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed++) {
    clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}
