// What helps to explore a graph helps to attack it: a router in service takes JSON by POST, describes nothing and suggests
// nothing. EXPLORE=1 opens all of that, for a machine of one's own.
import { GraphQLError, NoSchemaIntrospectionCustomRule } from "graphql";

const open = process.env.EXPLORE === "1";
const coded = (code, message) => ({ errors: [{ message, extensions: { code } }] });

export function profile() {
  if (open) return {};
  return {
    onRequest({ request, url, fetchAPI, endResponse }) {
      if (url.pathname !== "/graphql" || request.headers.get("upgrade")) return;
      const refuse = (status, body, headers = {}) => endResponse(fetchAPI.Response.json(body, { status, headers }));
      if (request.method !== "POST") {
        refuse(405, coded("METHOD_NOT_ALLOWED", "The graph takes POST."), { allow: "POST" });
      } else if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) {
        refuse(415, coded("CONTENT_TYPE_UNSUPPORTED", "The body is JSON in UTF-8."));
      }
    },
    onValidate({ addValidationRule }) {
      addValidationRule(NoSchemaIntrospectionCustomRule);
      return ({ valid, result, setResult }) => {
        if (!valid) setResult(result.map(unsuggesting));
      };
    },
  };
}

const unsuggesting = (error) =>
  new GraphQLError(error.message.split(" Did you mean ")[0], {
    nodes: error.nodes,
    extensions: { ...error.extensions, code: error.extensions?.code ?? "GRAPHQL_VALIDATION_FAILED" },
  });
