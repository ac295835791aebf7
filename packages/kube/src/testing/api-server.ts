import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { silentLogger } from "@antrea/base";
import { systemClock } from "@antrea/base/io";
import { stringify } from "yaml";
import type { ClusterAccess } from "../access.ts";
import type { KubeClient } from "../client.ts";
import { kubeClient } from "../io/client.ts";
import { loadKubeConfig } from "../io/load.ts";
import { certificateAuthority, type KeyPair, rsaKey } from "./certificates.ts";
import { kubeAssets } from "./kube-assets.ts";
import { freePorts, startProcess, type TestProcess } from "./process.ts";

/**
 * A real etcd and a real kube-apiserver on the loopback, with RBAC, for one test file. There is no
 * controller, scheduler or kubelet: objects stay as they are written.
 */
export interface TestApiServer extends AsyncDisposable {
  readonly url: string;
  /** A kubeconfig file of an administrator. */
  readonly kubeconfig: string;
  readonly access: ClusterAccess;
  readonly client: KubeClient;
  /** For more files of the test; removed in the end. */
  readonly folder: string;
  /** The access of any user, by a certificate: `subject` such as `/O=developers/CN=jane`. */
  accessAs(subject: string): Promise<ClusterAccess>;
  /** Ends kube-apiserver at once, as a crash does; etcd keeps what is stored. */
  crash(): Promise<void>;
  /** Starts kube-apiserver (again) and waits until it is ready. */
  start(): Promise<void>;
  /** Throws away old versions in etcd, so that resuming from them answers 410. */
  compact(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestApiServerOptions {
  /** More arguments for kube-apiserver. */
  readonly args?: readonly string[];
  /** Whether it hands requests for groups of others on to those (APIService). */
  readonly aggregates?: boolean;
}

const readyTimeoutMs = 60_000;

export async function startApiServer({
  args = [],
  aggregates = false,
}: TestApiServerOptions = {}): Promise<TestApiServer> {
  const assets = kubeAssets();
  const folder = await mkdtemp(join(tmpdir(), "antrea-kube-"));
  const [clientPort, peerPort, securePort] = (await freePorts(3)) as [number, number, number];
  const url = `https://127.0.0.1:${securePort}`;
  const etcdUrl = `http://127.0.0.1:${clientPort}`;

  const authority = await certificateAuthority(folder);
  const [serving, admin, serviceAccountKey] = await Promise.all([
    authority.issue("apiserver", "/CN=kube-apiserver", ["IP:127.0.0.1", "DNS:localhost"]),
    authority.issue("admin", "/O=system:masters/CN=admin"),
    rsaKey(folder, "service-account"),
  ]);
  const caFile = authority.cert;
  const more = [...args, ...(aggregates ? await aggregation(folder) : [])];
  const kubeconfig = join(folder, "admin.kubeconfig");
  await writeFile(kubeconfig, kubeconfigText(url, caFile, admin));

  const ownEtcd = join(assets, "etcd");
  const etcd = startProcess(
    existsSync(ownEtcd) ? ownEtcd : "etcd",
    etcdArguments(join(folder, "etcd"), clientPort, peerPort),
    join(folder, "etcd.log"),
  );
  let apiServer: TestProcess | undefined;

  async function start(): Promise<void> {
    apiServer = startProcess(
      join(assets, "kube-apiserver"),
      [
        `--etcd-servers=${etcdUrl}`,
        "--bind-address=127.0.0.1",
        `--secure-port=${securePort}`,
        "--advertise-address=127.0.0.1",
        `--tls-cert-file=${serving.cert}`,
        `--tls-private-key-file=${serving.key}`,
        `--client-ca-file=${caFile}`,
        "--authorization-mode=Node,RBAC",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--service-account-issuer=https://kubernetes.default.svc",
        `--service-account-key-file=${serviceAccountKey}`,
        `--service-account-signing-key-file=${serviceAccountKey}`,
        "--disable-admission-plugins=ServiceAccount", // nobody here makes default service accounts
        "--endpoint-reconciler-type=none",
        ...more,
      ],
      join(folder, "apiserver.log"),
    );
    await untilReady(url, kubeconfig, [etcd, apiServer]);
  }

  async function stop(): Promise<void> {
    client?.close();
    apiServer?.kill(); // nothing is worth its graceful end of some seconds; etcd's data goes too
    await apiServer?.stop();
    etcd.kill();
    await etcd.stop();
    await rm(folder, { recursive: true, force: true });
  }

  let client: KubeClient | undefined;
  try {
    await start();
    const access = await loadKubeConfig({ kubeconfig });
    client = testClient(access);
    let users = 0;
    return {
      url,
      kubeconfig,
      access,
      client,
      folder,
      start,
      stop,
      [Symbol.asyncDispose]: stop,
      async accessAs(subject) {
        const pair = await authority.issue(`user-${++users}`, subject);
        const path = `${pair.cert}.kubeconfig`;
        await writeFile(path, kubeconfigText(url, caFile, pair));
        return loadKubeConfig({ kubeconfig: path });
      },
      async crash() {
        apiServer?.kill("SIGKILL");
        await apiServer?.stop();
      },
      compact: () => compactEtcd(etcdUrl),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Who it is to others, by an authority of its own, as kubeadm sets it up. */
async function aggregation(folder: string): Promise<readonly string[]> {
  const authority = await certificateAuthority(folder, "front-proxy-ca");
  const proxy = await authority.issue("front-proxy-client", "/CN=front-proxy-client");
  return [
    `--requestheader-client-ca-file=${authority.cert}`,
    "--requestheader-allowed-names=front-proxy-client",
    "--requestheader-username-headers=X-Remote-User",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    `--proxy-client-cert-file=${proxy.cert}`,
    `--proxy-client-key-file=${proxy.key}`,
  ];
}

/** A client that says nothing and uses the machine's time. */
export function testClient(access: ClusterAccess): KubeClient {
  const userAgent = "antrea-kube-test";
  return kubeClient(access, { log: silentLogger, clock: systemClock, userAgent });
}

function etcdArguments(folder: string, clientPort: number, peerPort: number): string[] {
  const client = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${folder}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    "--logger=zap",
  ];
}

function kubeconfigText(server: string, caFile: string, user: KeyPair): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    clusters: [{ name: "test", cluster: { server, "certificate-authority": caFile } }],
    users: [{ name: "test", user: { "client-certificate": user.cert, "client-key": user.key } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
  });
}

async function untilReady(
  url: string,
  kubeconfig: string,
  processes: readonly TestProcess[],
): Promise<void> {
  const client = testClient(await loadKubeConfig({ kubeconfig }));
  const limit = AbortSignal.timeout(readyTimeoutMs);
  try {
    for (;;) {
      const dead = processes.find((one) => !one.isRunning);
      if (dead) throw new Error(`${dead.name} ended:\n${dead.tail()}`);
      const answer = await client
        .request({ path: "/readyz" }, { timeoutMs: 2000 })
        .catch(() => undefined);
      if (answer === "ok") return;
      if (limit.aborted) throw new Error(`${url} is not ready:\n${processes.at(-1)?.tail()}`);
      await sleep(100);
    }
  } finally {
    client.close();
  }
}

/** etcd's v3 API as JSON over HTTP: read the newest revision, then compact up to it. */
async function compactEtcd(etcdUrl: string): Promise<void> {
  const call = async (path: string, body: unknown): Promise<unknown> => {
    const answer = await fetch(`${etcdUrl}/v3/kv/${path}`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`etcd ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const range = (await call("range", { key: Buffer.from("/").toString("base64") })) as {
    readonly header: { readonly revision: string };
  };
  await call("compaction", { revision: range.header.revision, physical: true });
}
