# The stages that `docker init`, with which Docker's guide for Node.js begins, gives an app that is compiled: the
# dependencies of production by themselves, those of the build on top of them, and both put together. Of this
# repository are pnpm's workspace, whose manifests are many and whose packages are laid out as npm does, and the
# variables. 1000 is the user `node` of Node's images.
ARG NODE_IMAGE
FROM ${NODE_IMAGE} AS base
WORKDIR /app
ENV pnpm_config_node_linker=hoisted
RUN --mount=type=cache,target=/root/.npm npm install --global pnpm@12.21.0

FROM base AS deps
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY apps/demo/package.json apps/demo/
COPY packages/build-steps/package.json packages/build-steps/
COPY packages/endpoint/package.json packages/endpoint/
COPY packages/kit/package.json packages/kit/
COPY plugins/all/package.json plugins/all/
COPY plugins/checks/package.json plugins/checks/
COPY plugins/error/package.json plugins/error/
COPY plugins/heartbeat/package.json plugins/heartbeat/
COPY plugins/lbheartbeat/package.json plugins/lbheartbeat/
COPY plugins/lifecycle/package.json plugins/lifecycle/
COPY plugins/mozlog/package.json plugins/mozlog/
COPY plugins/statsd/package.json plugins/statsd/
COPY plugins/version/package.json plugins/version/
COPY tests/support/package.json tests/support/
RUN --mount=type=cache,target=/root/.local/share/pnpm/store \
    pnpm install --frozen-lockfile --prod --filter @dockerflow/demo...

FROM deps AS build
RUN --mount=type=cache,target=/root/.local/share/pnpm/store \
    pnpm install --frozen-lockfile --filter @dockerflow/demo...
COPY . .
RUN pnpm --filter @dockerflow/demo... run '/^build/'

FROM base AS final
ENV NODE_ENV=production HOST=0.0.0.0 DATABASE_URL=sqlite:/tmp/demo.db VERSION_FILE=/app/package.json
USER 1000
COPY --from=deps /app ./
COPY --from=build /app/apps/demo/dist apps/demo/dist
COPY --from=build /app/packages/endpoint/dist packages/endpoint/dist
COPY --from=build /app/packages/kit/dist packages/kit/dist
COPY --from=build /app/plugins/all/dist plugins/all/dist
COPY --from=build /app/plugins/checks/dist plugins/checks/dist
COPY --from=build /app/plugins/error/dist plugins/error/dist
COPY --from=build /app/plugins/heartbeat/dist plugins/heartbeat/dist
COPY --from=build /app/plugins/lbheartbeat/dist plugins/lbheartbeat/dist
COPY --from=build /app/plugins/lifecycle/dist plugins/lifecycle/dist
COPY --from=build /app/plugins/mozlog/dist plugins/mozlog/dist
COPY --from=build /app/plugins/statsd/dist plugins/statsd/dist
COPY --from=build /app/plugins/version/dist plugins/version/dist
EXPOSE 8000
CMD node apps/demo/dist/server.js
