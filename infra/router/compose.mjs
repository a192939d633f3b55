// Composes the committed subgraphs into a supergraph, on standard output; refuses with every reason when they do not fit.
// The address of each subgraph comes from SUBGRAPH_URL_<NAME>, such as SUBGRAPH_URL_GATEWAY.
import { readFileSync } from "node:fs";
import { composeServices } from "@theguild/federation-composition";
import { parse } from "graphql";

const names = ["apprentices", "gateway", "portfolios", "grades"];
const folder = new URL("../../schema/", import.meta.url);
const services = names.map((name) => ({
  name,
  url: process.env[`SUBGRAPH_URL_${name.toUpperCase()}`] ?? `http://${name}:8000/graphql`,
  typeDefs: parse(readFileSync(new URL(`${name}/subgraph.graphql`, folder), "utf8")),
}));
const composed = composeServices(services);
if (composed.errors?.length) {
  for (const error of composed.errors) console.error(error.message);
  process.exit(1);
}
process.stdout.write(`${composed.supergraphSdl}\n`);
