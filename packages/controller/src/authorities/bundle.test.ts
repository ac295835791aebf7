import assert from "node:assert/strict";
import { test } from "node:test";
import { X509Certificate } from "node:crypto";
import { certificateAuthority } from "@antrea/base/io/certificates";
import { mergeAuthorities } from "./bundle.ts";

const hour = 3600_000;
const names = { commonName: "antrea-controller", dnsNames: [], ipAddresses: [] };
const authority = async (nowMs: number, forMs = hour) =>
  String(new X509Certificate((await certificateAuthority(names, "ecdsa", { nowMs, forMs })).cert));

test("mergeAuthorities() keeps those of other controllers, the newest last, and is then content", async () => {
  const [older, newer] = [await authority(2 * hour), await authority(3 * hour)];
  const both = mergeAuthorities(newer, older, 2.5 * hour);
  assert.equal(both, older + newer);
  assert.equal(mergeAuthorities(both, older, 2.5 * hour), both);
  assert.equal(mergeAuthorities(both, newer, 2.5 * hour), both);
  assert.equal(mergeAuthorities("", older, 2.5 * hour), older);
});

test("mergeAuthorities() drops what has ended and what is no authority", async () => {
  const [ended, own] = [await authority(0), await authority(5 * hour)];
  const signer = await certificateAuthority(names, "ecdsa", { nowMs: 5 * hour, forMs: hour });
  const { cert: server } = await signer.issue(5 * hour, hour);
  const nonsense = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  assert.equal(mergeAuthorities(`${ended}${server}${nonsense}x`, own, 5.5 * hour), own);
});

test("mergeAuthorities() has a bound, within which its own always are", async () => {
  const others = await Promise.all(
    Array.from({ length: 30 }, (_, i) => authority((10 + i) * hour, 99 * hour)),
  );
  const own = await authority(1 * hour, 99 * hour);
  const merged = mergeAuthorities(others.join(""), own, 50 * hour);
  assert.equal(merged, own + others.slice(-15).join(""));
});
