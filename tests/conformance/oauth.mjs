// Two strict clients of OAuth 2 against the hub's authorization server, and one of them as a resource server too: discovery,
// private_key_jwt by each algorithm, DPoP from the token to the graph, the access token by RFC 9068, introspection, revocation.
import assert from "node:assert/strict";
import * as oauth from "oauth4webapi";
import * as client from "openid-client";

const { HUB_ISSUER, HUB_AUDIENCE, HUB_CLIENTS } = process.env;
const issuer = new URL(HUB_ISSUER);
const graph = new URL("/graphql", issuer);
const plain = { [oauth.allowInsecureRequests]: true };
const ASK = JSON.stringify({ query: "{ viewer { kind } }" });
const JSON_BODY = new Headers({ "content-type": "application/json" });
const KINDS = {
  ES256: { name: "ECDSA", namedCurve: "P-256" },
  PS256: { name: "RSA-PSS", hash: "SHA-256" },
  EdDSA: { name: "Ed25519" },
};

const discovered = await oauth.discoveryRequest(issuer, { algorithm: "oauth2", ...plain });
const server = await oauth.processDiscoveryResponse(issuer, discovered);
assert.deepEqual(server.dpop_signing_alg_values_supported.includes("ES256"), true);
assert.equal(server.authorization_endpoint, undefined);

async function granted(me, auth, options) {
  const answer = await oauth.clientCredentialsGrantRequest(server, me, auth, new URLSearchParams(), { ...plain, ...options });
  return oauth.processClientCredentialsResponse(server, me, answer);
}

async function asked(token, DPoP, options = {}) {
  return oauth.protectedResourceRequest(token, "POST", graph, JSON_BODY, ASK, { DPoP, ...plain, ...options });
}

async function byOauth4webapi(algorithm, { client_id, jwk }) {
  const me = { client_id };
  const key = await crypto.subtle.importKey("jwk", jwk, KINDS[algorithm], false, ["sign"]);
  const auth = oauth.PrivateKeyJwt({ key, kid: jwk.kid });
  const pair = await oauth.generateKeyPair(algorithm === "EdDSA" ? "Ed25519" : algorithm, { extractable: true });
  const DPoP = oauth.DPoP(me, pair);

  const told = await granted(me, auth, { DPoP });
  assert.equal(told.token_type, "dpop");
  assert.equal(told.expires_in, 300);

  // As any party's own resource server would read it.
  const sent = [];
  const keep = async (url, init) => {
    sent.push(new Headers(init.headers));
    return fetch(url, init);
  };
  const answer = await asked(told.access_token, DPoP, { [oauth.customFetch]: keep });
  assert.deepEqual(await answer.json(), { data: { viewer: { kind: "EMPLOYER" } } });
  const request = new Request(graph, { method: "POST", headers: sent[0] });
  const claims = await oauth.validateJwtAccessToken(server, request, HUB_AUDIENCE, { requireDPoP: true, ...plain });
  assert.equal(claims.client_id, client_id);

  // The very same request again, the token as a Bearer, and the token with another key.
  const again = await fetch(graph, { method: "POST", headers: sent[0], body: ASK });
  assert.equal(again.status, 401);
  assert.match(again.headers.get("www-authenticate"), /^DPoP .*error="invalid_dpop_proof"/);
  const bearer = { authorization: `Bearer ${told.access_token}`, "content-type": "application/json" };
  assert.equal((await fetch(graph, { method: "POST", headers: bearer, body: ASK })).status, 401);
  const other = oauth.DPoP(me, await oauth.generateKeyPair("ES256"));
  await assert.rejects(asked(told.access_token, other), oauth.WWWAuthenticateChallengeError);

  // Without a proof there is no token.
  await assert.rejects(granted(me, auth), (error) => error.error === "invalid_dpop_proof");

  const introspected = await oauth.introspectionRequest(server, me, auth, told.access_token, plain);
  const standing = await oauth.processIntrospectionResponse(server, me, introspected);
  assert.deepEqual([standing.active, standing.client_id, standing.cnf], [true, client_id, claims.cnf]);
  await oauth.processRevocationResponse(await oauth.revocationRequest(server, me, auth, told.access_token, plain));
  const gone = await oauth.introspectionRequest(server, me, auth, told.access_token, plain);
  assert.equal((await oauth.processIntrospectionResponse(server, me, gone)).active, false);
  await assert.rejects(asked(told.access_token, DPoP), oauth.WWWAuthenticateChallengeError);
}

async function byOpenidClient(algorithm, { client_id, jwk }) {
  const key = await crypto.subtle.importKey("jwk", jwk, KINDS[algorithm], false, ["sign"]);
  const auth = client.PrivateKeyJwt({ key, kid: jwk.kid });
  const options = { algorithm: "oauth2", execute: [client.allowInsecureRequests] };
  const config = await client.discovery(issuer, client_id, undefined, auth, options);
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
  const told = await client.clientCredentialsGrant(config, undefined, { DPoP });
  assert.equal(told.token_type, "dpop");
  const answer = await client.fetchProtectedResource(config, told.access_token, graph, "POST", ASK, JSON_BODY, { DPoP });
  assert.deepEqual(await answer.json(), { data: { viewer: { kind: "EMPLOYER" } } });
  assert.equal((await client.tokenIntrospection(config, told.access_token)).active, true);
  await client.tokenRevocation(config, told.access_token);
  assert.equal((await client.tokenIntrospection(config, told.access_token)).active, false);
}

for (const [algorithm, held] of Object.entries(JSON.parse(HUB_CLIENTS))) {
  await byOauth4webapi(algorithm, held);
  await byOpenidClient(algorithm, held);
  console.log(`${algorithm}: both hold`);
}
