// Apollo Client: queries and mutations over HTTP, its normalised cache, a subscription over a socket.
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client/core";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import { firstValueFrom } from "rxjs";
import { filter } from "rxjs/operators";
import WebSocket from "ws";
import { bearer, graphql, must, play, socket, story, text, within } from "./story.mjs";

const parties = ["employer", "provider", "epao"];
const clients = Object.fromEntries(
  parties.map((party) => [
    party,
    new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: graphql, headers: bearer(party) }) }),
  ]),
);
const wire = createClient({ url: socket, webSocketImpl: WebSocket, connectionParams: bearer("provider") });
const listener = new ApolloClient({ cache: new InMemoryCache(), link: new GraphQLWsLink(wire) });

const told = firstValueFrom(
  listener
    .subscribe({ query: gql(text("progress")) })
    .pipe(filter(({ data }) => data.progress.event?.type === "gateway.passed")),
);
await new Promise((done) => wire.on("connected", () => setTimeout(done, 500)));

await play({
  ask: async (party, name, variables) => (await clients[party].query({ query: gql(text(name)), variables })).data,
  act: async (party, name, variables) => (await clients[party].mutate({ mutation: gql(text(name)), variables })).data,
});

const cached = clients.employer.readFragment({
  id: `Apprentice:${story.decide.input.apprenticeId}`,
  fragment: gql`fragment Passed on Apprentice { gateway { passed } }`,
});
must("the cache has followed the mutation by id", cached.gateway.passed === true, cached);
const event = (await within(10, "gateway.passed", told)).data.progress.event;
must("provider hears gateway.passed", event.apprentice.id === story.decide.input.apprenticeId, event);
const wrong = await clients.employer.query({ query: gql`{ nonsense }` }).catch((error) => error);
must("a refusal keeps its code", wrong.errors?.[0].extensions.code === "GRAPHQL_VALIDATION_FAILED", String(wrong));
process.exit(0);
