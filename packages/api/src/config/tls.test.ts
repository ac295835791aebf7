import assert from "node:assert/strict";
import { test } from "node:test";
import { createSecureContext, getCiphers } from "node:tls";
import { parseAgentConfig } from "./agent-config.ts";
import { servingTls } from "./tls.ts";

/** What an agent's configuration asks of its API. */
function tlsOf(text: string) {
  const parsed = parseAgentConfig(text, "f");
  assert.ok(parsed.kind === "accepted", JSON.stringify(parsed));
  assert.deepEqual(parsed.notActive, []);
  return servingTls(parsed.config);
}

const everySuite = [
  ...["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"],
  ...["ECDSA", "RSA"].flatMap((key) =>
    [
      ...["AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "AES_128_CBC_SHA", "AES_256_CBC_SHA"],
      ...["CHACHA20_POLY1305_SHA256", "CHACHA20_POLY1305"],
    ].map((cipher) => `TLS_ECDHE_${key}_WITH_${cipher}`),
  ),
];

test("servingTls() has a name of OpenSSL for every suite, and this Node.js offers it", () => {
  const offered = new Set(getCiphers());
  for (const name of everySuite) {
    const { ciphers = "" } = tlsOf(`tlsCipherSuites: ${name}\n`);
    assert.ok(offered.has(ciphers.toLowerCase()), `${name}: ${ciphers}`);
    createSecureContext({ ciphers });
  }
});

test("servingTls() speaks TLS 1.2 and later by itself, and never what is older", () => {
  assert.deepEqual(tlsOf(""), { minVersion: "TLSv1.2", ciphers: undefined, keyKind: "ecdsa" });
  for (const version of ["VersionTLS10", "VersionTLS11", "VersionTLS12"])
    assert.equal(tlsOf(`tlsMinVersion: ${version}\n`).minVersion, "TLSv1.2");
  assert.equal(tlsOf("tlsMinVersion: VersionTLS13\n").minVersion, "TLSv1.3");
});

test("servingTls() makes the key fit the suites of TLS 1.2", () => {
  const keyFor = (...names: readonly string[]) =>
    tlsOf(`tlsCipherSuites: ${names.join(",")}\n`).keyKind;
  const [rsa, ecdsa] = ["RSA", "ECDSA"].map((key) => `TLS_ECDHE_${key}_WITH_AES_128_GCM_SHA256`);
  assert.equal(keyFor(rsa ?? ""), "rsa");
  assert.equal(keyFor("TLS_AES_128_GCM_SHA256", rsa ?? ""), "rsa");
  assert.equal(keyFor(rsa ?? "", ecdsa ?? ""), "ecdsa");
  assert.equal(keyFor("TLS_AES_128_GCM_SHA256"), "ecdsa");
});

test("servingTls() leaves suites of TLS 1.2 out where 1.3 is the least", () => {
  const text = "tlsMinVersion: VersionTLS13\ntlsCipherSuites: ";
  const old = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
  assert.deepEqual(tlsOf(`${text}${old}\n`), {
    minVersion: "TLSv1.3",
    ciphers: undefined,
    keyKind: "ecdsa",
  });
  assert.equal(tlsOf(`${text}${old},TLS_AES_128_GCM_SHA256\n`).ciphers, "TLS_AES_128_GCM_SHA256");
});
