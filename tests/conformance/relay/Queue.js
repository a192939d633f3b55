import { graphql } from "relay-runtime";

graphql`
  fragment Queue_apprentices on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "QueuePaginationQuery") {
    apprentices(first: $count, after: $cursor) @connection(key: "Queue_apprentices") {
      edges { node { id ...Apprentice_readiness } }
    }
  }
`;

graphql`
  query QueueQuery($count: Int, $cursor: String) {
    ...Queue_apprentices @arguments(count: $count, cursor: $cursor)
  }
`;
