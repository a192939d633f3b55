// The four subgraphs as they are committed: their names, and what composes them.
import { readFileSync } from "node:fs";
import { parse } from "graphql";

const names = ["apprentices", "gateway", "portfolios", "grades"];
const folder = new URL("../../schema/", import.meta.url);

export const subgraphs = (url) =>
  names.map((name) => ({ name, url: url(name), typeDefs: parse(readFileSync(new URL(`${name}/subgraph.graphql`, folder), "utf8")) }));
