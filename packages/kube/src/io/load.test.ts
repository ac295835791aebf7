import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { stringify } from "yaml";
import { loadKubeConfig } from "./load.ts";

async function home() {
  const path = await mkdtemp(join(tmpdir(), "antrea-kube-"));
  const kubeconfig = async (name: string, server: string): Promise<string> => {
    const file = join(path, name);
    await mkdir(join(file, ".."), { recursive: true });
    const text = stringify({
      "current-context": "main",
      contexts: [{ name: "main", context: { cluster: "c", user: "u" } }],
      clusters: [{ name: "c", cluster: { server, "certificate-authority": "ca.crt" } }],
      users: [{ name: "u", user: { token: "t" } }],
    });
    await writeFile(file, text);
    await writeFile(join(file, "..", "ca.crt"), "CA");
    return file;
  };
  const serviceAccountFolder = join(path, "sa");
  const serviceAccount = async (): Promise<void> => {
    await mkdir(serviceAccountFolder);
    await writeFile(join(serviceAccountFolder, "token"), "sa-token");
    await writeFile(join(serviceAccountFolder, "ca.crt"), "CA");
    await writeFile(join(serviceAccountFolder, "namespace"), "kube-system\n");
  };
  return {
    path,
    kubeconfig,
    serviceAccount,
    serviceAccountFolder,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

const inPod = { KUBERNETES_SERVICE_HOST: "10.96.0.1", KUBERNETES_SERVICE_PORT: "443" };

test("loadKubeConfig() prefers the file named, then $KUBECONFIG, the service account, and ~/.kube/config", async () => {
  await using h = await home();
  const named = await h.kubeconfig("named", "https://named");
  const fromEnv = await h.kubeconfig("env", "https://env");
  await h.kubeconfig(".kube/config", "https://home");
  await h.serviceAccount();
  const { serviceAccountFolder } = h;
  const serverWith = async (env: object, kubeconfig?: string): Promise<string> =>
    (
      await loadKubeConfig({
        kubeconfig,
        env: { HOME: h.path, ...env },
        serviceAccountFolder,
      })
    ).server;
  assert.equal(await serverWith({ KUBECONFIG: fromEnv, ...inPod }, named), "https://named");
  assert.equal(await serverWith({ KUBECONFIG: `/none:${fromEnv}`, ...inPod }), "https://env");
  assert.equal(await serverWith(inPod), "https://10.96.0.1:443");
  assert.equal(await serverWith({}), "https://home");
});

test("loadKubeConfig() reads the service account of a Pod, its token anew each time", async () => {
  await using h = await home();
  await h.serviceAccount();
  const { serviceAccountFolder } = h;
  const env = { ...inPod, KUBERNETES_SERVICE_HOST: "fd00::1" };
  assert.deepEqual(await loadKubeConfig({ env, serviceAccountFolder }), {
    server: "https://[fd00::1]:443",
    tls: { caFile: join(serviceAccountFolder, "ca.crt"), insecure: false },
    credentials: { kind: "token-file", path: join(serviceAccountFolder, "token") },
    namespace: "kube-system",
    source: `the service account in ${serviceAccountFolder}`,
  });
});

test("loadKubeConfig() lets kubeAPIServerOverride replace the server, and nothing else", async () => {
  await using h = await home();
  const kubeconfig = await h.kubeconfig("config", "https://10.0.0.1:6443");
  const access = await loadKubeConfig({ kubeconfig, kubeAPIServerOverride: "192.168.7.1:6443" });
  assert.equal(access.server, "https://192.168.7.1:6443");
  assert.deepEqual(access.credentials, { kind: "token", token: "t" });
  assert.equal(access.tls.ca, "CA");
  await assert.rejects(
    loadKubeConfig({ kubeconfig, kubeAPIServerOverride: "not a host" }),
    /kubeAPIServerOverride "not a host" is no host/,
  );
});

test("loadKubeConfig() says which file it could not read", async () => {
  await using h = await home();
  const env = { HOME: h.path };
  await assert.rejects(
    loadKubeConfig({ env }),
    /Could not read .*\.kube\/config; name a kubeconfig/,
  );
  const kubeconfig = await h.kubeconfig("config", "https://10.0.0.1:6443");
  await rm(join(h.path, "ca.crt"));
  await assert.rejects(loadKubeConfig({ kubeconfig }), /Could not read .*ca\.crt/);
});
