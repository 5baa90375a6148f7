//! Applications as their frameworks' documents show them: expected values are what these say is answered where.

use plimsoll_text::Sources;

use crate::Memory;
use crate::app::read;

/// `(ports, variable, loopback, health, elsewhere)`.
type Said = (Vec<Option<u16>>, Option<String>, bool, Vec<String>, Vec<String>);

fn said(files: &[(&str, &str)]) -> Said {
    let mut files = files.to_vec();
    if !files.iter().any(|(path, _)| *path == "package.json") {
        files.push(("package.json", "{}"));
    }
    let (app, _) = read(&Memory::of(&files), &mut Sources::new(), ".").unwrap();
    let paths = |all: &[plimsoll_posture::Spanned<std::sync::Arc<str>>]| {
        all.iter().map(|path| path.value.to_string()).collect()
    };
    (
        app.listens.iter().map(|listening| listening.port.value().copied()).collect(),
        app.listens.first().and_then(|listening| listening.variable.as_deref().map(str::to_owned)),
        app.listens.iter().any(|listening| listening.loopback),
        paths(&app.health),
        paths(&app.health_elsewhere),
    )
}

fn strings(all: &[&str]) -> Vec<String> {
    all.iter().map(|&one| one.to_owned()).collect()
}

#[test]
fn express_with_routers_in_files() {
    let (ports, variable, loopback, health, elsewhere) = said(&[
        (
            "server.js",
            "const express = require('express');
const app = express();
const PORT = process.env.PORT || 3000;
app.use(express.json());
app.use('/api/v1', require('./routes'));
// app.get('/healthz', old);
app.get('/users/:id/status', (req, res) => res.json({}));
app.listen(PORT, () => console.log(`listening on ${PORT}`));
",
        ),
        (
            "routes/index.js",
            "const router = require('express').Router();
const health = require('./health');
router.use('/health', health);
router.use('/orders', require('./orders'));
module.exports = router;
",
        ),
        (
            "routes/health.js",
            "const { Router } = require('express');
const router = Router();
router.get('/', (req, res) => res.json({ ok: true }));
module.exports = router;
",
        ),
        ("routes/orders.js", "const r = require('express').Router(); r.get('/ping', f); module.exports = r;"),
        ("test/server.test.js", "request(app).get('/healthz')"),
    ]);
    assert_eq!((ports, variable.as_deref(), loopback), (vec![Some(3000)], Some("PORT"), false));
    assert_eq!(health, ["/api/v1/health", "/api/v1/orders/ping"]);
    assert_eq!(elsewhere, strings(&[]));
}

#[test]
fn express_split_in_an_application_and_a_server_in_typescript() {
    let (ports, variable, _, health, _) = said(&[
        ("package.json", r#"{"scripts":{"start":"node dist/server.js","build":"tsc"}}"#),
        (
            "src/server.ts",
            "import http from 'node:http';\nimport { createApp } from './app.js';\nimport { config } from './config.js';
const server = http.createServer(createApp());\nserver.listen(config.port);\n",
        ),
        (
            "src/app.ts",
            "import express, { type Express } from 'express';\nimport { healthRouter } from './health.js';
export function createApp(): Express {\n  const app = express();\n  app.use(healthRouter);\n  return app;\n}\n",
        ),
        (
            "src/health.ts",
            "import { Router } from 'express';\nexport const healthRouter: Router = Router();\nhealthRouter.get('/readyz', a);\nhealthRouter.get('/livez', b);\n",
        ),
        ("src/config.ts", "export const config = {\n  port: Number(process.env.PORT ?? 4000),\n};\n"),
    ]);
    assert_eq!((ports, variable.as_deref()), (vec![Some(4000)], Some("PORT")));
    assert_eq!(health, ["/livez", "/readyz"]);
}

#[test]
fn a_router_nobody_mounts_or_with_a_computed_prefix_is_no_endpoint() {
    let (_, _, _, health, elsewhere) = said(&[
        (
            "index.js",
            "const app = require('express')(); app.use(`/v${n}`, require('./a')); require('./b'); app.listen(1234);",
        ),
        (
            "a.js",
            "const router = require('express').Router(); router.get('/health', f); module.exports = router;",
        ),
        (
            "b.js",
            "const router = require('express').Router(); router.get('/healthz', f); module.exports = router;",
        ),
    ]);
    assert_eq!(health, strings(&[]));
    assert_eq!(elsewhere, ["/health", "/healthz"]);
}

#[test]
fn fastify_listens_on_the_loopback_unless_told() {
    let source = |listen: &str| {
        format!(
            "import Fastify from 'fastify';\nimport routes from './routes.js';\nconst fastify = Fastify({{ logger: true }});
fastify.register(routes, {{ prefix: '/v1' }});\nfastify.get('/health', async () => ({{ ok: true }}));\nawait fastify.listen({listen});\n"
        )
    };
    let routes = (
        "src/routes.js",
        "export default async function routes(fastify, options) { fastify.get('/status', f); }",
    );
    let manifest = ("package.json", r#"{"main":"src/index.js"}"#);
    let one = source("{ port: 3000 }");
    let (ports, _, loopback, health, _) = said(&[("src/index.js", one.as_str()), routes, manifest]);
    assert_eq!((ports, loopback), (vec![Some(3000)], true));
    assert_eq!(health, ["/health", "/v1/status"]);
    let two = source("{ host: '0.0.0.0', port: Number(process.env.PORT) || 8080 }");
    let (ports, variable, loopback, ..) = said(&[("src/index.js", two.as_str()), routes, manifest]);
    assert_eq!((ports, variable.as_deref(), loopback), (vec![Some(8080)], Some("PORT"), false));
}

#[test]
fn a_fastify_plugin_in_a_route_object() {
    let (_, _, _, health, _) = said(&[
        (
            "src/server.ts",
            "import fastify from 'fastify'\nimport { health } from './plugins/health'\nconst app = fastify()\napp.register(health)\napp.listen({ port: 3000, host: '::' })",
        ),
        (
            "src/plugins/health.ts",
            "export const health: FastifyPluginAsync = async (app) => {\n  app.route({ method: 'GET', url: '/healthz', handler })\n  app.route({ method: 'POST', url: '/health', handler })\n}",
        ),
    ]);
    assert_eq!(health, ["/healthz"]);
}

#[test]
fn nest_controllers_and_their_prefix() {
    let manifest = r#"{"scripts":{"build":"nest build","start":"nest start","start:prod":"node dist/main"}}"#;
    let module = "import { HealthController } from './health/health.controller';\n@Module({ controllers: [HealthController] })\nexport class AppModule {}";
    let controller = "@Controller('health')\nexport class HealthController {\n  @Get()\n  @HealthCheck()\n  check() {}\n  @Get('live')\n  live() {}\n}";
    let main = |more: &str| {
        format!(
            "import {{ NestFactory }} from '@nestjs/core';\nimport {{ AppModule }} from './app.module';
async function bootstrap() {{\n  const app = await NestFactory.create(AppModule);\n{more}\n  await app.listen(process.env.PORT ?? 3000);\n}}\nbootstrap();"
        )
    };
    let ask = |more: &str| {
        let main = main(more);
        said(&[
            ("package.json", manifest),
            ("src/main.ts", main.as_str()),
            ("src/app.module.ts", module),
            ("src/health/health.controller.ts", controller),
        ])
    };
    let (ports, variable, _, health, _) = ask("");
    assert_eq!((ports, variable.as_deref()), (vec![Some(3000)], Some("PORT")));
    assert_eq!(health, ["/health/live", "/health"].map(str::to_owned).into_iter().rev().collect::<Vec<_>>());
    assert_eq!(ask("app.setGlobalPrefix('api');").3, ["/api/health", "/api/health/live"]);
    assert_eq!(
        ask("app.setGlobalPrefix('api', { exclude: ['health'] });").3,
        ["/health", "/api/health/live"]
    );
    assert_eq!(ask("app.setGlobalPrefix(prefix);").3, strings(&[]));
    assert_eq!(ask("app.enableVersioning({ type: VersioningType.URI });").3, strings(&[]));
}

#[test]
fn koa_hapi_hono_and_plain_http() {
    let (ports, _, _, health, _) = said(&[(
        "index.js",
        "const Koa = require('koa'); const Router = require('@koa/router'); const app = new Koa(); const router = new Router({ prefix: '/api' });
router.get('/health', ctx => { ctx.body = 'ok' }); app.use(router.routes()).use(router.allowedMethods()); app.listen(4000);",
    )]);
    assert_eq!((ports, health), (vec![Some(4000)], strings(&["/api/health"])));
    let (ports, _, loopback, health, _) = said(&[(
        "index.js",
        "const Hapi = require('@hapi/hapi'); const server = Hapi.server({ port: 3000, host: 'localhost' });
server.route({ method: 'GET', path: '/health', handler: () => 'ok' });",
    )]);
    assert_eq!((ports, loopback, health), (vec![Some(3000)], true, strings(&["/health"])));
    let (ports, _, _, health, _) = said(&[
        (
            "src/index.ts",
            "import { serve } from '@hono/node-server'; import { Hono } from 'hono'; import sub from './sub';
const app = new Hono(); app.get('/', c => c.text('x')); app.route('/api', sub); serve({ fetch: app.fetch, port: 8787 });",
        ),
        ("src/sub.ts", "import { Hono } from 'hono'; const sub = new Hono(); sub.get('/healthz', f); export default sub;"),
    ]);
    assert_eq!((ports, health), (vec![Some(8787)], strings(&["/api/healthz"])));
    let (ports, _, _, health, _) = said(&[(
        "server.js",
        "require('node:http').createServer((req, res) => { if (req.url === '/health') return res.end('ok'); }).listen(process.env.PORT || 3000, '0.0.0.0');",
    )]);
    assert_eq!((ports, health), (vec![Some(3000)], strings(&["/health"])));
}

#[test]
fn what_is_written_and_asked_for_is_known() {
    let files = [(
        "index.js",
        "const upload = multer({ dest: 'uploads/' }); const db = new Database(path.join(__dirname, 'data', 'app.db'));
fs.mkdirSync('/tmp/x'); new Database(':memory:'); fs.writeFile(file, x); const url = process.env.DATABASE_URL; const { JWT_SECRET, A: b = 1 } = process.env;",
    ), ("package.json", "{}")];
    let (app, _) = read(&Memory::of(&files), &mut Sources::new(), ".").unwrap();
    let writes: Vec<&str> = app.writes.iter().map(|path| &*path.value).collect();
    assert_eq!(writes, ["data/app.db", "uploads"]);
    let variables: Vec<&str> = app.variables.iter().map(|name| &**name).collect();
    assert_eq!(variables, ["A", "DATABASE_URL", "JWT_SECRET"]);
}

#[test]
fn files_that_take_from_each_other_come_to_an_end() {
    let (_, _, _, health, elsewhere) = said(&[
        (
            "index.js",
            "const a = require('./a'); const r = Router(); r.use(a); a.use(r); r.get('/health', f); module.exports = r;",
        ),
        (
            "a.js",
            "const b = require('./index'); const r = Router(); r.use('/x', b); b.use(r); module.exports = r;",
        ),
    ]);
    assert_eq!((health, elsewhere), (strings(&[]), strings(&["/health"])));
}

#[test]
fn a_path_behind_a_login_is_no_endpoint() {
    let app = |rest: &str| {
        let text =
            format!("const express = require('express'); const app = express(); {rest} app.listen(3000);");
        let (_, _, _, health, elsewhere) = said(&[("index.js", text.as_str())]);
        (health, elsewhere)
    };
    let open = (strings(&["/health"]), strings(&[]));
    let closed = (strings(&[]), strings(&["/health"]));
    assert_eq!(app("app.use(requireAuth); app.get('/health', h);"), closed);
    assert_eq!(app("app.get('/health', passport.authenticate('jwt'), h);"), closed);
    assert_eq!(
        app("app.use(jwt({ secret })); const r = express.Router(); r.get('/health', h); app.use(r);"),
        closed
    );
    // Behind the route, at another path, a router of that name, a word in the body of the handler.
    assert_eq!(app("app.get('/health', h); app.use(requireAuth);"), open);
    assert_eq!(app("app.use('/admin', requireAuth); app.get('/health', h);"), open);
    assert_eq!(app("app.use(authRouter); app.get('/health', h);"), open);
    assert_eq!(app("app.get('/health', (req, res) => res.json({ auth: 'ok' }));"), open);
}

#[test]
fn guards_of_nest_close_what_nobody_opens() {
    let main = "import { NestFactory } from '@nestjs/core'; import { C } from './c'; const app = await NestFactory.create(M); MORE await app.listen(3000);";
    let ask = |more: &str, class: &str, method: &str| {
        let main = main.replace("MORE", more);
        let text = format!("@Controller('health') {class} export class C {{ @Get() {method} check() {{}} }}");
        said(&[
            ("package.json", r#"{"scripts":{"start":"nest start"}}"#),
            ("src/main.ts", main.as_str()),
            ("src/c.ts", text.as_str()),
        ])
        .3
    };
    assert_eq!(ask("", "", ""), ["/health"]);
    assert_eq!(ask("", "@UseGuards(JwtGuard)", ""), strings(&[]));
    assert_eq!(ask("app.useGlobalGuards(new G());", "", ""), strings(&[]));
    assert_eq!(ask("app.useGlobalGuards(new G());", "", "@Public()"), ["/health"]);
}

/// The packages with their places, and whether everything could be followed.
fn imported(files: &[(&str, &str)]) -> (Vec<String>, bool) {
    let mut files = files.to_vec();
    files.push(("package.json", "{}"));
    let mut sources = Sources::new();
    let (app, _) = read(&Memory::of(&files), &mut sources, ".").unwrap();
    let told = app.imports.iter().map(|one| {
        let source = sources.get(one.at.source);
        format!("{} {}:{}", one.value, source.name, source.place(one.at.start as usize).line)
    });
    (told.collect(), app.followed.value().is_some())
}

#[test]
fn packages_are_taken_by_whatever_file_is_reached() {
    let server = "const express = require('express');
import fs from 'node:fs';
import { a } from '@scope/name/deep';
export * from './routes';
require('./data.json');
";
    let (found, whole) = imported(&[
        ("server.js", server),
        (
            "routes.js",
            "import type { B } from 'types-only';\nconst later = await import('lazy/sub');\nrequire('express');",
        ),
        ("test.js", "require('only-tested')"),
    ]);
    assert_eq!(
        found,
        ["@scope/name server.js:3", "express server.js:1", "lazy routes.js:2", "types-only routes.js:1"]
    );
    assert!(whole);
}

#[test]
fn what_cannot_be_followed_is_said() {
    for server in
        ["require(path.join(__dirname, name));", "require('./missing');", "import x from '@/nowhere';"]
    {
        let text = format!("import 'express';\n{server}");
        let (found, whole) = imported(&[("server.js", &text)]);
        assert_eq!((found.len(), whole), (1, false), "{server}");
    }
    let (_, whole) = imported(&[]);
    assert!(!whole, "no file to start from");
}
