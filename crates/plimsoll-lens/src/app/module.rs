//! One source file of an application: what it takes from which other file, what it answers and where it listens.
//!
//! Deliberately absent: the other files. Names are only names here; `serving` follows them.

mod routes;

use std::collections::BTreeMap;
use std::ops::Range;

use super::token::{Kind, Script};
use super::value::{Value, is_variable, value};

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// Files and packages that it takes something from, in order: the names it gives to what it takes, and the words.
    pub(super) imports: Vec<(Vec<String>, String)>,
    /// Files whose names it passes on.
    pub(super) passed_on: Vec<String>,
    /// The first place of each word by which it takes something or passes it on.
    pub(super) taken: BTreeMap<String, (usize, usize)>,
    /// Whether it takes something by a name that is computed.
    pub(super) computed: bool,
    /// Names that are an application or a router; a router with the prefix of its own.
    pub(super) made: BTreeMap<String, Made>,
    /// What answers to GET.
    pub(super) routes: Vec<Route>,
    /// What is put below what.
    pub(super) mounts: Vec<Mount>,
    /// Where it waits for connections.
    pub(super) listens: Vec<Listen>,
    /// Values of names and of keys whose name tells of a port or a host.
    pub(super) values: Vec<(String, Value)>,
    /// Variables of the environment that it reads.
    pub(super) variables: Vec<String>,
    /// Relative paths that it writes to.
    pub(super) writes: Vec<(String, (usize, usize))>,
    /// The prefix of every route of a Nest application; `None` within for one that is computed.
    pub(super) global_prefix: Option<Option<String>>,
    /// Paths that the prefix is not put before.
    pub(super) unprefixed: Vec<String>,
    /// Whether routes are versioned.
    pub(super) versioned: bool,
    /// What asks for a login before everything that comes after it: the name before `.use`, and where it stands.
    pub(super) doors: Vec<(Option<String>, usize)>,
    /// Whether routes of this file ask for a login by a decorator.
    pub(super) guarded: bool,
    /// Whether this file has the routes of all files ask for a login.
    pub(super) guards_all: bool,
    /// Whether a decorator of this file opens routes where all others ask for a login.
    pub(super) opens: bool,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Made {
    Application,
    /// With its own prefix; `None` for one that is computed.
    Router(Option<String>),
}

#[derive(Debug)]
pub(super) struct Route {
    /// The name before the method; `None` for what answers by itself (a controller, a comparison with the URL).
    pub(super) receiver: Option<String>,
    pub(super) path: String,
    /// Whether a global prefix comes before it.
    pub(super) prefixed: bool,
    /// Whether its own arguments ask for a login.
    pub(super) guarded: bool,
    pub(super) at: (usize, usize),
}

#[derive(Debug)]
pub(super) struct Mount {
    pub(super) receiver: Option<String>,
    /// `None` for one that is computed.
    pub(super) prefix: Option<String>,
    pub(super) what: Target,
    /// The first byte.
    pub(super) at: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    Name(String),
    File(String),
}

#[derive(Debug)]
pub(super) struct Listen {
    pub(super) port: Value,
    pub(super) host: Option<Value>,
    pub(super) at: (usize, usize),
}

/// Decorators that open a route where a guard stands before all.
const OPENERS: &[&str] = &["AllowAnonymous", "IsPublic", "NoAuth", "Public", "SkipAuth", "Unprotected"];

/// Calls that make an application, and those that make a router.
const APPLICATIONS: &[&str] = &[
    "express",
    "fastify",
    "Fastify",
    "restify",
    "polka",
    "Koa",
    "Hono",
    "Elysia",
    "NestFactory",
    "Hapi",
    "hapi",
    "H3",
    "OpenAPIHono",
];
const ROUTERS: &[&str] = &["Router", "KoaRouter", "PromiseRouter"];

/// Reads a file.
pub(super) fn read(text: &str) -> Module {
    let script = Script::of(text);
    let mut reader = Reader { script: &script, module: Module::default() };
    let mut at = 0;
    while at < script.tokens.len() {
        reader.token(at);
        at += 1;
    }
    reader.module.variables.sort();
    reader.module.variables.dedup();
    reader.module
}

struct Reader<'s, 'a> {
    script: &'s Script<'a>,
    module: Module,
}

impl Reader<'_, '_> {
    fn token(&mut self, at: usize) {
        let script = self.script;
        let Some(token) = script.get(at) else { return };
        let after_dot = at > 0 && script.is(at - 1, b'.');
        let called = script.is(at + 1, b'(');
        match &token.kind {
            Kind::Word("import") if !after_dot => self.import(at),
            Kind::Word("export") => self.export(at),
            Kind::Word("require") if called && !after_dot => self.require(at),
            Kind::Word("const" | "let" | "var") => self.declaration(at),
            Kind::Word("env") if after_dot => self.variable(at),
            Kind::Word("listen") if after_dot && called => self.listen(at),
            Kind::Word("serve" | "server" | "Server") if called && script.is(at + 2, b'{') => self.serve(at),
            Kind::Word("get" | "all" | "head") if after_dot && called => self.route(at),
            Kind::Word("route") if after_dot && called => self.described(at),
            Kind::Word("use" | "register") if after_dot && called => self.mount(at),
            Kind::Word("setGlobalPrefix") if called => self.prefix(at),
            Kind::Word("enableVersioning") if called => self.module.versioned = true,
            Kind::Word("UseGuards") if called => self.module.guarded = true,
            Kind::Word("useGlobalGuards" | "APP_GUARD") => self.module.guards_all = true,
            Kind::Word(name) if at > 0 && script.is(at - 1, b'@') && OPENERS.contains(name) => {
                self.module.opens = true;
            }
            Kind::Word("addHook") if after_dot && called && self.asks(script.within(at + 1)) => {
                self.module.doors.push((self.receiver(at), 0));
            }
            Kind::Word("Controller") if at > 0 && script.is(at - 1, b'@') && called => self.controller(at),
            Kind::Word("url" | "pathname" | "path") if script.is(at + 1, b'=') => self.compared(at),
            Kind::Word(name) if script.is(at + 1, b':') && tells(name) => self.keep(name, at + 2),
            Kind::Word(_) if called => self.written(at),
            _ => {}
        }
    }

    fn text(&self, at: usize) -> Option<&str> {
        self.script.get(at)?.text()
    }

    fn at(&self, index: usize) -> (usize, usize) {
        self.script.get(index).map_or((0, 0), |token| (token.start, token.end))
    }

    fn taken(&mut self, word: &str, index: usize) {
        let at = self.at(index);
        self.module.taken.entry(word.to_owned()).or_insert(at);
    }

    /// `import a, { b as c } from './d'`, `import './d'`, `import('./d')`.
    fn import(&mut self, at: usize) {
        if self.script.is(at + 1, b'(') {
            self.require(at);
            return;
        }
        let mut names = Vec::new();
        for index in at + 1..at + 200 {
            let Some(token) = self.script.get(index) else { return };
            match &token.kind {
                Kind::Text(text) => {
                    self.taken(text, index);
                    self.module.imports.push((names, text.clone().into_owned()));
                    return;
                }
                Kind::Word("from" | "as" | "type") => {}
                Kind::Word(name) => {
                    if self.script.word(index - 1) == Some("as") {
                        names.pop();
                    }
                    names.push((*name).to_owned());
                }
                Kind::Mark(b'{' | b'}' | b',' | b'*') => {}
                _ => return,
            }
        }
    }

    /// `export { a } from './b'`, `export * from './b'`.
    fn export(&mut self, at: usize) {
        let script = self.script;
        let mut index = at + 1;
        if script.is(index, b'{') {
            index = script.partner(index).unwrap_or(index) + 1;
        } else if script.is(index, b'*') {
            index += if script.word(index + 1) == Some("as") { 3 } else { 1 };
        } else {
            return;
        }
        if script.word(index) == Some("from")
            && let Some(file) = self.text(index + 1).map(str::to_owned)
        {
            self.taken(&file, index + 1);
            self.module.passed_on.push(file);
        }
    }

    /// `const a = require('./b')`, `const { a } = require('./b')`, `await import('./b')`.
    fn require(&mut self, at: usize) {
        let Some(file) = self.text(at + 2).map(str::to_owned) else {
            self.module.computed = true;
            return;
        };
        self.taken(&file, at + 2);
        let script = self.script;
        let before = if at > 0 && script.word(at - 1) == Some("await") { at - 1 } else { at };
        let mut names = Vec::new();
        if before > 1 && script.is(before - 1, b'=') {
            if let Some(name) = script.word(before - 2) {
                names.push(name.to_owned());
            } else if script.is(before - 2, b'}')
                && let Some(open) = script.partner(before - 2)
            {
                for part in script.split(script.within(open)) {
                    names.extend(script.word(part.end - 1).map(str::to_owned));
                }
            }
        }
        self.module.imports.push((names, file));
    }

    fn declaration(&mut self, at: usize) {
        let script = self.script;
        let mut equals = at + 2;
        if script.is(at + 1, b'{') {
            let close = script.partner(at + 1).unwrap_or(at + 1);
            let from_env = script.is(close + 1, b'=')
                && script.word(close + 2) == Some("process")
                && script.word(close + 4) == Some("env");
            if !from_env {
                return;
            }
            for part in script.split(script.within(at + 1)) {
                let Some(variable) = script.word(part.start).map(str::to_owned) else { continue };
                let renamed = script.is(part.start + 1, b':');
                let name = if renamed { script.word(part.start + 2) } else { Some(&*variable) };
                let Some(name) = name.map(str::to_owned) else { continue };
                let mut said = value(script, part);
                if is_variable(&variable) {
                    self.module.variables.push(variable.clone());
                }
                said.name = None;
                said.variable = Some(variable);
                self.module.values.push((name, said));
            }
            return;
        }
        let Some(name) = script.word(at + 1).map(str::to_owned) else { return };
        if script.is(equals, b':') {
            // A type: as far as the equals sign, which types of one line do not hold.
            equals = (equals..equals + 12).find(|index| script.is(*index, b'=')).unwrap_or(equals);
        }
        if !script.is(equals, b'=') || script.is(equals + 1, b'>') {
            return;
        }
        if let Some(made) = self.made(equals + 1) {
            self.module.made.insert(name.clone(), made);
        }
        if tells(&name) {
            self.keep(&name, equals + 1);
        }
    }

    /// Whether the expression makes an application or a router.
    fn made(&self, start: usize) -> Option<Made> {
        let script = self.script;
        let mut at = start;
        while matches!(script.word(at), Some("new" | "await")) {
            at += 1;
        }
        let first = script.word(at)?;
        let generic = |mut at: usize| {
            if script.is(at, b'<') {
                at = (at..at + 30).find(|index| script.is(*index, b'(')).unwrap_or(at);
            }
            at
        };
        if first == "require" && script.is(at + 1, b'(') {
            let package = self.text(at + 2)?;
            let called = script.is(at + 4, b'(');
            if script.word(at + 5).is_some_and(|member| ROUTERS.contains(&member)) {
                return Some(Made::Router(Some(String::new())));
            }
            return match package {
                "express" | "fastify" | "polka" if called => Some(Made::Application),
                "koa-router" | "@koa/router" if called => Some(Made::Router(Some(String::new()))),
                _ => None,
            };
        }
        let member = script.is(at + 1, b'.').then(|| script.word(at + 2)).flatten();
        let call = generic(if member.is_some() { at + 3 } else { at + 1 });
        if !script.is(call, b'(') {
            return None;
        }
        let router = [Some(first), member].into_iter().flatten().any(|word| ROUTERS.contains(&word));
        if router {
            let own = script.member(call + 1, "prefix").map(|range| value(script, range));
            return Some(Made::Router(match own {
                None => Some(String::new()),
                Some(said) => said.text.filter(|_| said.name.is_none()),
            }));
        }
        let makes = member.is_none_or(|member| {
            matches!(member, "create" | "createServer" | "server" | "Server" | "default" | "fastify")
        });
        (makes && APPLICATIONS.contains(&first)).then_some(Made::Application)
    }

    fn keep(&mut self, name: &str, start: usize) {
        if self.module.values.len() < 500 {
            let said = value(self.script, self.script.expression(start));
            self.module.values.push((name.to_owned(), said));
        }
    }

    /// `process.env.NAME`, `process.env['NAME']`.
    fn variable(&mut self, at: usize) {
        let name = if self.script.is(at + 1, b'.') { self.script.word(at + 2) } else { None };
        let name = name.or_else(|| if self.script.is(at + 1, b'[') { self.text(at + 2) } else { None });
        if let Some(name) = name.filter(|name| is_variable(name)) {
            self.module.variables.push(name.to_owned());
        }
    }

    /// `.listen(3000)`, `.listen(port, '0.0.0.0', done)`, `.listen({ port, host })`.
    fn listen(&mut self, at: usize) {
        let script = self.script;
        let parts = script.split(script.within(at + 1));
        let Some(first) = parts.first().cloned() else { return };
        let (port, host) = if script.is(first.start, b'{') {
            let Some(port) = script.member(first.start, "port") else { return };
            let host = script.member(first.start, "host").or_else(|| script.member(first.start, "hostname"));
            (value(script, port), host.map(|range| value(script, range)))
        } else {
            let host = parts.get(1).map(|range| value(script, range.clone()));
            let host = host.filter(|host| {
                host.text.is_some()
                    || host.name.as_deref().is_some_and(|name| name.to_lowercase().contains("host"))
            });
            (value(script, first), host)
        };
        let socket = port.text.as_deref().is_some_and(|text| text.contains('/'));
        if !socket {
            self.module.listens.push(Listen { port, host, at: self.at(at) });
        }
    }

    /// `serve({ fetch, port })`, `Bun.serve({ port })`, `Hapi.server({ port, host })`.
    fn serve(&mut self, at: usize) {
        let script = self.script;
        let Some(port) = script.member(at + 2, "port") else { return };
        let host = script.member(at + 2, "host").or_else(|| script.member(at + 2, "hostname"));
        let host = host.map(|range| value(script, range));
        self.module.listens.push(Listen { port: value(script, port), host, at: self.at(at) });
    }

    /// Calls that make files or directories, with a relative path as their first literal.
    fn written(&mut self, at: usize) {
        let script = self.script;
        let Some(word) = script.word(at) else { return };
        let key = match word {
            "mkdirSync" | "mkdir" | "ensureDir" | "ensureDirSync" | "writeFile" | "writeFileSync"
            | "appendFile" | "appendFileSync" | "createWriteStream" | "Database" => None,
            "multer" | "diskStorage" => Some(["dest", "destination"]),
            "Sequelize" | "fileUpload" => Some(["storage", "tempFileDir"]),
            _ => return,
        };
        let parts = script.split(script.within(at + 1));
        let Some(first) = parts.first().cloned() else { return };
        let said = match key {
            None => Some(first),
            Some(keys) => keys.iter().find_map(|key| script.member(first.start, key)),
        };
        if let Some((path, index)) = said.and_then(|range| self.relative(range)) {
            let at = self.at(index);
            self.module.writes.push((path, at));
        }
    }

    /// `'uploads/'`, `'./uploads'`, `path.join(__dirname, 'uploads')`, `path.join(process.cwd(), …)`.
    fn relative(&self, range: Range<usize>) -> Option<(String, usize)> {
        let script = self.script;
        let plain = range.len() == 1;
        let joined =
            script.slice(range.clone()).iter().take(4).any(|t| matches!(t.word(), Some("join" | "resolve")));
        if !plain && !joined {
            return None;
        }
        let mut path = String::new();
        let mut first = None;
        for index in range {
            match script.get(index).map(|token| &token.kind) {
                Some(Kind::Text(text)) => {
                    first.get_or_insert(index);
                    path = join(&path, text);
                }
                Some(Kind::Opaque) => return None,
                Some(Kind::Word(word))
                    if !matches!(
                        *word,
                        "path" | "join" | "resolve" | "__dirname" | "process" | "cwd" | "dirname"
                    ) && !matches!(*word, "import" | "meta") =>
                {
                    return None;
                }
                _ => {}
            }
        }
        let text = self.text(first?)?;
        if text.starts_with('/') || text == ":memory:" || text.contains("://") {
            return None;
        }
        let path = path.trim_start_matches("./").trim_matches('/').to_owned();
        (!path.is_empty()).then_some((path, first?))
    }
}

/// Whether the name of a value tells that it is a port or a host.
fn tells(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    (name.ends_with("port")
        && name != "export"
        && name != "import"
        && name != "transport"
        && name != "report")
        || name.ends_with("host")
        || name == "hostname"
        || name == "address"
}

/// Two pieces of a path with one slash between them.
pub(super) fn join(first: &str, second: &str) -> String {
    let (first, second) = (first.trim_end_matches('/'), second.trim_start_matches('/'));
    match (first.is_empty(), second.is_empty()) {
        (_, true) => first.to_owned(),
        (true, false) => second.to_owned(),
        (false, false) => format!("{first}/{second}"),
    }
}

/// Whether a call of that name makes an application.
pub(super) fn is_application(name: &str) -> bool {
    APPLICATIONS.contains(&name)
}
