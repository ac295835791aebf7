import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

/** A certificate and its key, as paths of PEM files. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** An authority that lives in a folder of the test, and signs what the test needs. */
export interface Authority extends KeyPair {
  /** `subject` as openssl writes it: `/O=system:masters/CN=admin`. `altNames`: `IP:127.0.0.1`, `DNS:…`. */
  issue(name: string, subject: string, altNames?: readonly string[]): Promise<KeyPair>;
}

/** Makes an authority in `folder`, by openssl. */
export async function certificateAuthority(folder: string, name = "ca"): Promise<Authority> {
  const authority = pathsOf(folder, name);
  await openssl("req -x509 -days 2", newKey, [
    "-subj",
    `/CN=antrea-kube-test-${name}`,
    "-keyout",
    authority.key,
    "-out",
    authority.cert,
  ]);
  return {
    ...authority,
    async issue(name, subject, altNames = []) {
      const pair = pathsOf(folder, name);
      const extensions = join(folder, `${name}.ext`);
      await writeFile(extensions, extensionText(altNames));
      const request = join(folder, `${name}.csr`);
      const files = ["-subj", subject, "-keyout", pair.key, "-out", request];
      await openssl("req", newKey, files);
      const signer = ["-CA", authority.cert, "-CAkey", authority.key, "-extfile", extensions];
      await openssl("x509 -req -days 2 -CAcreateserial", signer, [
        "-in",
        request,
        "-out",
        pair.cert,
      ]);
      return pair;
    },
  };
}

/** An RSA key, for signing service account tokens. */
export async function rsaKey(folder: string, name: string): Promise<string> {
  const { key } = pathsOf(folder, name);
  await openssl("genrsa", ["-out", key, "2048"]);
  return key;
}

function pathsOf(folder: string, name: string): KeyPair {
  return { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
}

function extensionText(altNames: readonly string[]): string {
  const names = altNames.length > 0 ? `subjectAltName=${altNames.join(",")}\n` : "";
  return `extendedKeyUsage=serverAuth,clientAuth\n${names}`;
}

async function openssl(command: string, ...args: readonly (readonly string[])[]): Promise<void> {
  await run("openssl", [...command.split(" "), ...args.flat()]);
}
