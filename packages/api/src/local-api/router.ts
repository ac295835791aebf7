import { errorText, nearest, parseShape } from "@antrea/base";
import type { AnyEndpoint, BodyOf, Endpoint, Endpoints, QueryOf, ResponseOf } from "./endpoint.ts";
import {
  type LocalRequest,
  type LocalResponse,
  LocalApiError,
  type LocalTransport,
  parseJson,
} from "./exchange.ts";

/** What answers one endpoint. Throw `refuse(status, sentence)` for a reason that the caller should read. */
export type Handler<E extends AnyEndpoint> = (request: {
  readonly query: QueryOf<E>;
  readonly body: BodyOf<E>;
  readonly signal: AbortSignal;
}) => ResponseOf<E> | Promise<ResponseOf<E>>;

export type Handlers<Api extends Endpoints> = { readonly [K in keyof Api]: Handler<Api[K]> };

/** A reason not to answer that the caller should read, as `throw refuse(404, "There is no Pod …")`. */
export function refuse(status: 400 | 404 | 409 | 503, sentence: string): LocalApiError {
  return new LocalApiError({ code: "refused", status }, sentence);
}

export interface RouterOptions {
  /** Hears of every handler that failed, with what it threw. */
  readonly onFailure?: (path: string, error: unknown) => void;
  /** Answers to GET alone: what other machines may read. */
  readonly isReadOnly?: boolean;
}

/**
 * Answers requests by the handlers of an API. Requests are checked by the endpoint's shapes before a
 * handler sees them. Never throws: what a handler throws becomes status 500 with its sentence, and is
 * told to `onFailure`, since a refusal is the caller's affair but a failure is ours.
 */
export function localApiRouter<const Api extends Endpoints>(
  api: Api,
  handlers: Handlers<NoInfer<Api>>,
  { onFailure, isReadOnly = false }: RouterOptions = {},
): LocalTransport {
  const routes = Object.entries(api)
    .filter(([, { method }]) => !isReadOnly || method === "GET")
    .map(([key, endpoint]) => ({
      endpoint: endpoint as Endpoint<unknown, unknown, unknown>,
      handle: handlers[key] as Handler<Endpoint<unknown, unknown, unknown>>,
    }));

  return async function answer(
    request: LocalRequest,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<LocalResponse> {
    const { path, method } = request;
    const here = routes.filter(({ endpoint }) => endpoint.path === path);
    const route = here.find(({ endpoint }) => endpoint.method === method);
    if (!route) return here.length > 0 ? wrongMethod(here) : unknownPath(path);

    const query = parseShape(route.endpoint.query, request.query);
    if ("problem" in query) return problem(400, `In the query, ${query.problem}.`);
    const body = parseShape(route.endpoint.body, parseJson(request.body));
    if ("problem" in body) return problem(400, `In the body, ${body.problem}.`);
    try {
      const result = await route.handle({ query: query.value, body: body.value, signal });
      return { status: 200, body: JSON.stringify(result) };
    } catch (error) {
      if (error instanceof LocalApiError && error.problem.code === "refused") {
        return problem(error.problem.status, error.message);
      }
      onFailure?.(path, error);
      return problem(500, errorText(error));
    }
  };

  function wrongMethod(here: typeof routes): LocalResponse {
    const methods = here.map(({ endpoint }) => endpoint.method).join(", ");
    const remedy = isReadOnly ? " What changes something goes by antctl." : "";
    return problem(405, `${here[0]?.endpoint.path} answers to ${methods} only.${remedy}`);
  }

  function unknownPath(path: string): LocalResponse {
    const paths = [...new Set(routes.map(({ endpoint }) => endpoint.path))];
    const near = nearest(path, paths);
    const meant = near === undefined ? `There are ${paths.join(", ")}.` : `Did you mean ${near}?`;
    return problem(404, `There is no ${path} here. ${meant}`);
  }
}

function problem(status: number, message: string): LocalResponse {
  return { status, body: JSON.stringify({ message }) };
}
