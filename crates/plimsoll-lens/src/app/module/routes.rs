//! The part of a file's reading that is about routes: what answers to which path, what is put below what, and what asks for a
//! login before it.
//!
//! Sources: the documents of Express, Fastify, Koa, Hono, hapi and Nest. Deliberately absent: whole paths, which several files
//! make together.

use std::ops::Range;

use super::{APPLICATIONS, Mount, Reader, Route, Target, join};
use crate::app::token::Kind;
use crate::app::value::value;

/// Pieces of names of what asks for a login, or sends elsewhere.
const DOORS: &[&str] = &[
    "apikey",
    "api_key",
    "auth",
    "forcessl",
    "guard",
    "jwt",
    "keycloak",
    "login",
    "passport",
    "protect",
    "requirehttps",
    "restrict",
    "sslify",
    "verifytoken",
    "vhost",
];

impl Reader<'_, '_> {
    /// The name at the head of a chain of calls: `app` of `app.use(a).get(b)`.
    pub(super) fn receiver(&self, method: usize) -> Option<String> {
        let script = self.script;
        let mut at = method.checked_sub(2)?;
        for _ in 0..64 {
            if script.is(at, b')') {
                let open = script.partner(at).filter(|open| *open < at)?;
                at = open.checked_sub(1)?;
                if at > 1 && script.is(at - 1, b'.') {
                    let maker = script.word(at - 2).filter(|word| APPLICATIONS.contains(word));
                    if let Some(word) = maker {
                        return Some(word.to_owned());
                    }
                    at -= 2;
                    continue;
                }
            }
            return script.word(at).map(str::to_owned);
        }
        None
    }

    /// `app.get('/health', …)`, `router.get(['/', '/health'], …)`, `app.route('/health').get(…)`.
    pub(super) fn route(&mut self, at: usize) {
        let script = self.script;
        let inside = script.within(at + 1);
        let mut paths = Vec::new();
        let comma = |index: usize| script.is(index, b',');
        if script.is(inside.start, b'[') {
            let list = script.split(script.within(inside.start));
            paths.extend(list.into_iter().filter(|part| part.len() == 1).map(|part| part.start));
        } else if comma(inside.start + 1) {
            paths.push(inside.start);
        }
        let receiver = self.receiver(at);
        let guarded = self.asks(inside.start + 1..inside.end);
        for index in paths {
            if let Some(path) = self.text(index).filter(|path| is_path(path)).map(str::to_owned) {
                let at = self.at(index);
                self.module.routes.push(Route {
                    receiver: receiver.clone(),
                    path,
                    prefixed: true,
                    guarded,
                    at,
                });
            }
        }
        // `app.route('/health').get(handler)`
        if at >= 2 && script.is(at - 2, b')') {
            let open = script.partner(at - 2).unwrap_or(0);
            let path = self.text(open + 1).filter(|path| is_path(path)).map(str::to_owned);
            if let Some(path) = path.filter(|_| open > 2 && script.word(open - 1) == Some("route")) {
                let receiver = self.receiver(open - 1);
                let method = at;
                let at = self.at(open + 1);
                let guarded = self.asks(script.within(method + 1));
                self.module.routes.push(Route { receiver, path, prefixed: true, guarded, at });
            }
        }
    }

    /// `server.route({ method: 'GET', path: '/health', … })`, a list of such, and Hono's `app.route('/api', other)`.
    pub(super) fn described(&mut self, at: usize) {
        let script = self.script;
        let inside = script.within(at + 1);
        if self.text(inside.start).is_some() && script.is(inside.start + 1, b',') {
            self.mount(at);
            return;
        }
        let list = if script.is(inside.start, b'[') {
            script.split(script.within(inside.start))
        } else {
            vec![inside]
        };
        let receiver = self.receiver(at);
        for part in list {
            let path = script.member(part.start, "path").or_else(|| script.member(part.start, "url"));
            let Some(path) = path.filter(|path| path.len() == 1) else { continue };
            let method = script.member(part.start, "method");
            let gets = method.is_some_and(|method| {
                script.slice(method).iter().any(|token| {
                    token.text().is_some_and(|text| text.eq_ignore_ascii_case("get") || text == "*")
                })
            });
            let said = self.text(path.start).filter(|path| is_path(path) && gets).map(str::to_owned);
            if let Some(said) = said {
                let at = self.at(path.start);
                let guarded = self.asks(part.clone());
                let receiver = receiver.clone();
                self.module.routes.push(Route { receiver, path: said, prefixed: true, guarded, at });
            }
        }
    }

    /// `app.use('/api', router)`, `app.use(require('./routes'))`, `app.register(routes, { prefix: '/v1' })`.
    pub(super) fn mount(&mut self, at: usize) {
        let script = self.script;
        let parts = script.split(script.within(at + 1));
        let receiver = self.receiver(at);
        let mut prefix = Some(String::new());
        for (index, part) in parts.iter().enumerate() {
            if part.len() == 1 && index == 0 {
                match script.get(part.start).map(|token| &token.kind) {
                    Some(Kind::Text(text)) => {
                        prefix = Some(text.clone().into_owned());
                        continue;
                    }
                    Some(Kind::Opaque) => {
                        prefix = None;
                        continue;
                    }
                    _ => {}
                }
            }
            if let Some(said) = script.member(part.start, "prefix") {
                prefix = value(script, said).text;
            }
        }
        let start = self.at(at).0;
        // A path before it limits it to what nobody asks after the health.
        let everywhere = prefix.as_deref() == Some("");
        if everywhere && parts.iter().any(|part| self.asks(part.clone()) && !self.is_router(part)) {
            self.module.doors.push((receiver.clone(), start));
        }
        for part in parts {
            if let Some(what) = self.target(part) {
                let (receiver, prefix) = (receiver.clone(), prefix.clone());
                self.module.mounts.push(Mount { receiver, prefix, what, at: start });
            }
        }
    }

    /// Whether an argument is named like a router: `authRoutes`, `auth.router`, `require('./auth')`.
    fn is_router(&self, part: &Range<usize>) -> bool {
        let mut words = part.clone().filter_map(|index| self.script.word(index));
        words.any(|word| {
            let word = word.to_ascii_lowercase();
            word.contains("rout") || word.contains("controller") || word == "require" || word.contains("api")
        })
    }

    /// Whether arguments name what asks for a login, as far as the first function that is written there.
    pub(super) fn asks(&self, part: Range<usize>) -> bool {
        let script = self.script;
        let mut words = part
            .take_while(|index| !(script.is(*index, b'=') && script.is(index + 1, b'>')))
            .filter_map(|index| script.word(index))
            .take_while(|word| *word != "function");
        words.any(|word| {
            let word = word.to_ascii_lowercase();
            DOORS.iter().any(|door| word.contains(door))
        })
    }

    /// The name or the file that an argument stands for.
    fn target(&self, part: Range<usize>) -> Option<Target> {
        let script = self.script;
        let mut at = part.start;
        if script.word(at) == Some("await") {
            at += 1;
        }
        match script.word(at)? {
            "require" | "import" if script.is(at + 1, b'(') => {
                Some(Target::File(self.text(at + 2)?.to_owned()))
            }
            "function" | "async" => None,
            name => Some(Target::Name(name.to_owned())),
        }
    }

    pub(super) fn prefix(&mut self, at: usize) {
        let script = self.script;
        let parts = script.split(script.within(at + 1));
        let Some(first) = parts.first() else { return };
        let said = if first.len() == 1 { self.text(first.start).map(str::to_owned) } else { None };
        self.module.global_prefix = Some(said);
        if let Some(list) = parts.get(1).and_then(|options| script.member(options.start, "exclude")) {
            let texts = script.slice(list).iter().filter_map(|token| token.text());
            self.module.unprefixed = texts.map(|text| text.trim_matches('/').to_owned()).collect();
        }
    }

    /// A Nest controller: its `@Get()`s as far as the next controller.
    pub(super) fn controller(&mut self, at: usize) {
        let script = self.script;
        let inside = script.within(at + 1);
        let path = script.member(inside.start, "path");
        let own = match path {
            Some(path) => self.text(path.start).unwrap_or("").to_owned(),
            None if inside.is_empty() => String::new(),
            None => match self.text(inside.start) {
                Some(text) => text.to_owned(),
                None => return,
            },
        };
        let neutral = script
            .member(inside.start, "version")
            .is_some_and(|version| script.slice(version).iter().any(|t| t.word() == Some("VERSION_NEUTRAL")));
        let mut index = inside.end;
        while let Some(token) = script.get(index) {
            let decorator = index > 0 && script.is(index - 1, b'@') && script.is(index + 1, b'(');
            match token.word() {
                Some("Controller") if decorator => break,
                Some("Get" | "All") if decorator => {
                    let inside = script.within(index + 1);
                    let text = self.text(inside.start).map(str::to_owned);
                    let below = if inside.is_empty() { Some(String::new()) } else { text };
                    if let Some(below) = below {
                        let path = join(&own, &below);
                        let at = self.at(if inside.is_empty() { index } else { inside.start });
                        let prefixed = !neutral;
                        self.module.routes.push(Route { receiver: None, path, prefixed, guarded: false, at });
                    }
                }
                _ => {}
            }
            index += 1;
        }
    }

    /// `request.url === '/health'`.
    pub(super) fn compared(&mut self, at: usize) {
        let equals = (at + 1..at + 4).take_while(|index| self.script.is(*index, b'=')).count();
        let index = at + 1 + equals;
        let path = self.text(index).filter(|path| is_path(path) && equals >= 2).map(str::to_owned);
        if let Some(path) = path {
            let at = self.at(index);
            let said = Route { receiver: None, path, prefixed: false, guarded: false, at };
            self.module.routes.push(said);
        }
    }
}

fn is_path(text: &str) -> bool {
    text.starts_with('/') && text.len() < 100 && !text.contains([' ', '*', ':', '(', '?', '{'])
}
