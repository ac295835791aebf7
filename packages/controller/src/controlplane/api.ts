import { isAbort, ShapeError } from "@antrea/base";
import type { Clock } from "@antrea/base";
import type { AnswerStream, HttpsAnswer } from "@antrea/base/io/https-server";
import {
  type Access,
  type ApiRequest,
  type ServedApi,
  type ServedCall,
  statusBody,
  type UserInfo,
} from "@antrea/kube";
import {
  apiVersion,
  controlplaneGroup,
  controlplaneVersion,
  type NodeReport,
  nodeReportWire,
  type StreamName,
  streams,
} from "@antrea/policy/controlplane";
import { discovery, statusResource } from "./discovery.ts";
import type { Dissemination } from "./dissemination.ts";
import { openApi } from "./openapi.ts";
import { parseSelection, type StreamSelection } from "./selection.ts";

export interface ControlplaneApiDeps {
  /** Undefined while this controller does not lead, or has not computed everything yet. */
  readonly current: () => ControlplaneShare | undefined;
  /** Why there is nothing, as a sentence. */
  readonly absence: () => string;
  /** The name of the user as which agents come: such a one is held to the Node of his token. */
  readonly agentUser: string;
  readonly clock: Clock;
}

export interface ControlplaneShare {
  readonly dissemination: Dissemination;
  take(report: NodeReport): void;
}

const wholeDiscovery = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const nodeOfToken = "authentication.kubernetes.io/node-name";
const root = `/apis/${apiVersion}/`;

/**
 * The API controlplane.antrea.io: what each Node is to enforce, and what Nodes say of it. Its discovery is for
 * everybody who has a name, and asks the API server nothing: that looks each minute, waits five seconds, and
 * after one failure takes the group for one without resources until the next.
 */
export function controlplaneApi(deps: ControlplaneApiDeps): ServedApi {
  return {
    find(request) {
      const { method, path } = request;
      const page = method === "GET" ? discovery[path] : undefined;
      if (page) {
        const type = path === "/apis" ? wholeDiscovery : "application/json";
        const answer = () => ({ ...jsonAnswer(JSON.stringify(page)), type });
        return { access: undefined, answer };
      }
      if (path.startsWith("/openapi/")) return descriptionCall(path);
      if (!path.startsWith(root)) return undefined;
      const [resource = "", name, ...rest] = path.slice(root.length).split("/");
      if (rest.length > 0) return undefined;
      if (resource === statusResource && method === "POST" && name === undefined)
        return reportCall(deps, request);
      return method === "GET" && Object.hasOwn(streams, resource)
        ? readCall(deps, request, resource as StreamName, name && decoded(name))
        : undefined;
    },
  };
}

function descriptionCall(path: string): ServedCall {
  const page = openApi[path];
  const answer = () =>
    page ? jsonAnswer(JSON.stringify(page)) : refusal(404, "There is no such description");
  return { access: undefined, answer };
}

function accessOf(verb: string, resource: string, name?: string): Access {
  const place = { group: controlplaneGroup, version: controlplaneVersion };
  return { verb, ...place, resource, ...(name === undefined ? {} : { name }) };
}

function readCall(
  deps: ControlplaneApiDeps,
  { query }: ApiRequest,
  stream: StreamName,
  name: string | undefined,
): ServedCall {
  const isWatch = name === undefined && /^(?:1|t|true)$/i.test(query.get("watch") ?? "");
  const verb = name !== undefined ? "get" : isWatch ? "watch" : "list";
  return {
    access: accessOf(verb, stream, name),
    answer(user) {
      const asked = parseSelection(query.get("fieldSelector") ?? "");
      if (typeof asked === "string") return refusal(400, asked);
      const nodeName = shareOf(deps, user, name === undefined ? asked : undefined);
      if (typeof nodeName === "object") return nodeName.refusal;
      const share = deps.current();
      if (!share) return unavailable(deps);
      const { dissemination } = share;
      if (name !== undefined) return oneAnswer(dissemination, stream, name, nodeName);
      if (!isWatch) return listAnswer(dissemination, stream, { ...asked, nodeName });
      return watchAnswer(deps, dissemination, stream, { query, nodeName, name: asked.name });
    },
  };
}

/** The Node whose share is told; an agent is told that of the Node which its token is bound to, and of no other. */
function shareOf(
  { agentUser }: ControlplaneApiDeps,
  { username, extra }: UserInfo,
  asked: StreamSelection | undefined,
): string | undefined | { readonly refusal: HttpsAnswer } {
  if (username !== agentUser) return asked?.nodeName;
  const own = extra[nodeOfToken]?.[0];
  if (own === undefined)
    return { refusal: refusal(403, "This token of antrea-agent is bound to no Pod on a Node") };
  if (asked && asked.nodeName !== own)
    return {
      refusal: refusal(
        403,
        `This agent is told of its own Node alone: ask with fieldSelector nodeName=${own}`,
      ),
    };
  return own;
}

function oneAnswer(
  dissemination: Dissemination,
  stream: StreamName,
  name: string,
  nodeName: string | undefined,
): HttpsAnswer {
  const text = dissemination.get(stream, name, nodeName);
  return text === undefined
    ? refusal(404, `${stream}.${controlplaneGroup} "${name}" not found`)
    : jsonAnswer(text);
}

function listAnswer(
  dissemination: Dissemination,
  stream: StreamName,
  selection: StreamSelection,
): HttpsAnswer {
  const { items, resourceVersion } = dissemination.list(stream, selection);
  const head = `"kind":"${streams[stream].kind}List","apiVersion":"${apiVersion}"`;
  const metadata = JSON.stringify({ resourceVersion });
  return jsonAnswer(`{${head},"metadata":${metadata},"items":[${items.join(",")}]}`);
}

/** The longest that a watch is kept: after that the caller comes back, perhaps to another controller. */
const mostSeconds = 3600;

function watchAnswer(
  { clock }: ControlplaneApiDeps,
  dissemination: Dissemination,
  stream: StreamName,
  { query, ...selection }: StreamSelection & { readonly query: URLSearchParams },
): HttpsAnswer {
  const asked = Number(query.get("timeoutSeconds") ?? "");
  const seconds = asked > 0 ? Math.min(asked, mostSeconds) : mostSeconds;
  const wantsBookmarks = query.get("allowWatchBookmarks") === "true";
  return {
    ...{ status: 200, type: "application/json" },
    body(out) {
      dissemination.watch(stream, { ...selection, wantsBookmarks, out });
      void endAfter(clock, seconds, out);
    },
  };
}

async function endAfter(clock: Clock, seconds: number, out: AnswerStream): Promise<void> {
  try {
    await clock.sleep(seconds * 1000, { signal: out.signal });
    out.end();
  } catch (error) {
    if (!isAbort(error)) throw error; // else the caller has gone
  }
}

function reportCall(deps: ControlplaneApiDeps, { body }: ApiRequest): ServedCall {
  return {
    access: accessOf("create", statusResource),
    answer(user) {
      const share = deps.current();
      if (!share) return unavailable(deps);
      const report = readReport(body);
      if (typeof report === "string") return refusal(400, report);
      if (user.username !== deps.agentUser || user.extra[nodeOfToken]?.[0] !== report.nodeName)
        return refusal(
          403,
          "Who reports of a Node must be the agent on it, by a token bound to its Pod",
        );
      share.take(report);
      return {
        status: 201,
        type: "application/json",
        body: '{"kind":"Status","apiVersion":"v1","status":"Success"}\n',
      };
    },
  };
}

function readReport(body: string): NodeReport | string {
  try {
    return nodeReportWire.decode(JSON.parse(body));
  } catch (error) {
    if (error instanceof ShapeError || error instanceof SyntaxError) return error.message;
    throw error;
  }
}

function unavailable({ absence }: ControlplaneApiDeps): HttpsAnswer {
  const headers = { "retry-after": "1" };
  return { ...refusal(503, absence()), headers };
}

function jsonAnswer(body: string): HttpsAnswer {
  return { status: 200, type: "application/json", body };
}

function refusal(status: number, message: string): HttpsAnswer {
  return { status, type: "application/json", body: statusBody(status, message) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
