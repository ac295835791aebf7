import assert from "node:assert/strict";
import { test } from "node:test";
import type { AnswerStream } from "@antrea/base/io/https-server";
import { parseIp } from "@antrea/net";
import {
  type AntreaPolicyRecord,
  type KubernetesPolicyRecord,
  type PodRecord,
  policyComputation,
} from "@antrea/policy";
import type { StreamName } from "@antrea/policy/controlplane";
import { dissemination } from "./dissemination.ts";

const pod = (name: string, nodeName: string): PodRecord => ({
  ...{ namespace: "shop", name, uid: `uid-${name}`, labels: { app: name }, nodeName },
  ...{
    ips: [parseIp(`10.1.0.${name.length}`)].flatMap((ip) => ip ?? []),
    ports: [],
    hostNetwork: false,
    isFinished: false,
    serviceAccount: "",
  },
});
const policy: KubernetesPolicyRecord = {
  ...{ kind: "K8sNetworkPolicy", namespace: "shop", name: "web", uid: "p-1", generation: 1 },
  spec: {
    podSelector: { matchLabels: { app: "web" } },
    policyTypes: ["Ingress"],
    ingress: [{ from: [{ podSelector: { matchLabels: { app: "client" } } }] }],
  },
};

function world(mostBufferedBytes = 1_000_000) {
  const slow: string[] = [];
  const told = dissemination({
    ...{ computation: policyComputation(), counter: "c", mostBufferedBytes },
    onSlow: (stream, nodeName) => void slow.push(`${stream} of ${nodeName}`),
  });
  told.tell((cluster) => {
    cluster.setNamespace({ name: "shop", labels: {} });
    cluster.setPod(pod("web", "a"));
    cluster.setPolicy(policy);
  });
  return { told, slow };
}

/** A reader that takes nothing: what it was sent stays. */
function reader() {
  const lines: string[] = [];
  const gone = new AbortController();
  let bufferedBytes = 0;
  const out: AnswerStream = {
    write(text) {
      bufferedBytes += text.length;
      lines.push(
        ...Buffer.from(text)
          .toString()
          .split("\n")
          .filter((line) => line !== ""),
      );
    },
    get bufferedBytes() {
      return bufferedBytes;
    },
    end() {},
    cut: () => gone.abort(),
    signal: gone.signal,
  };
  return {
    out,
    take: () => lines.splice(0).map(briefly),
    takeWhole: () => lines.splice(0),
    isCut: () => gone.signal.aborted,
  };
}

function briefly(line: string): string {
  const { type, object } = JSON.parse(line) as {
    type: string;
    object: {
      kind: string;
      metadata: { name?: string; resourceVersion?: string; annotations?: object };
    };
  };
  const { name, resourceVersion: at, annotations } = object.metadata;
  const what = type === "BOOKMARK" ? `${at}${annotations ? " whole" : ""}` : object.kind;
  return `${type} ${what}${name?.includes("-") && name.length < 12 ? ` ${name}` : ""}`;
}

function nameIn(text: string): string {
  return (JSON.parse(text) as { metadata: { name: string } }).metadata.name;
}

function watching(told: ReturnType<typeof world>["told"], stream: StreamName, nodeName: string) {
  const one = reader();
  told.watch(stream, { nodeName, wantsBookmarks: true, out: one.out });
  return one;
}

test("dissemination() tells a Node its share whole, says so, and then what changes", () => {
  const { told } = world();
  const [a, b] = [watching(told, "networkpolicies", "a"), watching(told, "networkpolicies", "b")];
  const groups = watching(told, "addressgroups", "a");
  assert.deepEqual(a.take(), ["ADDED NetworkPolicy p-1", "BOOKMARK c.1 whole"]);
  assert.deepEqual(b.take(), ["BOOKMARK c.1 whole"]);
  assert.deepEqual(groups.take(), ["ADDED AddressGroup", "BOOKMARK c.1 whole"]);

  told.tell((cluster) => cluster.setPod(pod("client", "b")));
  assert.deepEqual(groups.take(), ["MODIFIED AddressGroupPatch"]);
  assert.deepEqual(a.take(), []);
  assert.deepEqual(
    b.take().filter((line) => line.includes("NetworkPolicy")),
    [],
  );

  told.tell((cluster) => cluster.removePolicy(policy));
  assert.deepEqual(a.take(), ["DELETED NetworkPolicy p-1"]);
});

test("dissemination() marks a Node's other streams when it gets a receipt, behind what belongs to it", () => {
  const { told } = world();
  const policies = watching(told, "networkpolicies", "b");
  const receipts = watching(told, "podreceipts", "b");
  policies.take();
  receipts.take();
  told.tell((cluster) => cluster.setPod({ ...pod("web2", "b"), labels: { app: "web" } }));
  assert.deepEqual(receipts.take(), ["ADDED PodReceipt uid-web2"]);
  assert.deepEqual(policies.take(), ["ADDED NetworkPolicy p-1", "BOOKMARK c.2"]);
});

test("dissemination() tells each Node its own rules of a policy that has rules for some Nodes", () => {
  const { told } = world();
  const isolation: AntreaPolicyRecord = {
    ...{ kind: "AntreaClusterNetworkPolicy", namespace: "", name: "self", uid: "self" },
    generation: 1,
    spec: {
      ...{ priority: 1, appliedTo: [{ podSelector: {} }] },
      ingress: [{ action: "Allow", from: [{ namespaces: { match: "Self" } }] }],
    },
  };
  told.tell((cluster) => {
    cluster.setNamespace({ name: "bank", labels: {} });
    cluster.setPod({ ...pod("vault", "b"), namespace: "bank" });
    cluster.setPolicy(isolation);
  });
  const groupsOf = (nodeName: string) => {
    const own = told.list("addressgroups", { nodeName }).items;
    return own.map((text) => nameIn(text));
  };
  for (const nodeName of ["a", "b"]) {
    const later = watching(told, "networkpolicies", nodeName).takeWhole();
    const [text = ""] = later.filter((line) => line.includes('"self"'));
    const [mine = "", ...others] = groupsOf(nodeName).filter((group) => text.includes(group));
    assert.ok(mine !== "" && others.length === 0, `${nodeName} has the rule of its own Namespace`);
    const named = text.match(/"addressGroups":\["[^"]+"\]/g) ?? [];
    assert.deepEqual(named, [`"addressGroups":["${mine}"]`]);
  }
});

test("dissemination() tells who asks for one object by its name of no other", () => {
  const { told } = world();
  const wholeOf = (name: string) => {
    const one = reader();
    told.watch("networkpolicies", { name, wantsBookmarks: false, out: one.out });
    return one;
  };
  const [mine, other] = [wholeOf("p-1"), wholeOf("p-2")];
  assert.deepEqual([mine.take(), other.take()], [["ADDED NetworkPolicy p-1"], []]);
  assert.equal(told.list("networkpolicies", { name: "p-1" }).items.length, 1);
  assert.equal(told.list("networkpolicies", { name: "p-2" }).items.length, 0);
  told.tell((cluster) => cluster.setPolicy({ ...policy, name: "other", uid: "p-2" }));
  assert.deepEqual([mine.take(), other.take()], [[], ["MODIFIED NetworkPolicy p-2"]]);
});

test("dissemination() cuts who reads too slowly, whatever there was at first, and nobody else", () => {
  const { told, slow } = world(300);
  const [lazy, other] = [watching(told, "addressgroups", "a"), watching(told, "podreceipts", "b")];
  assert.equal(lazy.isCut(), false);
  for (let i = 0; i < 9; i++)
    told.tell((cluster) => cluster.setPod({ ...pod(`c-${i}`, "a"), labels: { app: "client" } }));
  assert.equal(lazy.isCut(), true);
  assert.equal(other.isCut(), false);
  assert.deepEqual(slow, ["addressgroups of a"]);
});

test("dissemination().close() ends every watch, and tells nobody that anything is gone", () => {
  const { told } = world();
  const one = watching(told, "networkpolicies", "a");
  one.take();
  told.close();
  assert.deepEqual([one.take(), one.isCut(), told.watcherCount], [[], true, 0]);
});

test("dissemination() cuts who begins to watch once it is closed: nobody would tell him of anything", () => {
  const { told } = world();
  told.close();
  const late = reader();
  told.watch("networkpolicies", { nodeName: "a", wantsBookmarks: true, out: late.out });
  assert.ok(late.isCut());
  assert.deepEqual(late.take(), []);
});
