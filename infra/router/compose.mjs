// Composes subgraphs into a supergraph, on standard output: the committed four, or those that the arguments name. It
// refuses with every reason when they do not fit.
// The address of each subgraph comes from SUBGRAPH_URL_<NAME>, such as SUBGRAPH_URL_GATEWAY.
import { composeServices } from "@theguild/federation-composition";
import { subgraphs } from "./subgraphs.mjs";

const composed = composeServices(
  subgraphs(
    (name) => process.env[`SUBGRAPH_URL_${name.toUpperCase()}`] ?? `http://${name}:8000/graphql`,
    process.argv.slice(2),
  ),
);
if (composed.errors?.length) {
  for (const error of composed.errors) console.error(error.message);
  process.exit(1);
}
process.stdout.write(`${composed.supergraphSdl}\n`);
