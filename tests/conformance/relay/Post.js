import { graphql } from "relay-runtime";

graphql`
  mutation PostMutation($acknowledgement: AcknowledgePortfolioInput!, $result: PostResultInput!) {
    acknowledgePortfolio(input: $acknowledgement) {
      apprentice { id portfolio { hash acknowledgement { hash } } }
      errors { code field message rule }
    }
    postResult(input: $result) {
      result { id method grade }
      errors { code field message rule }
    }
  }
`;
