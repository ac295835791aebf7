import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAttachment, parseCniArgs, parseCommand, podOf } from "./environment.ts";

const good = {
  CNI_COMMAND: "ADD",
  CNI_CONTAINERID: "a1b2.c3_d4-e5",
  CNI_NETNS: "/var/run/netns/x",
  CNI_IFNAME: "eth0",
};
const env =
  (variables: Readonly<Record<string, string>>) =>
  (name: string): string | undefined =>
    variables[name];

test("parseCommand() knows the commands of the specification, in capitals only", () => {
  assert.equal(parseCommand(env(good)).value, "ADD");
  assert.deepEqual(parseCommand(env({ CNI_COMMAND: "add" })).error, {
    code: 4,
    msg: "Invalid necessary environment variables",
    details: 'CNI_COMMAND is "add", but must be one of ADD, DEL, CHECK, GC, STATUS, VERSION.',
  });
  assert.match(parseCommand(env({})).error?.details ?? "", /CNI_COMMAND is not set/);
});

test("parseAttachment() takes names that follow the rules", () => {
  assert.deepEqual(parseAttachment("ADD", env({ ...good, CNI_ARGS: "A=1" })).value, {
    containerId: "a1b2.c3_d4-e5",
    netns: "/var/run/netns/x",
    ifname: "eth0",
    args: { A: "1" },
  });
  assert.ok(parseAttachment("DEL", env({ ...good, CNI_NETNS: "" })).value);
  assert.ok(parseAttachment("ADD", env({ ...good, CNI_IFNAME: "näme-of-13byte" })).value);
});

test("parseAttachment() refuses every other name with code 4 and names the variable", () => {
  const wrong: readonly (readonly [keyof typeof good, string])[] = [
    ["CNI_CONTAINERID", ""],
    ["CNI_CONTAINERID", ".hidden"],
    ["CNI_CONTAINERID", "../../etc/passwd"],
    ["CNI_CONTAINERID", "a b"],
    ["CNI_CONTAINERID", "a\n"],
    ["CNI_CONTAINERID", "x".repeat(201)],
    ["CNI_NETNS", ""],
    ["CNI_NETNS", "var/run/netns/x"],
    ["CNI_NETNS", "/a\0b"],
    ["CNI_IFNAME", ""],
    ["CNI_IFNAME", "."],
    ["CNI_IFNAME", ".."],
    ["CNI_IFNAME", "eth0/1"],
    ["CNI_IFNAME", "eth0:1"],
    ["CNI_IFNAME", "eth 0"],
    ["CNI_IFNAME", "sixteen-letters!"],
    ["CNI_IFNAME", "nämensgrößeüü"],
    ["CNI_IFNAME", "\ud800".repeat(6)],
  ];
  for (const [name, text] of wrong) {
    const { error } = parseAttachment("ADD", env({ ...good, [name]: text }));
    assert.equal(error?.code, 4, `${name}=${JSON.stringify(text)}`);
    assert.ok(error.details?.startsWith(name), error.details);
  }
});

test("parseCniArgs() reads kubelet's pairs, and podOf() the Pod in them", () => {
  const args = parseCniArgs(
    "IgnoreUnknown=1;K8S_POD_NAMESPACE=shop;K8S_POD_NAME=web-1;X;;K8S_POD_UID=u=1",
  );
  assert.deepEqual(args, {
    IgnoreUnknown: "1",
    K8S_POD_NAMESPACE: "shop",
    K8S_POD_NAME: "web-1",
    X: "",
    K8S_POD_UID: "u=1",
  });
  const attachment = { containerId: "a", netns: "", ifname: "eth0", args };
  assert.deepEqual(podOf(attachment), { namespace: "shop", name: "web-1", uid: "u=1" });
  assert.equal(podOf({ ...attachment, args: {} }), undefined);
});
