import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChangeStep, NetworkForm, NetworkSettings, NodeView } from "@antrea/api";
import { cidr, sharedSettings } from "../testing/network.ts";
import { nextModeChange } from "./lead.ts";

const geneve = sharedSettings("encap");
const vxlan = sharedSettings("encap", "vxlan");
const withMtu = { ...geneve, defaultMTU: 1400 };

interface Told {
  readonly settings: readonly NetworkSettings[];
  readonly accepts?: readonly NetworkForm[];
  readonly sends?: readonly NetworkForm[];
}

/** A Node that says it is at this step of change 7. */
function nodeAt(
  step: ChangeStep,
  { settings, accepts = ["direct", "geneve:6081"], sends = [] }: Told,
) {
  return {
    ...{ name: "node-1", uid: "uid-1", labels: {}, internalIps: [], externalIps: [] },
    ...{ podCidrs: [cidr("10.244.1.0/24")], transport: [], hasAgent: true, isReady: true },
    state: { change: 7, step, accepts, sends, settings },
  } satisfies NodeView;
}

/** What becomes of change 7 after a look at the one Node. */
function changeAfter(step: ChangeStep, to: NetworkSettings, told: Told, wanted = to) {
  const at = "2026-01-01T00:00:00Z";
  const spec = { number: 7, from: geneve, to, step, startedAt: at, stepSince: at };
  const next = nextModeChange({
    ...{ current: { spec }, wanted: { settings: wanted }, nodes: [nodeAt(step, told)] },
    wallTime: new Date(at),
  });
  return next?.spec ?? assert.fail("there is a change");
}
const stepAfter = (...args: Parameters<typeof changeAfter>) => changeAfter(...args).step;

test("nextModeChange() does not count a Node as through that is in another change of the same number", () => {
  assert.equal(stepAfter("Accept", withMtu, { settings: [geneve] }), "Accept");
  assert.equal(stepAfter("Accept", withMtu, { settings: [withMtu] }), "Accept");
  assert.equal(stepAfter("Accept", withMtu, { settings: [geneve, withMtu] }), "Send");
  assert.equal(stepAfter("Retire", withMtu, { settings: [geneve] }), "Retire");
  assert.equal(stepAfter("Retire", withMtu, { settings: [withMtu] }), "Done");
});

test("nextModeChange() does not count a Node as through that names settings and does not take their form yet", () => {
  const settings = [geneve, vxlan];
  assert.equal(stepAfter("Accept", vxlan, { settings }), "Accept");
  const accepts = ["direct", "geneve:6081", "vxlan:4789"] as const;
  assert.equal(stepAfter("Accept", vxlan, { settings, accepts }), "Send");
  const withoutTunnels = ["direct"] as const;
  assert.equal(stepAfter("Accept", vxlan, { settings, accepts: withoutTunnels }), "Send");
});

test("nextModeChange() forgets settings that are gone to only where nobody sends by them, and all take the former", () => {
  const [settings, accepts] = [
    [geneve, vxlan],
    ["direct", "geneve:6081", "vxlan:4789"],
  ] as const;
  const goesTo = (told: Partial<Told>) => {
    const { from, to } = changeAfter("Accept", vxlan, { settings, accepts, ...told }, withMtu);
    return [from, to];
  };
  assert.deepEqual(goesTo({}), [geneve, withMtu]);
  assert.deepEqual(goesTo({ sends: ["vxlan:4789"] }), [geneve, vxlan]);
  assert.deepEqual(goesTo({ accepts: ["direct", "vxlan:4789"] }), [geneve, vxlan]);
});

test("nextModeChange() numbers a change that nothing is known of above all that Nodes have acted on", () => {
  const next = nextModeChange({
    ...{ current: undefined, wanted: { settings: vxlan } },
    nodes: [nodeAt("Done", { settings: [geneve] })],
    wallTime: new Date(0),
  });
  assert.equal(next?.spec.number, 8);
});
