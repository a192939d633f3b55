import { graphql } from "relay-runtime";

graphql`
  mutation DecideMutation($input: DecideGatewayInput!) {
    decideGateway(input: $input) {
      apprentice { id status gateway { passed decision { decidedOn } } }
      errors { code field message rule }
    }
  }
`;
