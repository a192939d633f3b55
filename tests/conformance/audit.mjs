// graphql-http's audit of a server: every check it knows has to be met.
import { auditServer } from "graphql-http";
import { bearer, graphql } from "./story.mjs";

const fetchFn = (at, init = {}) => fetch(at, { ...init, headers: { ...init.headers, ...bearer("employer") } });
const results = await auditServer({ url: graphql, fetchFn });
for (const { id, status, name, reason } of results) if (status !== "ok") console.log(`${id} ${status}: ${name} (${reason})`);
const met = results.filter(({ status }) => status === "ok").length;
console.log(`graphql-http: ${met}/${results.length}`);
process.exitCode = met === results.length && met >= 61 ? 0 : 1;
