import assert from "node:assert/strict";
import { test } from "node:test";
import {
  apiVersionOf,
  collectionPath,
  objectPath,
  type Resource,
  resource,
  resourceName,
} from "./resource.ts";
import * as resources from "./resources.ts";

test("objectPath() knows the core group, other groups, scopes and subresources", () => {
  assert.equal(objectPath(resources.nodes, { name: "node-1" }), "/api/v1/nodes/node-1");
  assert.equal(
    objectPath(resources.pods, { namespace: "shop", name: "web" }, "status"),
    "/api/v1/namespaces/shop/pods/web/status",
  );
  assert.equal(
    objectPath(resources.leases, { namespace: "kube-system", name: "a" }),
    "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/a",
  );
});

test("collectionPath() asks one Namespace, or all of them", () => {
  assert.equal(collectionPath(resources.pods, "shop"), "/api/v1/namespaces/shop/pods");
  assert.equal(collectionPath(resources.pods), "/api/v1/pods");
});

test("objectPath() lets no name climb out of its place in the path", () => {
  const path = objectPath(resources.nodes, { name: "../secrets?x=1#y" });
  assert.equal(path, "/api/v1/nodes/..%2Fsecrets%3Fx%3D1%23y");
  for (const name of ["", ".", ".."])
    assert.throws(() => objectPath(resources.nodes, { name }), /names an object/);
});

test("objectPath() refuses a namespaced object without its Namespace, and the other way round", () => {
  assert.throws(() => objectPath(resources.pods, { name: "web" }), /with its Namespace/);
  assert.throws(() => collectionPath(resources.nodes, "shop"), /no Namespaces/);
});

test("resource() takes apiVersion apart and apiVersionOf() puts it together", () => {
  const infos = resource("crd.antrea.io/v1beta1", "AntreaAgentInfo", "antreaagentinfos", "cluster");
  assert.deepEqual([infos.group, infos.version], ["crd.antrea.io", "v1beta1"]);
  for (const one of Object.values<Resource>(resources))
    assert.match(apiVersionOf(one), one.group === "" ? /^v1$/ : /^[a-z0-9.]+\/v[0-9a-z]+$/);
  assert.equal(resourceName(resources.deployments), "deployments.apps");
});
