//! The Dockerfile.
//!
//! Three plans: one package (installed whole, built, pruned), a package of a pnpm workspace (`pnpm deploy` takes it out),
//! and everything whose packages do not lie in one directory of its own (other workspaces, Yarn without `node_modules`),
//! where production is installed in a stage of its own. Deliberately absent: reading the project.

use std::fmt::Write as _;

use super::install;
use super::making::Next;
use super::native::TOOLCHAIN;
use super::package_manager::PackageManager;
use super::project::Project;
use super::steps::{Steps, apt, json_list, package_lines};

/// The name of the stage whose files run.
const DEPENDENCIES: &str = "dependencies";
const BUILD: &str = "build";

/// The text.
pub(super) fn write(project: &Project, npmrc: bool) -> String {
    let mut out = Steps::default();
    out.text("# Made by `plimsoll init` for this project; it is yours now. Its lines are checked by `plimsoll scan`.\n");
    let _ = writeln!(out, "# Node {}: {}.", project.release.version, project.release.why);
    out.text(
        "# To pin the image to its bytes, put its digest behind the tag (`docker buildx imagetools inspect IMAGE`), and let\n\
         # Renovate or Dependabot move both.\n",
    );
    let _ = writeln!(out, "FROM {} AS base\nWORKDIR /app", project.release.image());
    let plan = Plan { project, npmrc };
    match plan.shape() {
        Shape::Whole => plan.whole(&mut out),
        Shape::Deployed => plan.deployed(&mut out),
        Shape::Split => plan.split(&mut out),
    }
    out.finish()
}

/// How the packages get into the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Whole,
    Deployed,
    Split,
}

struct Plan<'p> {
    project: &'p Project,
    npmrc: bool,
}

impl Plan<'_> {
    fn shape(&self) -> Shape {
        let workspace = !self.project.workspace.is_empty();
        match &self.project.locked.manager {
            PackageManager::Pnpm { .. } if workspace => Shape::Deployed,
            PackageManager::Berry { pnp: true, .. } => Shape::Split,
            _ if workspace => Shape::Split,
            _ => Shape::Whole,
        }
    }

    fn inside(&self, name: &str) -> String {
        if self.project.directory == "." {
            name.to_owned()
        } else {
            format!("{}/{name}", self.project.directory)
        }
    }

    /// Compilers and the package manager: never part of what runs.
    fn tools(&self, out: &mut Steps) {
        let project = self.project;
        let mut packages: Vec<&str> = Vec::new();
        if !project.native.is_empty() {
            packages.extend(TOOLCHAIN);
            packages.extend(project.native.iter().flat_map(|native| native.build));
        }
        if project.prisma.is_some() {
            packages.push("openssl");
        }
        if !packages.is_empty() {
            let names: Vec<&str> = project.native.iter().map(|native| native.name).collect();
            let why = match (names.is_empty(), project.prisma.is_some()) {
                (true, _) => "Prisma looks for OpenSSL when it generates its client.".to_owned(),
                (false, _) => {
                    format!("{} may have to be compiled; the compiler stays in this stage.", names.join(", "))
                }
            };
            out.comment(&why);
            out.line(&apt(packages));
        }
        if !project.native.is_empty() {
            out.comment("Node's headers are in the image: node-gyp need not fetch them.");
            out.line("ENV npm_config_nodedir=/usr/local");
        }
        if let Some(install) = project.locked.manager.install() {
            out.comment("In this version only, and not in what runs.");
            out.line(&format!("RUN {install}"));
        }
    }

    /// What installing needs: manifests, lockfile, settings.
    fn manifests(&self, out: &mut Steps) {
        let project = self.project;
        if let Some(script) = &project.lifecycle.whole {
            out.comment(&format!(
                "The script `{script}` runs while packages are installed and needs the sources."
            ));
            out.line("COPY . .");
            return;
        }
        let lockfile = project.locked.file.unwrap_or("package-lock.json");
        let mut names = vec!["package.json", lockfile];
        if let PackageManager::Berry { .. } = project.locked.manager {
            names.push(".yarnrc.yml");
        }
        if matches!(project.locked.manager, PackageManager::Pnpm { .. })
            && project.settings.contains(&"pnpm-workspace.yaml")
        {
            names.push("pnpm-workspace.yaml");
        }
        out.line(&format!("COPY {} ./", names.join(" ")));
        for name in [".yarn/releases", ".yarn/plugins", ".yarn/patches"] {
            if project.settings.contains(&name) {
                out.line(&format!("COPY {name} ./{name}"));
            }
        }
        for member in &project.members {
            out.line(&format!("COPY {member}/package.json ./{member}/"));
        }
        for file in &project.lifecycle.files {
            let file = self.inside(file);
            let target = file.rsplit_once('/').map_or("./".to_owned(), |(folder, _)| format!("./{folder}/"));
            let directory = !file.rsplit('/').next().unwrap_or("").contains('.');
            out.line(&if directory {
                format!("COPY {file} ./{file}")
            } else {
                format!("COPY {file} {target}")
            });
        }
        if let Some(prisma) = &project.prisma {
            out.comment("Before the packages: Prisma's client is generated from the schema.");
            for file in &prisma.files {
                let file = self.inside(file);
                let target = if file.contains('/') || !file.contains('.') {
                    format!("./{file}")
                } else {
                    "./".to_owned()
                };
                out.line(&format!("COPY {file} {target}"));
            }
        }
    }

    fn mounts(&self) -> String {
        let mut mounts = format!("--mount=type=cache,target={}", self.project.locked.manager.cache());
        if self.npmrc {
            mounts.push_str(" \\\n    --mount=type=secret,id=npmrc,target=/app/.npmrc");
        }
        mounts
    }

    fn run(&self, command: &str) -> String {
        let mounts = self.mounts();
        if mounts.len() + command.len() > 90 {
            format!("RUN {mounts} \\\n    {command}")
        } else {
            format!("RUN {mounts} {command}")
        }
    }

    fn generate(&self, out: &mut Steps) {
        if self.project.prisma.as_ref().is_some_and(|prisma| !prisma.by_itself) {
            out.line(&format!("RUN {}", self.project.locked.manager.execute("prisma generate")));
        }
    }

    /// One package.
    fn whole(&self, out: &mut Steps) {
        let project = self.project;
        let built =
            !project.build.is_empty() || project.prisma.is_some() || project.lifecycle.whole.is_some();
        let packages = project.packages;
        if built {
            out.stage(
                "The packages for development are needed to build, and are gone before anything is copied.",
                BUILD,
            );
            self.tools(out);
            self.manifests(out);
            out.line(&self.run(&project.locked.manager.install_all()));
            self.generate(out);
            if project.lifecycle.whole.is_none() {
                out.line("COPY . .");
            }
            let mut commands = project.build.clone();
            if packages && project.next != Some(Next::Standalone) {
                commands.push(project.locked.manager.prune());
            }
            let network = matches!(
                project.locked.manager,
                PackageManager::Classic { .. } | PackageManager::Berry { .. } | PackageManager::Bun { .. }
            );
            if let Some(first) = commands.first() {
                let head =
                    if network { format!("RUN {} \\\n    ", self.mounts()) } else { "RUN ".to_owned() };
                let rest: String =
                    commands.iter().skip(1).map(|command| format!(" \\\n    && {command}")).collect();
                out.line(&format!("{head}{first}{rest}"));
            }
        } else if packages {
            out.stage(
                "Packages are installed where the manager's cache and a compiler's leftovers stay behind.",
                DEPENDENCIES,
            );
            self.tools(out);
            self.manifests(out);
            if !project.lifecycle.dropped.is_empty() {
                let scripts: Vec<String> =
                    project.lifecycle.dropped.iter().map(|name| format!("scripts.{name}")).collect();
                out.comment("These set git up, with tools that production does not have.");
                out.line(&format!("RUN npm pkg delete {}", scripts.join(" ")));
            }
            out.line(&self.run(&install::production(project)));
        }
        let from = if built { BUILD } else { DEPENDENCIES };
        self.runtime_head(out);
        match project.next {
            Some(Next::Standalone) => {
                out.line("COPY --from=build /app/.next/standalone ./");
                out.line("COPY --from=build /app/.next/static ./.next/static");
            }
            next => {
                if packages {
                    out.line(&format!("COPY --from={from} /app/node_modules ./node_modules"));
                }
                if next.is_some() {
                    out.line("COPY --from=build /app/.next ./.next");
                }
                if let Some(top) = &project.compiled {
                    out.line(&format!("COPY --from=build /app/{top} ./{top}"));
                }
            }
        }
        self.own_files(out, "", built && project.compiled.is_none() && project.next.is_none());
        self.runtime_tail(out);
    }

    /// A package of a pnpm workspace.
    fn deployed(&self, out: &mut Steps) {
        let project = self.project;
        out.stage(
            "The whole workspace is needed to build; `pnpm deploy` takes out what the package runs with.",
            BUILD,
        );
        self.tools(out);
        let mut names = vec!["pnpm-lock.yaml", "pnpm-workspace.yaml"];
        names.retain(|name| project.settings.contains(name) || *name == "pnpm-lock.yaml");
        out.line(&format!("COPY {} ./", names.join(" ")));
        if project.settings.contains(&"patches") {
            out.line("COPY patches ./patches");
        }
        out.comment("Downloads by the lockfile alone: a change of a manifest does not repeat it.");
        out.line(&self.run("pnpm fetch"));
        out.line("COPY . .");
        let filter = format!("\"{}...\"", project.package);
        let mut commands = vec![format!("pnpm install --frozen-lockfile --prefer-offline --filter {filter}")];
        if project.prisma.as_ref().is_some_and(|prisma| !prisma.by_itself) {
            commands.push(format!("pnpm --filter {} exec prisma generate", project.package));
        }
        if !project.build.is_empty() || project.workspace.iter().any(|member| has_build(&member.manifest)) {
            commands.push(format!("pnpm --filter {filter} run build"));
        }
        let PackageManager::Pnpm { version } = &project.locked.manager else { return };
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok()).unwrap_or(10);
        let legacy = if major >= 10 { " --legacy" } else { "" };
        commands.push(format!("pnpm --filter {} --prod deploy{legacy} /out", project.package));
        out.line(&self.run(&commands.join(" \\\n    && ")));
        self.runtime_head(out);
        if project.packages {
            out.line("COPY --from=build /out/node_modules ./node_modules");
        }
        let directory = &project.directory;
        if let Some(top) = &project.compiled {
            out.line(&format!("COPY --from=build /app/{directory}/{top} ./{top}"));
        }
        self.own_files(out, directory, false);
        self.runtime_tail(out);
    }

    /// Packages that lie in several directories.
    fn split(&self, out: &mut Steps) {
        let project = self.project;
        let pnp = matches!(project.locked.manager, PackageManager::Berry { pnp: true, .. });
        out.stage("What production needs, and nothing else.", DEPENDENCIES);
        if pnp {
            out.comment("The archives come along: Yarn runs the program out of them.");
            out.line("ENV YARN_ENABLE_GLOBAL_CACHE=false");
        }
        self.tools(out);
        self.manifests(out);
        if !project.lifecycle.dropped.is_empty() {
            let scripts: Vec<String> =
                project.lifecycle.dropped.iter().map(|name| format!("scripts.{name}")).collect();
            out.line(&format!("RUN npm pkg delete {}", scripts.join(" ")));
        }
        out.line(&self.run(&install::production(project)));
        let libraries: Vec<_> =
            project.workspace.iter().filter(|member| member.path != project.directory).collect();
        let built = !project.build.is_empty() || libraries.iter().any(|member| has_build(&member.manifest));
        if built {
            out.stage("Builds with the packages for development.", BUILD);
            if pnp {
                out.line("ENV YARN_ENABLE_GLOBAL_CACHE=false");
            }
            self.tools(out);
            self.manifests(out);
            out.line(&self.run(&project.locked.manager.install_all()));
            self.generate(out);
            if project.lifecycle.whole.is_none() {
                out.line("COPY . .");
            }
            out.line(&format!("RUN {}", self.build_split()));
        }
        self.runtime_head(out);
        out.line("COPY --from=dependencies /app ./");
        for member in libraries {
            let top = super::making::output_of(&member.manifest).filter(|_| has_build(&member.manifest));
            let path = &member.path;
            out.line(&match top {
                Some(top) => format!("COPY --from=build /app/{path}/{top} ./{path}/{top}"),
                None => format!("COPY {path} ./{path}"),
            });
        }
        if project.prisma.is_some() && built && !pnp {
            out.line("COPY --from=build /app/node_modules/.prisma ./node_modules/.prisma");
        }
        let below = self.inside("");
        let below = below.trim_end_matches('/');
        if let Some(top) = &project.compiled {
            let path = self.inside(top);
            out.line(&format!("COPY --from=build /app/{path} ./{path}"));
        }
        if project.next == Some(Next::Whole) {
            out.line(&format!("COPY --from=build /app/{0} ./{0}", self.inside(".next")));
        }
        for name in &project.kept.directories {
            out.line(&format!("COPY {0} ./{0}", self.inside(name)));
        }
        if !project.kept.files.is_empty() {
            let files: Vec<String> = project.kept.files.iter().map(|name| self.inside(name)).collect();
            let target = if below.is_empty() { "./".to_owned() } else { format!("./{below}/") };
            out.line(&package_lines(&files, &target));
        }
        if !below.is_empty() {
            out.line(&format!("WORKDIR /app/{below}"));
        }
        self.runtime_tail(out);
    }

    fn build_split(&self) -> String {
        let project = self.project;
        let manager = &project.locked.manager;
        if project.workspace.is_empty() {
            return project.build.join(" && ");
        }
        let built: Vec<_> = project.workspace.iter().filter(|member| has_build(&member.manifest)).collect();
        let commands: Vec<String> = built
            .iter()
            .map(|member| match manager {
                PackageManager::Npm => format!("npm run build --workspace {}", member.path),
                PackageManager::Bun { .. } => format!("bun run --filter {} build", member.name),
                _ => format!("{} workspace {} run build", manager.program(), member.name),
            })
            .collect();
        commands.join(" \\\n    && ")
    }

    fn runtime_head(&self, out: &mut Steps) {
        let project = self.project;
        out.stage_last("What runs: no package manager's cache, no compiler, no sources that were compiled.");
        let mut variables = vec![("NODE_ENV".to_owned(), "production".to_owned())];
        if let (Some(name), Some(port)) = (&project.port_variable, project.port) {
            variables.push((name.clone(), port.to_string()));
        }
        if let Some((name, value)) = &project.host {
            variables.push((name.clone(), (*value).to_owned()));
        }
        variables.extend(project.start.variables.iter().cloned());
        let said: Vec<String> =
            variables.iter().map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        out.line(&format!("ENV {}", said.join(" \\\n    ")));
        let mut packages: Vec<&str> =
            project.native.iter().flat_map(|native| native.run.iter().copied()).collect();
        if project.prisma.is_some() {
            packages.push("openssl");
        }
        if !packages.is_empty() {
            out.line(&apt(packages));
        }
        if !project.writes.is_empty() {
            out.comment("The program writes here and nowhere else; a volume takes over its owner.");
            let paths: Vec<String> = project.writes.iter().map(|path| format!("/app/{path}")).collect();
            out.line(&format!("RUN install -d -o 1000 -g 1000 {}", paths.join(" ")));
        }
    }

    /// Files of the package that no build makes.
    fn own_files(&self, out: &mut Steps, below: &str, built: bool) {
        let project = self.project;
        let from = if built { "--from=build /app/" } else { "" };
        let place =
            |name: &str| if below.is_empty() { format!("{from}{name}") } else { format!("{below}/{name}") };
        let mut files = project.kept.files.clone();
        if project.next != Some(Next::Standalone) {
            files.insert(0, "package.json".to_owned());
        }
        if project.next == Some(Next::Whole) {
            files.extend(
                project
                    .settings
                    .iter()
                    .filter(|name| name.starts_with("next.config"))
                    .map(|&name| name.to_owned()),
            );
            files.dedup();
        }
        if built {
            files.iter().for_each(|name| out.line(&format!("COPY --from=build /app/{name} ./")));
        } else if !files.is_empty() {
            let files: Vec<String> = files.iter().map(|name| place(name)).collect();
            out.line(&package_lines(&files, "./"));
        }
        for name in &project.kept.directories {
            out.line(&format!("COPY {} ./{name}", place(name)));
        }
    }

    fn runtime_tail(&self, out: &mut Steps) {
        let project = self.project;
        out.comment("`node` of the image, as a number: an orchestrator can see that it is not root.");
        out.line("USER 1000:1000");
        if let Some(port) = project.port {
            out.line(&format!("EXPOSE {port}"));
        }
        if let (Some(path), Some(port)) = (&project.health, project.port) {
            let port = match &project.port_variable {
                Some(variable) => format!("${{process.env.{variable}}}"),
                None => port.to_string(),
            };
            let quote = if project.port_variable.is_some() { '`' } else { '\'' };
            let script = format!(
                "fetch({quote}http://127.0.0.1:{port}{path}{quote}).then(r => process.exit(r.ok ? 0 : 1)).catch(() => process.exit(1))"
            );
            out.comment("Asks by Node itself: the image needs no curl.");
            let command = json_list(&["node".to_owned(), "-e".to_owned(), script]);
            out.line(&format!(
                "HEALTHCHECK --interval=30s --timeout=3s --start-period=20s \\\n    CMD {command}"
            ));
        }
        out.comment("The program itself, without npm or a shell in between: it gets the signals.");
        let mut command = project.start.command.clone();
        if let PackageManager::Berry { pnp: true, .. } = project.locked.manager {
            let up = "../".repeat(if project.workspace.is_empty() {
                0
            } else {
                project.directory.split('/').count()
            });
            let up = if up.is_empty() { "./".to_owned() } else { up };
            let mut hooks = vec!["-r".to_owned(), format!("{up}.pnp.cjs")];
            if project.module {
                hooks.extend(["--experimental-loader".to_owned(), format!("{up}.pnp.loader.mjs")]);
            }
            command.splice(1..1, hooks);
        }
        out.line(&format!("CMD {}", json_list(&command)));
    }
}

fn has_build(manifest: &serde_json::Value) -> bool {
    manifest.get("scripts").is_some_and(|scripts| scripts.get("build").is_some())
}

/// A value of ENV.
fn quoted(value: &str) -> String {
    let plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./:,@%+=".contains(&byte))
        && !value.is_empty();
    if plain {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$"))
    }
}
