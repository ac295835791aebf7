import { type Shape, type ShapeType, shape } from "@antrea/base";

export type Method = "GET" | "POST" | "PUT";

// oxlint-disable-next-line typescript/no-explicit-any -- members are of whatever kind
type QueryShapes = Readonly<Record<string, Shape<any>>>;

/**
 * One thing that can be asked of a local API. Server and client are held to the same shapes; a
 * query's values are texts on the wire, so its shapes read texts.
 */
export interface Endpoint<Query, Body, Response> {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly query: Shape<Query>;
  readonly body: Shape<Body>;
  readonly response: Shape<Response>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- a table of endpoints holds every kind
export type AnyEndpoint = Endpoint<any, any, any>;
export type Endpoints = Readonly<Record<string, AnyEndpoint>>;

export type QueryOf<E extends AnyEndpoint> = ShapeType<E["query"]>;
export type BodyOf<E extends AnyEndpoint> = ShapeType<E["body"]>;
export type ResponseOf<E extends AnyEndpoint> = ShapeType<E["response"]>;

const nothing: Shape<undefined> = { wanted: "nothing", read: () => undefined };
const noQuery = shape.object({});

export function get<R>(path: string, summary: string, response: Shape<R>) {
  return define({ method: "GET", path, summary, query: noQuery, body: nothing, response });
}

export function getWith<const Q extends QueryShapes, R>(
  path: string,
  summary: string,
  { query, response }: { readonly query: Q; readonly response: Shape<R> },
) {
  return define({
    method: "GET",
    path,
    summary,
    query: shape.object(query),
    body: nothing,
    response,
  });
}

export function put<B, R>(path: string, summary: string, io: Exchange<B, R>) {
  return define({ method: "PUT", path, summary, query: noQuery, ...io });
}

export function post<B, R>(path: string, summary: string, io: Exchange<B, R>) {
  return define({ method: "POST", path, summary, query: noQuery, ...io });
}

interface Exchange<B, R> {
  readonly body: Shape<B>;
  readonly response: Shape<R>;
}

/** Names the types of an endpoint. */
function define<Q, B, R>(endpoint: Endpoint<Q, B, R>): Endpoint<Q, B, R> {
  return endpoint;
}

/** Truth in a query, where it is the text "true" or "false". */
export const truthText = shape.parsed("true or false", (text) =>
  text === "true" ? true : text === "false" ? false : undefined,
);
