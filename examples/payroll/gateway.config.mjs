// The employer's own router: in front of the whole hub and of the employer's payroll.
import { createRequire } from "node:module";

const require = createRequire(new URL("../../infra/router/package.json", import.meta.url));
const { createRemoteJwksSigningKeyProvider, defineConfig } = require("@graphql-hive/gateway");

const { HUB = "http://127.0.0.1:8000", CLIENT_ID, PAYROLL_SECRET, SUPERGRAPH, PORT = "4001" } = process.env;
// An undefined subject would be no condition at all: then tokens of other parties would pass.
if (!CLIENT_ID || !PAYROLL_SECRET) throw new Error("CLIENT_ID and PAYROLL_SECRET must be set.");

export const gatewayConfig = defineConfig({
  supergraph: SUPERGRAPH ?? "supergraph.graphql",
  host: "127.0.0.1",
  port: Number(PORT),
  graphqlEndpoint: "/graphql",
  landingPage: false,
  graphiql: false,
  // The hub checks every token again; here only those of this employer's own client come in at all.
  jwt: {
    signingKeyProviders: [createRemoteJwksSigningKeyProvider({ jwksUri: `${HUB}/oauth/jwks` })],
    tokenVerification: { algorithms: ["ES256"], issuer: HUB, audience: "urn:epa-hub:graph", subject: CLIENT_ID },
    // By itself the router would tell every subgraph what the token says.
    forward: { payload: false, token: false },
  },
  propagateHeaders: {
    // To each its own: payroll never gets a token of the hub, and the hub nothing of payroll.
    fromClientToSubgraphs: ({ context, request, subgraphName }) =>
      subgraphName === "hub"
        ? { authorization: context?.headers?.authorization ?? request?.headers?.get("authorization") }
        : { "x-payroll-secret": PAYROLL_SECRET },
  },
  transportEntries: { "*.http": { options: { deduplicateInflightRequests: false } } },
});
