import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { test } from "node:test";
import { parseCidr } from "@antrea/net";
import { node } from "@antrea/pipeline/testing";
import { CniFailure } from "../pods/cni-failure.ts";
import { carriersIn, cniRequest, fakeNode } from "../testing/pod-room.ts";
import type { LocalPod } from "./local-pods.ts";
import { podPolicies } from "./pod-policies.ts";

/** A Node whose policies come when a test says so. */
function bench({ isTold = true, opened = Promise.resolve() } = {}) {
  const late = new AbortController();
  const asked: (readonly [LocalPod, string | undefined])[] = [];
  const dismissed: string[] = [];
  let holdup: string | undefined;
  const { promise: inForce, resolve: force } = Promise.withResolvers<void>();
  const stopped = new Promise<never>((_, reject) =>
    late.signal.addEventListener("abort", () => reject(new Error("late"))),
  );
  stopped.catch(() => {});
  const policies = podPolicies({
    room: {
      async admit(pod, { uid }) {
        asked.push([pod, uid]);
        await Promise.race([inForce, stopped]);
      },
      async dismiss(hostName) {
        dismissed.push(`${hostName} with ${carriersIn(fake).length} flows`);
      },
      holdup: () => holdup,
    },
    isTold: () => isTold,
    opened,
    within: () => late.signal,
  });
  const fake = fakeNode(node(), [parseCidr("10.244.1.0/24") ?? assert.fail()], policies);
  return { fake, asked, dismissed, force, late, hold: (text: string) => void (holdup = text) };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await turn();
}
const { signal } = new AbortController();
function request(name: string) {
  const { args, ...rest } = cniRequest("ADD", name);
  return { ...rest, args: { ...args, K8S_POD_UID: `uid-${name}` } };
}

test("podPolicies() keeps a Pod without a port and any flow that carries until its policies are in force", async () => {
  const { fake, asked, force } = bench();
  let isAdded = false;
  const adding = fake.pods.add(request("cart"), { signal }).then(() => (isAdded = true));
  await settle();
  assert.deepEqual([isAdded, fake.flows.size, fake.ports.size], [false, 0, 0]);
  const [pod, uid] = asked[0] ?? [];
  assert.deepEqual(
    [pod?.name, Number(pod?.ofPort), pod?.addresses, uid],
    ["cart", 1, ["10.244.1.2"], "uid-cart"],
  );
  force();
  await adding;
  assert.ok(fake.flows.size > 0);
});

test("podPolicies() has an ADD that waits too long fail with CNI's code for later, and leave nothing", async () => {
  const { fake, late, hold } = bench();
  hold("the controller has not told of this Pod");
  const adding = fake.pods.add(request("cart"), { signal });
  adding.catch(() => {});
  await settle();
  late.abort();
  const error = await adding.catch((reason: unknown) => reason);
  assert.ok(error instanceof CniFailure);
  assert.equal(error.error.code, 11);
  assert.match(
    error.message,
    /Policies for shop\/cart are not in force yet: the controller has not told of this Pod\./,
  );
  assert.deepEqual([fake.flows.size, fake.ports.size, fake.links.size], [0, 0, 0]);
});

test("podPolicies() has no ADD succeed before its Node knows of policies, also of what no Pod is named of", async () => {
  const opening = Promise.withResolvers<void>();
  const { fake, late, force } = bench({ opened: opening.promise });
  force();
  const { args: _, ...nameless } = cniRequest("ADD", "cart");
  const refused = fake.pods.add(request("web"), { signal });
  refused.catch(() => {});
  await settle();
  assert.equal(fake.flows.size, 0);
  late.abort();
  await assert.rejects(refused, /web are not in force yet: no controller has told this Node/);

  const other = bench({ opened: opening.promise });
  other.force();
  const adding = other.fake.pods.add({ ...nameless, args: {} }, { signal });
  await settle();
  assert.equal(other.fake.flows.size, 0);
  opening.resolve();
  await adding;
  assert.ok(other.fake.flows.size > 0);
});

test("podPolicies() lets go of what denies after what carries", async () => {
  const { fake, force, dismissed } = bench();
  force();
  await fake.pods.add(request("cart"), { signal });
  await fake.pods.remove(request("cart"), { signal });
  assert.equal(dismissed.length, 1);
  assert.match(dismissed[0] ?? "", /with 0 flows/);
});

test("podPolicies() asks for no receipt where nobody could give one", async () => {
  const { fake, asked, force } = bench({ isTold: false });
  force();
  await fake.pods.add(request("cart"), { signal });
  assert.equal(asked[0]?.[1], undefined);
});
