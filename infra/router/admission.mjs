// Before a router has an operation's parts run, the hub is asked whether the whole of it may run: every field in the slice, the
// document one the client may send, its cost in the client's budget. What the hub refuses is not begun; what it cannot be
// asked about is not begun either. ADMISSION_URL is the hub's /graphql/admission; without it nobody is asked.
import { GraphQLError } from "graphql";
import { CARRIED, onSocket, overHttp, sentOf } from "./sockets.mjs";

const away = { message: "The hub cannot answer at the moment; try again shortly.", extensions: { code: "HUB_UNAVAILABLE" } };
const SECONDS = 10;

async function asked(url, context, request, params) {
  const carried = Object.fromEntries(CARRIED.map((name) => [name, sentOf(context, request, name)]).filter(([, value]) => value));
  const way = onSocket(context) ? { "x-asked-on": "socket" } : {};
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...carried, ...way },
      body: JSON.stringify(params),
      signal: AbortSignal.timeout(SECONDS * 1000),
    });
    return { answer, body: await answer.json() };
  } catch {
    return { body: { errors: [away] } };
  }
}

export function admission(url = process.env.ADMISSION_URL) {
  if (!url) return {};
  const costs = new WeakMap();
  return {
    async onParams({ params, request, context, setParams, setResult }) {
      const { answer, body } = await asked(url, context, request, params);
      if (answer?.status === 200 && typeof body.query === "string") {
        const { documentId, ...rest } = params;
        const kept = { ...rest, query: body.query, extensions: undefined };
        if (body.extensions) costs.set(kept, body.extensions);
        setParams(kept);
        return;
      }
      const headers = Object.fromEntries(
        ["retry-after", "www-authenticate"].filter((name) => answer?.headers.has(name)).map((name) => [name, answer.headers.get(name)]),
      );
      // Whatever was sent is not looked at any more; what has no document would be refused in the router's own words.
      setParams({ query: "{ __typename }" });
      const errors = (body.errors ?? [away]).map((each) => new GraphQLError(each.message, { extensions: each.extensions }));
      setResult({ errors, ...overHttp(context, { status: answer?.status >= 400 ? answer.status : 503, headers }) });
    },
    onExecute({ args }) {
      const cost = costs.get(args.contextValue?.params);
      if (!cost) return;
      return {
        onExecuteDone({ result, setResult }) {
          if (!result?.[Symbol.asyncIterator]) setResult({ ...result, extensions: { ...result.extensions, ...cost } });
        },
      };
    },
  };
}
