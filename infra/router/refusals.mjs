// What a subgraph refuses as a whole is refused as a whole here too: the same coded errors, the same status, no data.
// A subgraph that does not answer takes its own fields with it and nothing more: null, with one coded error.
// Whatever has no code of the hub's is the router's own, and may tell of addresses and requests: it does not leave.
import { readFileSync } from "node:fs";
import { GraphQLError } from "graphql";
import { overHttp } from "./sockets.mjs";

const STATUS = JSON.parse(readFileSync(new URL("codes.json", import.meta.url), "utf8"));
const AWAY = "HUB_UNAVAILABLE";
const OF_DOCUMENTS = ["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"];

const codeOf = (error) => error?.extensions?.code;
const isOurs = (error) => codeOf(error) in STATUS;
const isStream = (result) => result?.[Symbol.asyncIterator] !== undefined;

export function refusals() {
  const refused = new WeakMap();

  const note = (context, result, below = 500) => {
    const errors = result?.errors ?? [];
    const whole = result?.data == null && errors.some((error) => isOurs(error) && STATUS[codeOf(error)] < below);
    if (whole && context && !refused.has(context)) refused.set(context, errors.filter(isOurs));
  };

  return {
    onSubgraphExecute({ executionRequest: { context } }) {
      return ({ result }) => {
        // What ends a stream says so alone, whatever its status would be.
        if (isStream(result)) return { onNext: ({ result: next }) => note(context, next, Infinity) };
        note(context, result);
      };
    },
    onExecute({ args }) {
      return {
        onExecuteDone({ result, setResult }) {
          if (isStream(result)) return;
          const context = args.contextValue;
          const errors = refused.get(context);
          if (errors) setResult({ errors: errors.map(told), ...overHttp(context, { status: STATUS[codeOf(errors[0])] }) });
          else if (result?.errors) setResult({ ...result, errors: result.errors.map(told) });
        },
      };
    },
    onSubscribe({ args }) {
      return {
        onSubscribeResult: () => ({
          onNext({ result, setResult }) {
            const errors = refused.get(args.contextValue);
            refused.delete(args.contextValue);
            if (errors) setResult({ errors: errors.map((error) => outward(error)) });
            else if (result?.errors) setResult({ ...result, errors: result.errors.map(told) });
          },
        }),
        onSubscribeError: ({ error, setError }) => setError(told(error)),
      };
    },
    onResultProcess({ result, setResult }) {
      if (isStream(result) || Array.isArray(result) || !result?.errors || "data" in result || result.extensions?.http) return;
      setResult({ ...result, extensions: { ...result.extensions, http: { status: 400 } } });
    },
  };
}

const outward = ({ message, extensions: { serviceName, ...extensions } }, path) => new GraphQLError(message, { path, extensions });

const told = (error) => {
  const { path } = error;
  if (isOurs(error)) return outward(error, path);
  if (OF_DOCUMENTS.includes(codeOf(error))) return error;
  return new GraphQLError("A part of the hub cannot answer at the moment; try again shortly.", { path, extensions: { code: AWAY } });
};
