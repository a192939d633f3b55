// Hive Gateway in front of the four subgraphs: it plans and joins, and decides nothing. Each subgraph checks the token again.
import { defineConfig } from "@graphql-hive/gateway";
import { admission } from "./admission.mjs";
import { profile } from "./profile.mjs";
import { refusals } from "./refusals.mjs";
import { socketTokens } from "./sockets.mjs";

export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH ?? "supergraph.graphql",
  host: process.env.HOST ?? "127.0.0.1",
  port: Number(process.env.PORT ?? 4000),
  graphqlEndpoint: "/graphql",
  plugins: () => [profile(), socketTokens(), admission(), refusals()],
  landingPage: false,
  graphiql: false,
  propagateHeaders: {
    fromClientToSubgraphs({ context, request }) {
      const token = context?.headers?.authorization ?? request?.headers?.get("authorization");
      return token ? { authorization: token } : {};
    },
  },
  transportEntries: {
    "*.http": {
      options: {
        // Two parties' identical questions have different answers.
        deduplicateInflightRequests: false,
        subscriptions: {
          kind: "ws",
          location: "/graphql",
          options: { connectionParams: { Authorization: "{context.headers.authorization}" } },
        },
      },
    },
  },
});
