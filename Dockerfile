# syntax=docker/dockerfile:1
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY . .
# The page and the agents' bundle are built by the package's own `prepare`.
RUN npm ci && npm prune --omit=dev --ignore-scripts

FROM node:22-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/docs docs
COPY --from=build /app/dist dist
# Runs write below the working folder: outputs/ and data/.
WORKDIR /work
RUN chown node:node /work
USER node
ENTRYPOINT ["node", "/app/dist/bin/mlaas.js"]
CMD ["--help"]
