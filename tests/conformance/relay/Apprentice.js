import { graphql } from "relay-runtime";

graphql`
  fragment Apprentice_readiness on Apprentice @refetchable(queryName: "ApprenticeRefetchQuery") {
    familyName
    status
    gateway { passed readiness { status blockers { rule sentence party dueOn } } }
  }
`;
