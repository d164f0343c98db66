# A desk as an image: `docker build --tag tokendesk .` How it is run: docs/running.md. It keeps what it writes in /data alone.
# libsql is native code for glibc, so this is Debian; Node is a version with long support.

FROM node:24-bookworm-slim AS build
WORKDIR /src
ENV NEXT_TELEMETRY_DISABLED=1
# What is installed changes less often than what is built with it.
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="Tokendesk" \
      org.opencontainers.image.description="A self-hosted desk for the permanent API tokens of RingCX portal users"
# Of root's, so that the desk cannot change itself; what it writes is its own, and nobody else reads it.
COPY --from=build /src/.next/standalone /opt/tokendesk
RUN install --directory --owner=10001 --group=10001 --mode=0700 /data
WORKDIR /opt/tokendesk
# In the container's own network, where the desk is reached by name: who else is in it is what TRUSTED_PROXIES is about.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 TOKENDESK_DATA=/data
USER 10001:10001
VOLUME /data
EXPOSE 3000
# A desk of a large store, or one that stands by, needs its time; a container engine that restarts it meanwhile helps nobody.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "scripts/live.mjs"]
STOPSIGNAL SIGTERM
CMD ["node", "scripts/start.mjs"]
