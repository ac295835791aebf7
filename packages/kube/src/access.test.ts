import assert from "node:assert/strict";
import { test } from "node:test";
import { parseServer } from "./access.ts";

test("parseServer() takes a host, host:port or URL", () => {
  const cases = {
    "10.0.0.1": "https://10.0.0.1",
    "10.0.0.1:6443": "https://10.0.0.1:6443",
    "api.example.org": "https://api.example.org",
    "https://api.example.org:8443/": "https://api.example.org:8443",
    "http://127.0.0.1:8001/proxy/": "http://127.0.0.1:8001/proxy",
    "fd00::1": "https://[fd00::1]",
    "[fd00::1]:6443": "https://[fd00::1]:6443",
    " https://[fd00::1]:6443 ": "https://[fd00::1]:6443",
  };
  for (const [text, server] of Object.entries(cases)) assert.equal(parseServer(text), server, text);
});

test("parseServer() refuses what is no server", () => {
  for (const text of ["", "https://", "host:port", "https://user@host", "host/?x=1", "a b"])
    assert.equal(parseServer(text), undefined, text);
});
