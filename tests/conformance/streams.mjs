// GraphQL over SSE with its own client, a connection for each operation.
import { createClient } from "graphql-sse";
import { bearer, graphql, must, post, story, text, until, within } from "./story.mjs";

const client = createClient({ url: graphql, headers: bearer("provider"), retryAttempts: 0 });
const query = client.iterate({ query: "{ viewer { kind } }" });
const first = (await query.next()).value;
must("a query as a stream", first.data.viewer.kind === "PROVIDER" && (await query.next()).done, first);

const events = client.iterate({ query: text("progress") });
const place = (await within(10, "the place of the stream", events.next())).value.data.progress;
must("a subscription says where it stands", place.event === null, place);
const filed = (await post("provider", text("file"), story.file)).data.fileGatewayItem;
must("an item is filed", filed.errors.length === 0, filed);
const heard = await within(10, "gateway.item_filed", until(events, "gateway.item_filed"));
must("and is heard", heard.apprentice.id === story.file.input.apprenticeId, heard);
await events.return();

const again = client.iterate({ query: text("progress"), variables: { after: place.cursor } });
const repeated = await within(10, "the event, once more", until(again, "gateway.item_filed"));
must("a stream resumed from its cursor hears it again", repeated.id === heard.id, repeated);
await again.return();

const refused = (await client.iterate({ query: "subscription { progress { nonsense } }" }).next()).value;
must("an invalid document is told as an event", refused.errors?.[0].extensions.code === "GRAPHQL_VALIDATION_FAILED", refused);
const stranger = createClient({ url: graphql, retryAttempts: 0 });
const closed = await stranger.iterate({ query: text("progress") }).next().catch((error) => error);
must("without a token the stream is refused", closed.response?.status === 401, String(closed));
const single = await fetch(graphql, { method: "PUT", headers: bearer("provider") });
must("the single-connection mode is refused", single.status === 405, single.status);
client.dispose();
