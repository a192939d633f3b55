// Composes the hub, as one subgraph, with the employer's own into a supergraph, on standard output.
// Each is asked what it is, by its field `_service`; when they do not fit, every reason is given and nothing is written.
import { createRequire } from "node:module";

// Here the packages are those of the hub's router; a project of your own has them installed and imports them by name.
const require = createRequire(new URL("../../infra/router/package.json", import.meta.url));
const { composeServices } = require("@theguild/federation-composition");
const { parse } = require("graphql");

const { HUB = "http://127.0.0.1:8000", PAYROLL = "http://127.0.0.1:4100", TOKEN, PAYROLL_SECRET } = process.env;

const service = async (name, url, headers) => {
  const body = JSON.stringify({ query: "{ _service { sdl } }" });
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
  if (!answer.ok) throw new Error(`${name} answers ${answer.status} at ${url}`);
  return { name, url, typeDefs: parse((await answer.json()).data._service.sdl) };
};

const composed = composeServices([
  await service("hub", `${HUB}/graphql`, { authorization: `Bearer ${TOKEN}` }),
  await service("payroll", `${PAYROLL}/graphql`, { "x-payroll-secret": PAYROLL_SECRET }),
]);
if (composed.errors?.length) {
  for (const error of composed.errors) console.error(error.message);
  process.exit(1);
}
process.stdout.write(`${composed.supergraphSdl}\n`);
