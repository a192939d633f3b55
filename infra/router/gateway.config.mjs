// Hive Gateway in front of the four subgraphs: it plans and joins, and decides nothing. Each subgraph checks the token again.
import { defineConfig } from "@graphql-hive/gateway";
import { admission } from "./admission.mjs";
import { bodies } from "./bodies.mjs";
import { profile } from "./profile.mjs";
import { refusals } from "./refusals.mjs";
import { socketTokens } from "./sockets.mjs";

export const gatewayConfig = defineConfig({
  supergraph: process.env.SUPERGRAPH ?? "supergraph.graphql",
  host: process.env.HOST ?? "127.0.0.1",
  port: Number(process.env.PORT ?? 4000),
  // Node would close a quiet connection after five seconds, in the face of a busy client that was about to use it again.
  keepAliveTimeout: 75_000,
  graphqlEndpoint: "/graphql",
  plugins: () => [profile(), bodies(), socketTokens(), admission(), refusals()],
  landingPage: false,
  graphiql: false,
  propagateHeaders: {
    fromClientToSubgraphs({ context, request }) {
      // A bound token comes with a proof for this router's address, which is the address the subgraphs know as the hub's.
      const sent = (name) => context?.headers?.[name] ?? request?.headers?.get(name);
      const found = ["authorization", "dpop"].map((name) => [name, sent(name)]).filter(([, value]) => value);
      return Object.fromEntries(found);
    },
  },
  transportEntries: {
    "*.http": {
      options: {
        // Two parties' identical questions have different answers.
        deduplicateInflightRequests: false,
        // A subscription goes on as a stream of its own, with its own token and proof. Over sockets, which this router shares
        // and opens again without a word, a refusal would lose its code and an event its reader.
        method: "POST",
      },
    },
  },
});
