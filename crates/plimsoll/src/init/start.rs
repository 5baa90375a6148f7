//! The command that starts an application in production, out of its scripts: the program itself, without a package
//! manager or a shell in between, which would keep signals from it.
//!
//! Deliberately absent: running scripts. A command that is not understood is refused, not guessed.

use serde_json::Value;

/// What a manifest says about starting.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Start {
    /// The words of `CMD`.
    pub(super) command: Vec<String>,
    /// Variables that the script sets.
    pub(super) variables: Vec<(String, String)>,
    /// The file that is started, as far as it is one of the project.
    pub(super) file: Option<String>,
    /// What the script does before that: not part of `CMD`.
    pub(super) before: Vec<String>,
    /// Words that were left out (`--inspect`), with the reason.
    pub(super) dropped: Vec<String>,
    /// The script that it comes from; `None` for `main`.
    pub(super) script: Option<String>,
    /// A port among the words (`next start -p 4000`).
    pub(super) port: Option<u16>,
}

/// Why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// The script.
    pub(super) script: String,
    /// The cause, and what to do.
    pub(super) why: String,
}

/// What of the project matters for the command.
pub(super) struct Given<'g> {
    pub(super) manifest: &'g Value,
    /// The directory of compiled files, where there is a compiler.
    pub(super) compiled: Option<&'g str>,
    /// Whether the package is among those that production has.
    pub(super) has: &'g dyn Fn(&str) -> bool,
}

/// How many scripts are followed that call each other.
const MAX_SCRIPTS: usize = 5;

/// Works the command out; `None` where neither a script nor `main` says anything.
pub(super) fn start(given: &Given<'_>) -> Result<Option<Start>, Refused> {
    let script = |name: &str| given.manifest.get("scripts")?.get(name)?.as_str();
    for name in ["start:prod", "start:production", "start"] {
        if let Some(text) = script(name) {
            let mut found =
                follow(given, text, &script, 0).map_err(|why| Refused { script: name.to_owned(), why })?;
            found.script = Some(name.to_owned());
            return Ok(Some(found));
        }
    }
    let main = given.manifest.get("main").and_then(Value::as_str);
    Ok(main.filter(|main| !main.ends_with(".d.ts")).map(|main| {
        let file = main.trim_start_matches("./").to_owned();
        Start { command: vec!["node".to_owned(), file.clone()], file: Some(file), ..Start::default() }
    }))
}

fn follow<'s>(
    given: &Given<'_>,
    text: &str,
    script: &dyn Fn(&str) -> Option<&'s str>,
    depth: usize,
) -> Result<Start, String> {
    if text.contains(['|', '$', '`', '>', '<']) || text.contains(" & ") {
        return Err(format!("`{text}` needs a shell: let the script be `node FILE`"));
    }
    let mut parts: Vec<&str> = text.split("&&").flat_map(|part| part.split(';')).map(str::trim).collect();
    let last = parts.pop().unwrap_or("");
    let words = words(last);
    let mut found = Start { before: parts.into_iter().map(str::to_owned).collect(), ..Start::default() };
    let mut rest: &[String] = &words;
    loop {
        let Some((first, tail)) = rest.split_first() else {
            return Err(format!("`{text}` starts nothing"));
        };
        match (first.as_str(), first.split_once('=')) {
            (_, Some((name, value))) if !name.starts_with('-') => {
                if name != "NODE_ENV" {
                    found.variables.push((name.to_owned(), value.to_owned()));
                }
            }
            ("cross-env" | "exec" | "npx" | "env" | "dotenv" | "--" | "dotenvx" | "env-cmd", _) => {}
            _ => break,
        }
        rest = tail;
    }
    let (program, tail) = rest.split_first().map_or(("", rest), |(first, tail)| (first.as_str(), tail));
    let names: Vec<&str> = tail.iter().map(String::as_str).collect();
    match program {
        "npm" | "yarn" | "pnpm" | "bun" => {
            let called = match names.as_slice() {
                ["run" | "run-script", name, ..] => name,
                ["--filter" | "-F" | "--workspace" | "-w" | "-r" | "--recursive", ..] | ["workspace", ..] => {
                    return Err(format!("`{text}` starts another package: name its directory"));
                }
                [name, ..] => name,
                [] => return Err(format!("`{text}` starts nothing")),
            };
            let inner = script(called).filter(|_| depth < MAX_SCRIPTS);
            let inner =
                inner.ok_or_else(|| format!("`{text}` runs the script `{called}`, which is not there"))?;
            let mut inner = follow(given, inner, script, depth + 1)?;
            inner.before.splice(0..0, found.before);
            inner.variables.splice(0..0, found.variables);
            Ok(inner)
        }
        "node" | "nodejs" => node(given, &names, found),
        "nodemon" | "pm2-runtime" | "pm2" | "forever" => {
            let file = names
                .iter()
                .rev()
                .find(|word| !word.starts_with('-') && !matches!(**word, "start" | "-i" | "max"));
            let file = file.ok_or_else(|| format!("`{text}` names no file"))?;
            found
                .dropped
                .push(format!("{program}: the engine restarts the container, and its log is the log"));
            node(given, &[file], found)
        }
        "tsx" | "ts-node" | "ts-node-dev" | "ts-node-esm" | "swc-node" => {
            typescript(given, program, &names, found)
        }
        "nest" if names.first() == Some(&"start") => {
            let top = given.compiled.unwrap_or("dist");
            node(given, &[&format!("{top}/main.js")], found)
        }
        "next" if names.first() == Some(&"start") => {
            found.port = names
                .windows(2)
                .find(|pair| matches!(pair[0], "-p" | "--port"))
                .and_then(|pair| pair[1].parse().ok());
            found.command = ["node", "node_modules/next/dist/bin/next", "start"].map(str::to_owned).to_vec();
            found.command.extend(names.iter().skip(1).map(|&word| word.to_owned()));
            Ok(found)
        }
        "fastify" if names.first() == Some(&"start") => {
            found.port = names
                .windows(2)
                .find(|pair| matches!(pair[0], "-p" | "--port"))
                .and_then(|pair| pair[1].parse().ok());
            found.command = ["node", "node_modules/fastify-cli/cli.js", "start"].map(str::to_owned).to_vec();
            if !names.iter().any(|word| matches!(*word, "-a" | "--address")) {
                found.command.extend(["-a".to_owned(), "0.0.0.0".to_owned()]);
            }
            found.command.extend(names.iter().skip(1).map(|&word| word.to_owned()));
            found.file = names.last().map(|&word| word.to_owned());
            Ok(found)
        }
        "turbo" | "nx" | "lerna" => Err(format!("`{text}` starts other packages: name the directory of one")),
        other => Err(format!("what `{other}` starts is not known here: let the script be `node FILE`")),
    }
}

fn node(given: &Given<'_>, words: &[&str], mut found: Start) -> Result<Start, String> {
    found.command.push("node".to_owned());
    let mut file: Option<String> = None;
    let mut value = false;
    for word in words {
        if file.is_none() && !value {
            if word.starts_with("--inspect") {
                found.dropped.push(format!("{word}: a debugger is not for production"));
                continue;
            }
            if word.starts_with("--watch") || word.starts_with("--env-file") {
                found.dropped.push(format!("{word}: settings are given to the container"));
                continue;
            }
            value = matches!(
                *word,
                "-r" | "--require"
                    | "--import"
                    | "--loader"
                    | "--experimental-loader"
                    | "-C"
                    | "--conditions"
            );
            if !word.starts_with('-') {
                let plain = word.trim_start_matches("./");
                let plain = with_suffix(given, plain);
                file = Some(plain.clone());
                found.command.push(plain);
                continue;
            }
        } else {
            value = false;
        }
        found.command.push((*word).to_owned());
    }
    found.file = Some(file.ok_or("`node` is given no file")?);
    Ok(found)
}

/// `dist/main` is `dist/main.js`: what is run is to be seen.
fn with_suffix(given: &Given<'_>, file: &str) -> String {
    let name = file.rsplit('/').next().unwrap_or(file);
    let compiled = given.compiled.is_some_and(|top| file.starts_with(&format!("{top}/")));
    if compiled && !name.contains('.') { format!("{file}.js") } else { file.to_owned() }
}

fn typescript(given: &Given<'_>, program: &str, words: &[&str], mut found: Start) -> Result<Start, String> {
    let file = words
        .iter()
        .find(|word| word.ends_with("ts"))
        .ok_or_else(|| format!("`{program}` is given no file"))?;
    let file = file.trim_start_matches("./");
    if given.manifest.get("scripts").and_then(|scripts| scripts.get("build")).is_some()
        && let Some(top) = given.compiled
    {
        let inside = file.strip_prefix("src/").unwrap_or(file);
        let stem = inside.rsplit_once('.').map_or(inside, |(stem, _)| stem);
        found.dropped.push(format!("{program}: what the build makes is run"));
        return node(given, &[&format!("{top}/{stem}.js")], found);
    }
    let package = if program.starts_with("ts-node") { "ts-node" } else { program };
    if !(given.has)(package) {
        return Err(format!(
            "`{program}` is a development dependency, which production does not have: add a script `build` (`tsc`) and start \
             what it makes, or move {package} to `dependencies`"
        ));
    }
    let hook: &[&str] = match package {
        "tsx" => &["--import", "tsx"],
        "ts-node" => &["--require", "ts-node/register/transpile-only"],
        _ => return Err(format!("what `{program}` starts is not known here: let the script be `node FILE`")),
    };
    let words: Vec<&str> = hook.iter().copied().chain([file]).collect();
    node(given, &words, found)
}

/// Words as a shell takes them, with quotes.
fn words(command: &str) -> Vec<String> {
    let (mut found, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    for character in command.chars() {
        match quote {
            Some(end) if character == end => quote = None,
            Some(_) => word.push(character),
            None if matches!(character, '\'' | '"') => {
                quote = Some(character);
                any = true;
            }
            None if character.is_whitespace() => {
                if any || !word.is_empty() {
                    found.push(std::mem::take(&mut word));
                }
                any = false;
            }
            None => word.push(character),
        }
    }
    if any || !word.is_empty() {
        found.push(word);
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(scripts: Value, compiled: Option<&str>) -> Result<Option<Start>, Refused> {
        start(&Given { manifest: &json!({ "scripts": scripts }), compiled, has: &|name| name == "tsx" })
    }

    fn command(script: &str) -> String {
        match of(json!({ "start": script, "serve": "node serve.js", "build": "tsc" }), Some("dist")) {
            Ok(Some(start)) => start.command.join(" "),
            Ok(None) => "nothing".to_owned(),
            Err(refused) => format!("refused: {}", refused.why),
        }
    }

    #[test]
    fn the_program_itself_is_started() {
        for (script, expected) in [
            ("node server.js", "node server.js"),
            ("NODE_ENV=production node ./bin/www", "node bin/www"),
            ("node --enable-source-maps dist/main", "node --enable-source-maps dist/main.js"),
            (
                "node -r dotenv/config dist/index.js --port 80",
                "node -r dotenv/config dist/index.js --port 80",
            ),
            ("node --inspect=0.0.0.0:9229 server.js", "node server.js"),
            ("npm run serve", "node serve.js"),
            ("cross-env A=b node \"my file.js\"", "node my file.js"),
            ("npm run build && node dist/server.js", "node dist/server.js"),
            ("nodemon server.js", "node server.js"),
            ("pm2-runtime start app.js", "node app.js"),
            ("nest start", "node dist/main.js"),
            ("tsx src/index.ts", "node dist/index.js"),
            ("next start -p 4000", "node node_modules/next/dist/bin/next start -p 4000"),
            (
                "fastify start -l info app.js",
                "node node_modules/fastify-cli/cli.js start -a 0.0.0.0 -l info app.js",
            ),
        ] {
            assert_eq!(command(script), expected, "{script}");
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for script in [
            "node a.js | pino-pretty",
            "sh start.sh",
            "npm run none",
            "turbo run start",
            "node",
            "pnpm --filter api start",
        ] {
            assert!(command(script).starts_with("refused"), "{script}: {}", command(script));
        }
        let dev = of(json!({ "start": "ts-node src/index.ts" }), None);
        assert!(dev.unwrap_err().why.contains("development dependency"));
        let kept = of(json!({ "start": "tsx src/index.ts" }), None).unwrap().unwrap();
        assert_eq!(kept.command, ["node", "--import", "tsx", "src/index.ts"]);
    }

    #[test]
    fn the_rest_of_the_script_is_told() {
        let found = of(json!({ "start": "prisma migrate deploy && TZ=UTC node dist/main.js" }), None)
            .unwrap()
            .unwrap();
        assert_eq!(found.before, ["prisma migrate deploy"]);
        assert_eq!(found.variables, [("TZ".to_owned(), "UTC".to_owned())]);
        assert_eq!(found.file.as_deref(), Some("dist/main.js"));
        assert_eq!(of(json!({}), None), Ok(None));
    }
}
