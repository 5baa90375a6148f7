//! A development server in production.

use plimsoll_posture::{Layer, Posture, Reason, Service, program_name};

use crate::application::{of_service, program, script_of, started};
use crate::{Control, Finding, Foothold, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "development-server-run",
    title: "service runs a development server",
    page: include_str!("development_server_run.md"),
    severity: Severity::Medium,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Process(check),
};

fn check(service: &Service, posture: &Posture, _: &Settings) -> Verdict {
    let what = if service.runtime { "service" } else { "image" };
    let commands = started(service, posture);
    let app = of_service(service, posture);
    for command in &commands {
        let named = script_of(&command.words).filter(|name| {
            let read = app.is_some_and(|app| app.scripts.iter().any(|(own, ..)| **own == **name));
            !read && is_development_script(name)
        });
        let tool = development_tool(&command.words).map(str::to_owned);
        let Some(tool) = tool.or_else(|| named.map(|name| format!("the script `{name}`"))) else { continue };
        let tool = if tool.starts_with("the ") { tool } else { format!("`{tool}`") };
        let fix =
            "build the application in a stage of its own and start the result: CMD [\"node\", \"FILE\"]";
        let mut finding = Finding::at(
            command.claim,
            match &command.script {
                Some((name, _)) => format!("runs the script `{name}`"),
                None => "watches, compiles or debugs while it serves".to_owned(),
            },
            format!("{what} `{}` is served by {tool}", service.name()),
            fix,
        );
        if let Some((_, place)) = &command.script {
            finding = finding.near(place.clone(), "starts it here");
        }
        let target = service.build.as_ref().and_then(|build| build.target_place(service.name()));
        if let Some(target) = target.filter(|_| command.claim.layer <= Layer::Image) {
            finding = finding.near(target, "the stage that is built");
        }
        return Verdict::fail(finding);
    }
    let facts = [&service.entrypoint, &service.command];
    let open = facts.into_iter().filter_map(|fact| fact.effective()).find_map(|claim| claim.value.reason());
    if let Some(reason) = open {
        return Verdict::Unknown(reason.clone());
    }
    match commands.last() {
        Some(command) => Verdict::pass(command.claim),
        None => match service.image.value().filter(|_| service.runtime && service.build.is_none()) {
            Some(image) => Verdict::Unknown(Reason::ImageNotInspected(image.text.clone())),
            None => Verdict::NotApplicable("no command is declared"),
        },
    }
}

/// Names of scripts that stand for development where the manifest was not read.
fn is_development_script(name: &str) -> bool {
    matches!(name, "dev" | "develop" | "start:dev" | "start-dev" | "dev:server" | "serve:dev" | "watch")
}

/// The development server that a command starts, as people call it.
fn development_tool(words: &[&str]) -> Option<&'static str> {
    let (first, rest) = program(words).split_first()?;
    let has = |any: &[&str]| rest.iter().any(|word| any.contains(&word.split('=').next().unwrap_or(word)));
    // A positional word; `vite build` and `vite preview` serve nothing that changes.
    let verb = rest.iter().find(|word| !word.starts_with('-')).copied();
    match program_name(first) {
        "nodemon" => Some("nodemon"),
        "node-dev" => Some("node-dev"),
        "ts-node-dev" | "tsnd" => Some("ts-node-dev"),
        "ts-node" | "ts-node-esm" => Some("ts-node"),
        "tsx" if verb == Some("watch") || has(&["--watch"]) => Some("tsx watch"),
        "node" if has(&["--watch", "--watch-path"]) => Some("node --watch"),
        "node" if loader(rest) => Some("ts-node"),
        "bun" if has(&["--watch", "--hot"]) => Some("bun --watch"),
        "deno" if has(&["--watch"]) => Some("deno --watch"),
        "next" if matches!(verb, None | Some("dev")) => Some("next dev"),
        "vite" if !has(&["--version", "-v"]) && matches!(verb, None | Some("dev" | "serve")) => Some("vite"),
        "nuxt" | "nuxi" if verb == Some("dev") => Some("nuxt dev"),
        "astro" if verb == Some("dev") => Some("astro dev"),
        "remix" if verb == Some("dev") => Some("remix dev"),
        "gatsby" if verb == Some("develop") => Some("gatsby develop"),
        "webpack-dev-server" => Some("webpack-dev-server"),
        "webpack" if verb == Some("serve") => Some("webpack serve"),
        "react-scripts" | "craco" | "react-app-rewired" if verb == Some("start") => {
            Some("react-scripts start")
        }
        "vue-cli-service" if verb == Some("serve") => Some("vue-cli-service serve"),
        "ng" if matches!(verb, Some("serve" | "s")) => Some("ng serve"),
        "nest" if verb == Some("start") && has(&["--watch", "-w", "--debug", "-d"]) => {
            Some("nest start --watch")
        }
        "strapi" if matches!(verb, Some("develop" | "dev")) => Some("strapi develop"),
        "python" | "python3"
            if rest.windows(2).any(|pair| pair[0].ends_with("manage.py") && pair[1] == "runserver") =>
        {
            Some("manage.py runserver")
        }
        "manage.py" if verb == Some("runserver") => Some("manage.py runserver"),
        "uvicorn" | "gunicorn" if has(&["--reload"]) => Some("--reload"),
        "flask" if has(&["--debug"]) => Some("flask --debug"),
        _ => None,
    }
}

/// `node -r ts-node/register`, `node --loader ts-node/esm`.
fn loader(words: &[&str]) -> bool {
    words.windows(2).any(|pair| {
        matches!(pair[0], "-r" | "--require" | "--loader" | "--import") && pair[1].starts_with("ts-node/")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_told_from_a_build() {
        let tool = |text: &str| development_tool(&text.split_whitespace().collect::<Vec<_>>());
        for text in
            ["next dev", "npx vite --host", "cross-env A=1 nodemon x.js", "node --watch x.js", "ng serve"]
        {
            assert!(tool(text).is_some(), "{text}");
        }
        for text in [
            "next start",
            "vite build",
            "vite preview",
            "tsx server.ts",
            "node x.js",
            "webpack",
            "react-scripts build",
        ] {
            assert!(tool(text).is_none(), "{text}");
        }
    }
}
