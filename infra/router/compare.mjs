// Says whether the subgraphs, composed, are the whole graph as its clients know it; the difference when they are not. They are
// the committed four, or those that the arguments name. With --released and a file: whether the whole graph breaks anything that this earlier description of it promised.
import { readFileSync } from "node:fs";
import { diff } from "@graphql-inspector/core";
import { composeServices, transformSupergraphToPublicSchema } from "@theguild/federation-composition";
import { buildASTSchema, buildSchema, parse } from "graphql";
import { subgraphs } from "./subgraphs.mjs";

const whole = buildSchema(readFileSync(new URL("../../schema/hub.graphql", import.meta.url), "utf8"));

async function changes() {
  const [first, ...rest] = process.argv.slice(2);
  if (first === "--released") {
    const found = await diff(buildSchema(readFileSync(rest[0], "utf8")), whole);
    return found.filter((change) => change.criticality.level === "BREAKING");
  }
  const composed = composeServices(subgraphs(() => undefined, first ? [first, ...rest] : []));
  if (composed.errors?.length) return composed.errors;
  return diff(buildASTSchema(transformSupergraphToPublicSchema(parse(composed.supergraphSdl))), whole);
}

const found = await changes();
for (const each of found) console.log(each.message);
process.exit(found.length ? 1 : 0);
