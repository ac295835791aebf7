import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { run } from "../../io/command.ts";
import type { LabPlan } from "../../plan/lab-plan.ts";
import { authorities, type CertificateSpec, clusterCertificates } from "../certificates.ts";

/** Where a lab keeps its keys; readable by root alone. */
export function pkiFolder(plan: LabPlan): string {
  return `${plan.stateFolder}/pki`;
}

/** Makes both authorities, every certificate, and the key pair of service account tokens. */
export async function makePki(plan: LabPlan, signal?: AbortSignal): Promise<void> {
  const folder = pkiFolder(plan);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeServiceAccountKeys(folder);
  await Promise.all(authorities.map((a) => makeAuthority(folder, a, signal)));
  await Promise.all(clusterCertificates(plan).map((c) => makeCertificate(folder, c, signal)));
}

async function makeAuthority(
  folder: string,
  { file, commonName }: (typeof authorities)[number],
  signal?: AbortSignal,
): Promise<void> {
  await run(
    [
      ...newCertificate(folder, file),
      ...["-subj", `/CN=${commonName}`],
      ...["-addext", "keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign"],
    ],
    { signal },
  );
}

async function makeCertificate(
  folder: string,
  spec: CertificateSpec,
  signal?: AbortSignal,
): Promise<void> {
  const organization = spec.organization === undefined ? "" : `/O=${spec.organization}`;
  const usages = { client: "clientAuth", server: "serverAuth", both: "clientAuth,serverAuth" };
  const names = [
    ...(spec.dnsNames ?? []).map((name) => `DNS:${name}`),
    ...(spec.addresses ?? []).map((address) => `IP:${address}`),
  ];
  await run(
    [
      ...newCertificate(folder, spec.file),
      ...["-CA", `${folder}/${spec.authority}.crt`, "-CAkey", `${folder}/${spec.authority}.key`],
      ...["-subj", `${organization}/CN=${spec.commonName}`],
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
      ...["-addext", "keyUsage=critical,digitalSignature,keyEncipherment"],
      ...["-addext", `extendedKeyUsage=${usages[spec.usage]}`],
      ...(names.length > 0 ? ["-addext", `subjectAltName=${names.join(",")}`] : []),
    ],
    { signal },
  );
}

/** A P-256 key: a hundredth of the time that an RSA key takes. Clocks may differ by a day. */
function newCertificate(folder: string, file: string): [string, ...string[]] {
  return [
    "openssl",
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"],
    ...["-days", "3650", "-keyout", `${folder}/${file}.key`, "-out", `${folder}/${file}.crt`],
  ];
}

function writeServiceAccountKeys(folder: string): void {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  writeFileSync(`${folder}/service-account.pub`, publicKey);
  writeFileSync(`${folder}/service-account.key`, privateKey, { mode: 0o600 });
}
