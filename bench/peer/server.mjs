// The peer: PostGraphile 5 over the hub's tables, roles and row policies, one process behind Node's own HTTP server.
import { createPublicKey } from "node:crypto";
import { createServer } from "node:http";

import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";
import jwt from "jsonwebtoken";
import pg from "pg";
import { postgraphile } from "postgraphile";
import { createWithPgClient, makePgService } from "postgraphile/adaptors/pg";
import { SafeError } from "postgraphile/grafast";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const settings = JSON.parse(process.env.PEER_SETTINGS);
const keys = new Map(settings.keys.map((key) => [key.kid, createPublicKey({ key, format: "jwk" })]));
const CACHED_TOKENS = 10_000;
const seen = new Map();

// A token is verified once; after that only its end is looked at.
function settingsOf(authorization) {
  const known = seen.get(authorization) ?? verified(authorization);
  if (known.until <= Date.now() / 1000) throw refusal("The token has run out.");
  return known.pgSettings;
}

function verified(authorization) {
  const token = authorization?.startsWith("Bearer ") ? authorization.slice(7) : "";
  const header = jwt.decode(token, { complete: true })?.header;
  const wanted = { algorithms: ["ES256"], issuer: settings.issuer, audience: settings.audience };
  let claims;
  try {
    if (header.typ !== "at+jwt") throw new TypeError(header.typ);
    claims = jwt.verify(token, keys.get(header.kid), wanted);
  } catch {
    throw refusal("There is no good token.");
  }
  const pgSettings = { role: `hub_${claims.party_kind}`, "hub.party": claims.party.slice(4), "hub.today": settings.today };
  const found = { until: claims.exp, pgSettings };
  if (seen.size >= CACHED_TOKENS) seen.delete(seen.keys().next().value);
  seen.set(authorization, found);
  return found;
}

function refusal(message) {
  return Object.assign(new SafeError(message), { statusCode: 401 });
}

// Every kind of party logs in as itself, so its role need not be set in each transaction.
const pools = new Map(
  Object.entries(settings.roles).map(([user, password]) => [
    user,
    new pg.Pool({ ...settings.database, user, password, max: settings.connections, idleTimeoutMillis: 0 }),
  ]),
);
const clients = new Map([...pools].map(([role, pool]) => [role, createWithPgClient({ pool })]));
const [anyone] = pools.keys();

function createWithClientOfRole() {
  const withPgClient = (pgSettings, work) => {
    // The catalogue is read without settings, when the process starts.
    if (!pgSettings) return clients.get(anyone)(null, work);
    const { role, ...others } = pgSettings;
    return clients.get(role)(others, work);
  };
  withPgClient.release = () => {};
  return withPgClient;
}

const service = makePgService({
  pool: pools.get(anyone),
  schemas: ["peer"],
  pubsub: false,
  pgSettings: ({ http }) => settingsOf(http.getHeader("authorization")),
});

const preset = {
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
  // Nothing here is written or subscribed to, and nothing is fetched by a node id; a view has no indexes to go by.
  disablePlugins: ["PgIndexBehaviorsPlugin", "MutationPlugin", "SubscriptionPlugin", "NodePlugin"],
  schema: { defaultBehavior: "-insert -update -delete -totalCount manyRelation:resource:list -manyRelation:resource:connection" },
  pgServices: [{ ...service, adaptor: { createWithPgClient: createWithClientOfRole } }],
  grafast: { explain: false },
  grafserv: { graphiql: false, websockets: false, watch: false, outputDataAsString: true },
};

const server = createServer({ keepAliveTimeout: 60_000 });
const instance = postgraphile(preset);
await instance.createServ(grafserv).addTo(server);
await instance.getSchema();
server.listen(Number(process.env.HUB_PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
