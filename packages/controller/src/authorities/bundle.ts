import type { X509Certificate } from "node:crypto";
import { certificatesOf } from "@antrea/base/x509";

/** More than there are controllers; whoever falls out and lives adds himself again. */
const mostAuthorities = 16;

/**
 * A bundle that has the authorities in `own`, and those that others put into `known` and that are still
 * valid: each controller signs with an authority of its own, and clients may meet any of them. What is no
 * certificate is left out. The newest come last.
 */
export function mergeAuthorities(known: string, own: string, nowMs: number): string {
  const mine = new Map(certificatesOf(own).map((one) => [one.fingerprint256, one]));
  const others = certificatesOf(known)
    .filter(({ fingerprint256 }) => !mine.has(fingerprint256))
    .filter(({ validTo, ca }) => ca && Date.parse(validTo) > nowMs);
  const room = Math.max(0, mostAuthorities - mine.size);
  const kept = [...new Map(others.map((one) => [one.fingerprint256, one])).values()]
    .sort((a, b) => byBeginning(b, a))
    .slice(0, room);
  return [...kept, ...mine.values()].sort(byBeginning).map(String).join("");
}

function byBeginning(a: X509Certificate, b: X509Certificate): number {
  return (
    Date.parse(a.validFrom) - Date.parse(b.validFrom) ||
    (a.fingerprint256 < b.fingerprint256 ? -1 : 1)
  );
}
