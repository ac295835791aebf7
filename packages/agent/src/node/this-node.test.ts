import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChangeStep, type NetworkSettings, parseNode } from "@antrea/api";
import { hostState, type ObservedHost } from "@antrea/linux";
import { settingsOf, type Stance } from "@antrea/pipeline/mode";
import { link as address, mac, sharedSettings } from "@antrea/pipeline/testing";
import { discoverLinks } from "./discovery.ts";
import { stanceToTake } from "./this-node.ts";

const node = {
  metadata: { name: "node-1", uid: "1" },
  status: { addresses: [{ type: "InternalIP", address: "172.30.1.11" }] },
};
const view = parseNode(node)?.node ?? assert.fail();

const host = {
  ...hostState({ addresses: [{ device: "eth0", ...address("172.30.1.11/24") }] }),
  links: new Map([
    [
      "eth0",
      { ...{ name: "eth0", index: 2, kind: "veth", mtu: 1500 }, mac: mac("0e:00:00:00:01:0b") },
    ],
  ]),
  nftTables: new Map(),
} as unknown as ObservedHost;

const own = sharedSettings("encap");
const nowhere: NetworkSettings = { ...own, transportInterface: "nowhere" };

function stanceAt(step: ChangeStep, preferred: Stance["preferred"]): Stance {
  return { preferred, accepted: [own, nowhere], presumed: [own], change: 2, step };
}

test("stanceToTake() asks for every link at a change's first step, which tells what this Node takes", () => {
  const stance = stanceToTake(stanceAt("Accept", [own, nowhere]), host, view);
  assert.throws(() => discoverLinks(host, view, settingsOf(stance)), /no interface "nowhere"/);
});

test("stanceToTake() leaves a link that is not there at each later step, when what is sent by is", () => {
  for (const step of ["Send", "Retire", "Done"] as const) {
    const stance = stanceToTake(stanceAt(step, [own, nowhere]), host, view);
    assert.deepEqual(settingsOf(stance), [own], step);
    assert.equal(discoverLinks(host, view, settingsOf(stance)).size, 1);
  }
});

test("stanceToTake() does not leave the link that is sent by, there or not", () => {
  const stance = stanceToTake(stanceAt("Send", [nowhere, own]), host, view);
  assert.throws(() => discoverLinks(host, view, settingsOf(stance)), /no interface "nowhere"/);
});
