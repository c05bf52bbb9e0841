# Build stage: the libraries that run needs, and nothing else. `--omit=optional` leaves out the npm copies of Node.js,
# since the image has its own; no package may run an install script.
FROM node:26.10.0-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts

# Run stage: the sources as they are; Node.js strips the types itself.
FROM node:26.10.0-slim
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY src ./src
USER 65532:65532
EXPOSE 8080 8443 10254
ENTRYPOINT ["node", "src/main.ts"]
CMD ["--help"]
