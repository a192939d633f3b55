// The subgraphs: the four as they are committed, or those that are named. One of several nouns stands in no folder and is
// named with its description: `gateway_portfolios=gateway_portfolios.graphql`.
import { readFileSync } from "node:fs";
import { parse } from "graphql";

const four = ["apprentices", "gateway", "portfolios", "grades"];
const folder = new URL("../../schema/", import.meta.url);

export const subgraphs = (url, named = []) =>
  (named.length ? named : four).map((each) => {
    const [name, file = new URL(`${name}/subgraph.graphql`, folder)] = each.split("=");
    return { name, url: url(name), typeDefs: parse(readFileSync(file, "utf8")) };
  });
