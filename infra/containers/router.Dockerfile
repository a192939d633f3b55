# The router's image. It holds the subgraphs' committed SDL and no secret. Built from the repository's root:
#   docker build -f infra/containers/router.Dockerfile -t epa-hub-router .
FROM node:22-trixie-slim
ENV NODE_ENV=production
WORKDIR /srv/hub/infra/router
COPY infra/router/package.json infra/router/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
COPY infra/router/*.mjs infra/router/*.json ./
COPY schema/apprentices/subgraph.graphql /srv/hub/schema/apprentices/
COPY schema/gateway/subgraph.graphql /srv/hub/schema/gateway/
COPY schema/portfolios/subgraph.graphql /srv/hub/schema/portfolios/
COPY schema/grades/subgraph.graphql /srv/hub/schema/grades/
# The addresses of the subgraphs are known only when the container starts, so the supergraph is composed then.
ENV HOST=0.0.0.0 PORT=4000 SUPERGRAPH=/tmp/supergraph.graphql
USER 10001:10001
EXPOSE 4000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:4000/readiness').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["sh", "-c", "node compose.mjs > $SUPERGRAPH && exec node_modules/.bin/hive-gateway supergraph -c gateway.config.mjs"]
