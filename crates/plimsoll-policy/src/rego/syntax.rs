//! What the files of rules define, and whether a rule needs itself.
//!
//! Rego forbids recursion; the interpreter finds it between rules and not between functions, where it would end the
//! process. So the definitions are walked before anything is asked. Deliberately absent: what expressions mean.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_controls::Severity;
use plimsoll_text::{Source, Sources, Span};
use regorus::Engine;
use serde_json::Value;

use super::Module;
use super::fault::Fault;
use crate::control::Annotation;

/// The longest chain of definitions that need one another.
const DEEPEST: usize = 64;

/// All definitions of all files.
#[derive(Debug, Default)]
pub(super) struct Program {
    /// The package of each module.
    pub(super) packages: Vec<String>,
    pub(super) definitions: Vec<Definition>,
}

/// One rule or function, as one place defines it.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) module: usize,
    /// The first part of its name: `deny` of `deny[msg]`.
    pub(super) name: String,
    pub(super) is_function: bool,
    /// Its first line.
    pub(super) at: Span,
    /// Full names of what it mentions.
    mentions: BTreeSet<String>,
    /// Whether `with` puts something in the place of a function or of data, which could make a circle nobody sees.
    replaces: bool,
}

/// Whether the file is written in the Rego of before version 1; the error of version 1 when it is neither.
pub(super) fn dialect(source: &Source) -> Result<bool, String> {
    let read = |old: bool| {
        let mut engine = Engine::new();
        engine.set_rego_v0(old);
        engine.add_policy(source.name.to_string(), source.text.to_string()).map_err(|error| error.to_string())
    };
    match read(false) {
        Ok(_) => Ok(false),
        Err(error) => read(true).map(|_| true).map_err(|_| error),
    }
}

/// Takes the definitions out of the syntax trees.
pub(super) fn read(sources: &Sources, modules: &[Module], engine: &Engine) -> Result<Program, String> {
    let too_deep = |_| "an expression nests too deep".to_owned();
    let text = engine.get_ast_as_json().map_err(|error| error.to_string())?;
    let trees: Vec<Value> = serde_json::from_str(&text).map_err(too_deep)?;
    let mut program = Program::default();
    for (index, (tree, module)) in trees.iter().zip(modules).enumerate() {
        let (tree, source) = (&tree["ast"], sources.get(module.source));
        let package = path(&tree["package"]["refr"]).unwrap_or_default().join(".");
        let imports: BTreeMap<String, String> = tree["imports"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|item| import(item, source))
            .collect();
        let rules = tree["rules"].as_array().into_iter().flatten();
        program
            .definitions
            .extend(rules.filter_map(|rule| definition(rule, index, &package, &imports, source)));
        program.packages.push(package);
    }
    Ok(program)
}

/// The name by which an import is known, and what it stands for without `data`.
fn import(import: &Value, source: &Source) -> Option<(String, String)> {
    let path = path(&import["refr"])?;
    let (root, rest) = path.split_first()?;
    if root != "data" {
        return None;
    }
    // The alias is given by its place only.
    let byte = |key: &str| usize::try_from(import["as"][key].as_u64()?).ok();
    let alias = match (byte("start"), byte("end")) {
        (Some(start), Some(end)) => source.text.get(start..end)?.to_owned(),
        _ => rest.last()?.clone(),
    };
    Some((alias, rest.join(".")))
}

fn definition(
    rule: &Value,
    module: usize,
    package: &str,
    imports: &BTreeMap<String, String>,
    source: &Source,
) -> Option<Definition> {
    let (body, refr, is_function) = match (&rule["Spec"], &rule["Default"]) {
        (Value::Object(_), _) => {
            let head = &rule["Spec"]["head"];
            let (kind, inner) = head.as_object()?.iter().next()?;
            (&rule["Spec"], &inner["refr"], kind == "Func")
        }
        (_, Value::Object(_)) => (&rule["Default"], &rule["Default"]["refr"], false),
        _ => return None,
    };
    let name = root(refr)?;
    let mut names = Names::default();
    names.walk(body, refr);
    let replaces = names.replaces;
    let mentions = names
        .mentioned
        .into_iter()
        .filter(|path| path.first().is_some_and(|first| !names.bound.contains(first)))
        .chain(names.called)
        .map(|path| full(&path, package, imports))
        .collect();
    let start = usize::try_from(body["span"]["start"].as_u64()?).ok()?;
    let end = source.text.get(start..)?.find('\n').map_or(source.text.len(), |length| start + length);
    Some(Definition { module, name, is_function, at: Span::new(source.id, start, end), mentions, replaces })
}

/// `data.lib.f`, `lib.f` after `import data.lib`, or `f` of the own package.
fn full(path: &[String], package: &str, imports: &BTreeMap<String, String>) -> String {
    let Some((first, rest)) = path.split_first() else { return String::new() };
    let base = match (first.as_str(), imports.get(first)) {
        ("data", _) => return rest.join("."),
        (_, Some(imported)) => imported.clone(),
        (own, None) => format!("{package}.{own}"),
    };
    std::iter::once(base).chain(rest.iter().cloned()).collect::<Vec<_>>().join(".")
}

/// The names in a definition.
#[derive(Debug, Default)]
struct Names {
    /// Bound within it: arguments, `some`, `:=`.
    bound: BTreeSet<String>,
    mentioned: Vec<Vec<String>>,
    called: Vec<Vec<String>>,
    /// Whether `with` puts something in the place of a function or of data.
    replaces: bool,
}

impl Names {
    /// The depth is that of the document, which the reader of JSON bounds.
    fn walk(&mut self, value: &Value, head: &Value) {
        if std::ptr::eq(value, head) {
            return;
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, head)),
            Value::Object(fields) => {
                for (kind, inner) in fields {
                    match kind.as_str() {
                        "Var" => self.mentioned.extend(path(value)),
                        "RefDot" | "RefBrack" => {
                            // The parts of a name are not mentioned by themselves.
                            match path(value) {
                                Some(path) => self.mentioned.push(path),
                                None => self.walk(&inner["refr"], head),
                            }
                            self.indices(value, head);
                            continue;
                        }
                        "with_mods" => {
                            let mut targets = inner.as_array().into_iter().flatten();
                            self.replaces |= targets
                                .any(|target| root(&target["refr"]).is_none_or(|root| root != "input"));
                        }
                        "Call" => self.called.extend(path(&inner["fcn"])),
                        "args" => inner.as_array().into_iter().flatten().for_each(|arg| self.bind(arg)),
                        "SomeVars" => self.some(&inner["vars"]),
                        "SomeIn" => {
                            self.bind(&inner["key"]);
                            self.bind(&inner["value"]);
                        }
                        "AssignExpr" if inner["op"] == "ColEq" => self.bind(&inner["lhs"]),
                        _ => {}
                    }
                    self.walk(inner, head);
                }
            }
            _ => {}
        }
    }

    /// What stands between the brackets of a reference.
    fn indices(&mut self, value: &Value, head: &Value) {
        if let Value::Object(inner) = &value["RefBrack"] {
            if let Some(index) = inner.get("index") {
                self.walk(index, head);
            }
            if let Some(refr) = inner.get("refr") {
                self.indices(refr, head);
            }
        } else if let Value::Object(inner) = &value["RefDot"]
            && let Some(refr) = inner.get("refr")
        {
            self.indices(refr, head);
        }
    }

    /// Every variable of a pattern is bound by it.
    fn bind(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.bind(item)),
            Value::Object(fields) => {
                for (kind, inner) in fields {
                    if kind == "Var" {
                        self.bound.extend(inner["value"].as_str().map(str::to_owned));
                    }
                    self.bind(inner);
                }
            }
            _ => {}
        }
    }

    /// `some x, y` gives places and names.
    fn some(&mut self, value: &Value) {
        match value {
            Value::String(name) => _ = self.bound.insert(name.clone()),
            Value::Array(items) => items.iter().for_each(|item| self.some(item)),
            Value::Object(fields) => fields.values().for_each(|field| self.some(field)),
            _ => {}
        }
    }
}

/// The constant parts of a reference from its root: `["data", "main", "f"]`. A part that is computed ends it.
fn path(value: &Value) -> Option<Vec<String>> {
    if let Some(name) = value["Var"]["value"].as_str() {
        return Some(vec![name.to_owned()]);
    }
    let (inner, part) = match (&value["RefDot"], &value["RefBrack"]) {
        (Value::Object(dot), _) => (dot, dot["field"][1].as_str()),
        (_, Value::Object(bracket)) => (bracket, bracket["index"]["String"]["value"].as_str()),
        _ => return None,
    };
    let mut path = path(inner.get("refr")?)?;
    // Marks that a computed part came before: nothing after it is a name.
    match part {
        Some(part) if path.last().is_some_and(|last| !last.is_empty()) => path.push(part.to_owned()),
        _ => path.push(String::new()),
    }
    Some(path)
}

/// The variable that a reference starts from.
fn root(refr: &Value) -> Option<String> {
    path(refr)?.into_iter().next()
}

/// A rule that needs itself, or a chain that is too long.
pub(super) fn recursion(program: &Program) -> Option<Fault> {
    if let Some(definition) = program.definitions.iter().find(|definition| definition.replaces) {
        let message = format!("`with` in `{}` replaces something else than `input`", definition.name);
        return Some(Fault::new(definition.at, message, "write a rule of its own instead"));
    }
    let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, definition) in program.definitions.iter().enumerate() {
        let package = program.packages.get(definition.module)?;
        by_name.entry(format!("{package}.{}", definition.name)).or_default().push(index);
    }
    let names: Vec<&String> = by_name.keys().collect();
    let edges: Vec<Vec<usize>> = by_name
        .values()
        .map(|definitions| {
            let mentions = definitions.iter().flat_map(|&index| &program.definitions[index].mentions);
            mentions
                .flat_map(|mention| needed(&names, mention))
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect()
        })
        .collect();
    let (at, message, cure) = match longest(&edges) {
        Ok(depths) => {
            let deep = depths.iter().position(|&depth| depth > DEEPEST)?;
            (deep, format!("more than {DEEPEST} rules need one another in a chain"), "join some of them")
        }
        Err(at) => {
            let name = names.get(at).map_or("", |name| name.as_str());
            (at, format!("`{name}` needs itself: Rego forbids recursion"), "take the recursion out")
        }
    };
    let first = by_name.values().nth(at)?.first()?;
    Some(Fault::new(program.definitions.get(*first)?.at, message, cure))
}

/// The definitions that a mention needs: the one it names, whose part it names, and all that lie below it.
fn needed(names: &[&String], mention: &str) -> Vec<usize> {
    let mention = mention.trim_end_matches('.');
    let mut found: Vec<usize> = Vec::new();
    let above = mention.match_indices('.').map(|(at, _)| &mention[..at]).chain(std::iter::once(mention));
    found.extend(above.filter_map(|name| names.binary_search_by(|own| own.as_str().cmp(name)).ok()));
    let below = format!("{mention}.");
    let start = names.partition_point(|own| own.as_str() < below.as_str());
    found.extend(
        names.iter().enumerate().skip(start).take_while(|(_, own)| own.starts_with(&below)).map(|(at, _)| at),
    );
    found
}

/// How many definitions hang below each; the one that closes a circle, when there is one. Without recursion of its own.
fn longest(edges: &[Vec<usize>]) -> Result<Vec<usize>, usize> {
    let mut depths = vec![0; edges.len()];
    let mut state = vec![0u8; edges.len()];
    for start in 0..edges.len() {
        let mut open = vec![(start, 0)];
        while let Some((node, next)) = open.pop() {
            if next == 0 && std::mem::replace(&mut state[node], 1) == 2 {
                state[node] = 2;
                continue;
            }
            match edges[node].get(next) {
                Some(&child) => {
                    open.push((node, next + 1));
                    match state[child] {
                        0 => open.push((child, 0)),
                        1 => return Err(child),
                        _ => {}
                    }
                }
                None => {
                    depths[node] = edges[node].iter().map(|&child| depths[child] + 1).max().unwrap_or(1);
                    state[node] = 2;
                }
            }
        }
    }
    Ok(depths)
}

/// What the comments right above a rule say: the lines of OPA's `METADATA` that have a use here.
pub(super) fn annotation(source: &Source, at: Span) -> Annotation {
    let before = source.text.get(..at.start as usize).unwrap_or("");
    let mut lines: Vec<&str> = before
        .lines()
        .rev()
        .map_while(|line| line.trim().strip_prefix('#').map(str::trim))
        .take(50)
        .collect();
    lines.reverse();
    let mut said = Annotation::default();
    let Some(start) = lines.iter().position(|line| *line == "METADATA") else { return said };
    for line in lines.iter().skip(start + 1) {
        let Some((key, value)) = line.split_once(':') else { continue };
        let value = value.trim().trim_matches('"');
        if value.is_empty() {
            continue;
        }
        match key.trim() {
            "title" => said.title = Some(value.to_owned()),
            "description" => said.description = Some(value.to_owned()),
            "severity" => said.severity = Severity::parse(value),
            _ => {}
        }
    }
    said
}
