import { graphql } from "relay-runtime";

graphql`
  mutation FileMutation($input: FileGatewayItemInput!) {
    fileGatewayItem(input: $input) {
      item { requirement state }
      errors { code field message rule }
    }
  }
`;
