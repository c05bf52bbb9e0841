# What is in the image is listed by scripts/image/list.ts, which this file runs and which test/image runs from: the
# sources, the packages that they need, Node.js as package-lock.json pins it, the libraries that it is linked to. There
# is no shell, no npm, no package manager.
#
# The build stage has to be of the platform that the image is for, since it brings that platform's libraries. It needs
# any Node.js with npm; what runs is the one of the lock file. Pin it by digest to have the same bytes for ever:
# --build-arg BUILD_IMAGE=node:26.10.0-bookworm-slim@sha256:...
ARG BUILD_IMAGE=node:26.10.0-bookworm-slim
FROM ${BUILD_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json LICENSE ./
RUN npm ci --omit=dev --ignore-scripts
COPY scripts/image-files.ts ./scripts/image-files.ts
COPY scripts/image ./scripts/image
COPY src ./src
RUN node scripts/image-files.ts --to /image

FROM scratch
COPY --from=build /image /
WORKDIR /app
USER 65532:65532
EXPOSE 8080 8443 10254
ENTRYPOINT ["/usr/local/bin/node", "/app/src/main.ts"]
CMD ["--help"]
