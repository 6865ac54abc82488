# tdp-sync and its three sinks. Build it from the root of the repository:
#
#   docker build -t tdp-sync:1.0.0 .
#
# Debian and not Alpine: DuckDB's engine needs glibc. The base is pinned by its full version; pin it by digest too
# (node:…@sha256:…) once your registry has told you which.
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /src
COPY . .
# Nothing that is installed needs a script of its own; the `node` among the development tools would fetch another Node.js.
RUN --mount=type=cache,target=/root/.npm \
    npm ci --ignore-scripts --no-audit --no-fund \
    && npx --no-install tsc -b \
    && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

# A local TDP to try tdp-sync against: docker build --target emulator.
FROM ${NODE_IMAGE} AS emulator
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/packages/emulator packages/emulator
RUN install -d -o node -g node /credentials
USER 1000:1000
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/packages/emulator/bin/tdp-emulator.js"]

FROM ${NODE_IMAGE} AS tdp-sync
LABEL org.opencontainers.image.title="tdp-sync" \
      org.opencontainers.image.description="Keeps a database in step with the Tetra Data Platform" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/packages/sink packages/sink
COPY --from=build /src/packages/core packages/core
COPY --from=build /src/packages/queue packages/queue
COPY --from=build /src/packages/queue-postgres packages/queue-postgres
COPY --from=build /src/packages/sink-duckdb packages/sink-duckdb
COPY --from=build /src/packages/sink-bigquery packages/sink-bigquery
COPY --from=build /src/packages/sink-mssql packages/sink-mssql
COPY --from=build /src/packages/sink-postgres packages/sink-postgres
COPY --from=build /src/packages/sink-snowflake packages/sink-snowflake
COPY --from=build /src/apps/cli apps/cli
# The only place that is written to; it belongs on a volume. /credentials is there to be mounted.
RUN ln -s /app/apps/cli/bin/tdp-sync.js /usr/local/bin/tdp-sync \
    && install -d -o node -g node /data /credentials
# Where tdp-sync.yaml is looked for.
WORKDIR /etc/tdp-sync
# `node` of the base image, as a number, so that Kubernetes sees that it is not root.
USER 1000:1000
EXPOSE 8380
STOPSIGNAL SIGTERM
# For `serve`. Give one-off commands --no-healthcheck.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch('http://127.0.0.1:8380/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node.js is process 1: tdp-sync handles SIGTERM, SIGINT and SIGHUP itself and starts no processes that had to be reaped.
ENTRYPOINT ["node", "/app/apps/cli/bin/tdp-sync.js"]
CMD ["serve"]
