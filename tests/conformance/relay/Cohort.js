import { graphql } from "relay-runtime";

graphql`
  query CohortQuery($filter: ApprenticeFilter!) {
    cohort(filter: $filter) {
      total
      ready
      notReady
      blockers { rule party count }
      apprentices(first: 10) {
        edges { cursor node { id ...Apprentice_readiness } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`;
