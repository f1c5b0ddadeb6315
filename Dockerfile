# One image for coordinator and worker: `metaplast serve` and `metaplast worker`.
#   docker build -t metaplast .

FROM node:20-bookworm AS build
WORKDIR /app
COPY . .
RUN npm ci --no-audit --no-fund \
 && npm run build \
 && npm run build:native \
 && npm ci --omit=dev --no-audit --no-fund

FROM node:20-bookworm-slim
# Reachable from outside the container; it then refuses to start without METAPLAST_TOKEN.
ENV NODE_ENV=production METAPLAST_HOST=0.0.0.0
WORKDIR /app
COPY --from=build /app/package.json /app/package-lock.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/packages ./packages
COPY --from=build /app/services ./services
COPY --from=build /app/rules ./rules
# Links of the workspaces that are not needed here lead nowhere, which harms nobody.
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8420
# Both commands finish what they can after SIGTERM: give them longer than METAPLAST_GRACE_MS (20 s).
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/packages/cli/bin/metaplast.js"]
CMD ["serve", "--data", "/data"]
