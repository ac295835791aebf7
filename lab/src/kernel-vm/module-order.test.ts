import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleOrder } from "./module-order.ts";

const modulesDep = `kernel/fs/9p/9p.ko: kernel/net/9p/9pnet.ko kernel/fs/netfs.ko
kernel/fs/netfs.ko:
kernel/net/9p/9pnet.ko:
kernel/net/9p/9pnet_virtio.ko: kernel/net/9p/9pnet.ko kernel/drivers/virtio.ko kernel/drivers/virtio_ring.ko
kernel/drivers/virtio_ring.ko: kernel/drivers/virtio.ko
kernel/drivers/virtio.ko:
kernel/net/vport-geneve.ko:
`;

test("moduleOrder() gives a module after all that it needs, and each once", () => {
  assert.deepEqual(moduleOrder(modulesDep, ["9p", "9pnet_virtio"]), [
    "kernel/net/9p/9pnet.ko",
    "kernel/fs/netfs.ko",
    "kernel/fs/9p/9p.ko",
    "kernel/drivers/virtio.ko",
    "kernel/drivers/virtio_ring.ko",
    "kernel/net/9p/9pnet_virtio.ko",
  ]);
});

test("moduleOrder() takes a dash for an underscore, as modprobe does", () => {
  assert.deepEqual(moduleOrder(modulesDep, ["vport_geneve"]), ["kernel/net/vport-geneve.ko"]);
});

test("moduleOrder() leaves out what the kernel has without a module", () => {
  assert.deepEqual(moduleOrder(modulesDep, ["overlay", "netfs"]), ["kernel/fs/netfs.ko"]);
});
