# Made by `plimsoll init` for this project; it is yours now. Its lines are checked by `plimsoll scan`.
# Node 26.10.0: the newest line of long-term support that "engines" (>=24) allows.
# To pin the image to its bytes, put its digest behind the tag (`docker buildx imagetools inspect IMAGE`), and let
# Renovate or Dependabot move both.
FROM node:26.10.0-trixie-slim AS base
WORKDIR /app

# The whole workspace is needed to build; `pnpm deploy` takes out what the package runs with.
FROM base AS build
# In this version only, and not in what runs.
RUN npm install --global --no-fund --no-audit pnpm@10.34.9
COPY pnpm-lock.yaml pnpm-workspace.yaml ./
# Downloads by the lockfile alone: a change of a manifest does not repeat it.
RUN --mount=type=cache,target=/root/.local/share/pnpm/store pnpm fetch
COPY . .
RUN --mount=type=cache,target=/root/.local/share/pnpm/store \
    pnpm install --frozen-lockfile --prefer-offline --filter "@shop/api..." \
    && pnpm --filter "@shop/api..." run build \
    && pnpm --filter @shop/api --prod deploy --legacy /out

# What runs: no package manager's cache, no compiler, no sources that were compiled.
FROM base
ENV NODE_ENV=production \
    PORT=8787
COPY --from=build /out/node_modules ./node_modules
COPY --from=build /app/apps/api/dist ./dist
COPY apps/api/package.json ./
# `node` of the image, as a number: an orchestrator can see that it is not root.
USER 1000:1000
EXPOSE 8787
# Asks by Node itself: the image needs no curl.
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/livez`).then(r => process.exit(r.ok ? 0 : 1)).catch(() => process.exit(1))"]
# The program itself, without npm or a shell in between: it gets the signals.
CMD ["node", "dist/index.js"]
