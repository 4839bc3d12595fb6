# One stage, as it is written first: all of the source, all that is needed to build it, and what npm starts.
ARG NODE_IMAGE
FROM ${NODE_IMAGE}
WORKDIR /app
COPY . .
RUN npm install --global pnpm@12.21.0
RUN pnpm install --frozen-lockfile --filter @dockerflow/demo...
RUN pnpm --filter @dockerflow/demo... run '/^build/'
ENV HOST=0.0.0.0 DATABASE_URL=sqlite:/tmp/demo.db
EXPOSE 8000
WORKDIR /app/apps/demo
CMD ["npm", "start"]
