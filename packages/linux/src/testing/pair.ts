import { type TestNamespace, testNamespace } from "./namespace.ts";

/** Two namespaces with a link between them: 192.0.2.1/24 on `a0`, 192.0.2.2/24 on `b0`, and IPv6 alike. */
export interface TestPair extends Disposable {
  readonly a: TestNamespace;
  readonly b: TestNamespace;
}

export function testPair(): TestPair {
  const a = testNamespace();
  const b = testNamespace();
  a.run("ip", "link", "add", "a0", "type", "veth", "peer", "name", "b0", "netns", b.name);
  for (const [ns, device, host] of [
    [a, "a0", 1],
    [b, "b0", 2],
  ] as const) {
    ns.run("ip", "address", "add", `192.0.2.${host}/24`, "dev", device);
    ns.run("ip", "address", "add", `2001:db8::${host}/64`, "dev", device, "nodad");
    for (const up of ["lo", device]) ns.run("ip", "link", "set", up, "up");
  }
  return {
    a,
    b,
    [Symbol.dispose]() {
      a[Symbol.dispose]();
      b[Symbol.dispose]();
    },
  };
}
