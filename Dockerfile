# syntax=docker/dockerfile:1
# Wardround in a container: the same program, its configuration in /etc/wardround and its data folder in /data.
# It listens on the loopback of the network that it is in: see compose.yaml, and docs/operating-a-fleet.md.

FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# With its scripts: they fetch the binary of SQLite's driver.
RUN npm ci
COPY tsconfig.json tsconfig.build.json nest-cli.json bundle.mjs ./
COPY src src
COPY plugins plugins
COPY migrations migrations
RUN npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim
ENV NODE_ENV=production WARDROUND_CONFIG=/etc/wardround/wardround.yaml WARDROUND_DATA=/data
WORKDIR /opt/wardround
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
COPY package.json wardround.yaml wardround.schema.json ./
# Which release of SQLite's driver fits this Node is found out by a file that is not compiled.
COPY src/shared/sqlite-driver.cjs src/shared/
COPY templates templates
RUN mkdir -p /data /etc/wardround && cp wardround.yaml /etc/wardround/ && chown node:node /data
USER node
VOLUME /data
STOPSIGNAL SIGTERM
# Node is asked since nothing else here speaks HTTP.
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.WARDROUND_PORT ?? 8321}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/opt/wardround/dist/program/wardround.js"]
CMD ["start"]
