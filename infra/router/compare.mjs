// Says whether the four subgraphs, composed, are the whole graph as its clients know it; the difference when they are not.
// With a file as argument: whether the whole graph breaks anything that this earlier description of it promised.
import { readFileSync } from "node:fs";
import { diff } from "@graphql-inspector/core";
import { composeServices, transformSupergraphToPublicSchema } from "@theguild/federation-composition";
import { buildASTSchema, buildSchema, parse } from "graphql";
import { subgraphs } from "./subgraphs.mjs";

const whole = buildSchema(readFileSync(new URL("../../schema/hub.graphql", import.meta.url), "utf8"));

async function changes() {
  if (process.argv[2]) {
    const found = await diff(buildSchema(readFileSync(process.argv[2], "utf8")), whole);
    return found.filter((change) => change.criticality.level === "BREAKING");
  }
  const composed = composeServices(subgraphs(() => undefined));
  if (composed.errors?.length) return composed.errors;
  return diff(buildASTSchema(transformSupergraphToPublicSchema(parse(composed.supergraphSdl))), whole);
}

const found = await changes();
for (const each of found) console.log(each.message);
process.exit(found.length ? 1 : 0);
