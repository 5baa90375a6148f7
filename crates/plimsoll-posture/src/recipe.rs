//! How an image is built: stages and steps, free of any file format's syntax.
//!
//! A Dockerfile yields a whole recipe; the history of a built image yields one without sources.

use std::sync::Arc;

use plimsoll_text::{SourceId, Span};

use crate::{
    CommandLine, Description, FromArgument, ImageChain, ImageReference, Known, LetterCase, LinterRemark,
    PortRange, Protocol, Provenance, Publisher, RecipeFault, ScriptTraits, SecretSighting, Sensitive,
    ShellCommand, Subject, UserSpec,
};

/// Which recipe of a posture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecipeId(pub usize);

/// Which stage of which recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StageId {
    /// The recipe.
    pub recipe: RecipeId,
    /// Index of the stage, from 0.
    pub stage: usize,
}

/// The lens that reads recipes with sources.
const LENS: &str = "dockerfile";

/// One Dockerfile.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// `image PATH`; the anchor is the `FROM` of the final stage.
    pub subject: Subject,
    /// The document.
    pub source: SourceId,
    /// `# syntax=` when written.
    pub frontend: Option<Spanned<Arc<str>>>,
    /// `ARG`s before the first `FROM`.
    pub global_args: Vec<BuildArg>,
    /// Stages in order. Empty only for a document without `FROM`.
    pub stages: Vec<Stage>,
    /// The build context, when known.
    pub context: Option<ContextId>,
    /// The services that build it.
    pub built_by: Vec<Arc<str>>,
    /// The stages that are built and run: the targets of the services, or the last stage.
    pub targets: Vec<usize>,
    /// Every secret seen in the text of the recipe.
    pub sightings: Vec<SecretSighting>,
    /// What a linter of shell scripts said, when one was asked, by place.
    pub linted: Option<Vec<LinterRemark>>,
    /// What the build refuses, and what does not mean what it seems to, by place.
    pub faults: Vec<RecipeFault>,
    /// The keyword of every instruction, in order.
    pub keywords: Vec<Spanned<LetterCase>>,
    /// Comments that describe stages and arguments.
    pub descriptions: Vec<Description>,
}

impl Recipe {
    /// The stage that a build without target makes.
    #[must_use]
    pub fn last(&self) -> Option<&Stage> {
        self.stages.last()
    }

    /// A place in this recipe, for a finding about what no claim stands for.
    #[must_use]
    pub fn place(&self, at: Span, route: impl Into<Arc<str>>) -> Provenance {
        Provenance::new(LENS, at, route)
    }

    /// The stages that are built for running.
    pub fn final_stages(&self) -> impl Iterator<Item = &Stage> {
        self.targets.iter().filter_map(|&index| self.stages.get(index))
    }

    /// Whether the layers of that stage are part of an image that is run: it is a target, or a target is `FROM` it.
    #[must_use]
    pub fn ships(&self, stage: usize) -> bool {
        self.stages.get(stage).is_some_and(|stage| stage.ships)
    }

    /// The stage that a name or number in `--from`, `FROM` or `target` means, as seen from before stage `before`.
    /// Names compare without case, the latest one wins, as BuildKit does.
    #[must_use]
    pub fn find_stage(&self, name: &str, before: usize) -> Option<usize> {
        let earlier = &self.stages[..before.min(self.stages.len())];
        earlier
            .iter()
            .rposition(|stage| stage.name.as_ref().is_some_and(|own| own.value.eq_ignore_ascii_case(name)))
            .or_else(|| name.parse().ok().filter(|&index: &usize| index < earlier.len()))
    }

    /// Sets what is built for running, and with it what ships and what is reached.
    pub fn aim(&mut self, targets: Vec<usize>) {
        self.targets = targets;
        self.targets.retain(|&index| index < self.stages.len());
        let shipped: Vec<usize> = self
            .targets
            .iter()
            .flat_map(|&target| self.lineage(target).into_iter().map(|stage| stage.index).collect::<Vec<_>>())
            .collect();
        let mut reached = vec![false; self.stages.len()];
        let mut open = self.targets.clone();
        while let Some(index) = open.pop() {
            if !std::mem::replace(&mut reached[index], true) {
                open.extend(self.needs(index));
            }
        }
        for (index, stage) in self.stages.iter_mut().enumerate() {
            stage.ships = shipped.contains(&index);
            stage.reached = reached[index];
        }
        for sighting in &mut self.sightings {
            if let Some(id) = sighting.stage {
                sighting.ships = shipped.contains(&id.stage);
            }
        }
    }

    fn needs(&self, index: usize) -> Vec<usize> {
        let Some(stage) = self.stages.get(index) else { return Vec::new() };
        let mut needed = Vec::new();
        if let StageBase::Stage(parent) = stage.base {
            needed.push(parent);
        }
        for (_, copy) in stage.copies() {
            if let CopyFrom::Stage(other) = copy.from {
                needed.push(other);
            }
        }
        for (_, run) in stage.runs() {
            needed
                .extend(run.mounts.iter().filter_map(|mount| self.find_stage(mount.from.as_deref()?, index)));
        }
        needed.retain(|&other| other < index);
        needed
    }

    /// The stages whose layers the given stage holds: itself and its parents, outermost base first.
    #[must_use]
    pub fn lineage(&self, stage: usize) -> Vec<&Stage> {
        let mut chain = Vec::new();
        let mut at = self.stages.get(stage);
        while let Some(stage) = at {
            if chain.len() > self.stages.len() {
                break;
            }
            chain.push(stage);
            at = match stage.base {
                StageBase::Stage(parent) if parent < stage.index => self.stages.get(parent),
                _ => None,
            };
        }
        chain.reverse();
        chain
    }
}

/// A value and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its bytes.
    pub at: Span,
}

/// `ARG NAME[=default]`.
#[derive(Debug, Clone)]
pub struct BuildArg {
    /// The name.
    pub name: Arc<str>,
    /// The default after expansion.
    pub default: Option<Sensitive>,
    /// The span of `NAME[=default]`.
    pub at: Span,
}

/// What a stage starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageBase {
    /// `scratch`.
    Scratch,
    /// An earlier stage.
    Stage(usize),
    /// An image; unknown when a build argument without value decides.
    Image(Known<ImageReference>),
}

/// One `FROM` and what follows.
#[derive(Debug, Clone)]
pub struct Stage {
    /// `stage PATH#NAME`; the anchor is its `FROM` instruction.
    pub subject: Subject,
    /// From 0.
    pub index: usize,
    /// `AS name`.
    pub name: Option<Spanned<Arc<str>>>,
    /// What it starts from.
    pub base: StageBase,
    /// The span of the image name in `FROM`.
    pub base_at: Span,
    /// `--platform`, as written.
    pub platform: Option<Spanned<Arc<str>>>,
    /// Build arguments without a value that the image name and the platform use.
    pub open_arguments: Vec<FromArgument>,
    /// The case of `FROM`.
    pub from_case: LetterCase,
    /// The case of `AS`, when written.
    pub as_case: Option<Spanned<LetterCase>>,
    /// Steps in order.
    pub steps: Vec<Step>,
    /// The configuration at the end of the stage, with the base's and parents' claims below.
    pub image: ImageChain,
    /// Part of an image that is run: see [`Recipe::ships`].
    pub ships: bool,
    /// Needed to build a target (by `FROM`, `COPY --from` or a mount); a stage that is not is never built.
    pub reached: bool,
}

impl Stage {
    /// The name, or the index as Docker counts.
    #[must_use]
    pub fn label(&self) -> String {
        self.name.as_ref().map_or_else(|| self.index.to_string(), |name| name.value.to_string())
    }

    /// A place in this stage, for a finding about one of its steps.
    #[must_use]
    pub fn place(&self, at: Span) -> Provenance {
        Provenance::new(LENS, at, format!("stage {}", self.label()))
    }

    /// All RUN steps.
    pub fn runs(&self) -> impl Iterator<Item = (&Step, &Run)> {
        self.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Run(run) => Some((step, run)),
            _ => None,
        })
    }

    /// All commands of all RUN steps.
    pub fn commands(&self) -> impl Iterator<Item = (&Step, &ShellCommand)> {
        self.runs().flat_map(|(step, run)| run.commands.iter().map(move |command| (step, command)))
    }

    /// All COPY and ADD steps.
    pub fn copies(&self) -> impl Iterator<Item = (&Step, &Copy)> {
        self.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Copy(copy) => Some((step, copy)),
            _ => None,
        })
    }
}

/// One instruction.
#[derive(Debug, Clone)]
pub struct Step {
    /// The whole instruction, without the trailing line end.
    pub at: Span,
    /// The keyword.
    pub keyword_at: Span,
    /// What follows the keyword and its flags (for `HEALTHCHECK` also its `CMD`), as written, with continued lines
    /// joined. Of `RUN`, `COPY` and `ADD` the place only.
    pub written: Spanned<Sensitive>,
    /// What it does.
    pub kind: StepKind,
    /// `ONBUILD`: happens in builds that start from this image.
    pub on_build: bool,
    /// The user that is in force when the step runs: `None` means that of the base image.
    pub user: Option<Spanned<UserSpec>>,
    /// The working directory in force, when known.
    pub workdir: Option<Arc<str>>,
    /// `ENV name value`: a space in place of `=`.
    pub legacy: bool,
    /// Variables that the step uses and that nothing before it in the file declares, each with the word that uses
    /// it. The base image may set them. Steps that a shell expands have none.
    pub undeclared: Vec<Spanned<Arc<str>>>,
}

/// What an instruction does.
#[derive(Debug, Clone)]
pub enum StepKind {
    /// `RUN`.
    Run(Run),
    /// `COPY` and `ADD`.
    Copy(Copy),
    /// `ENV`: names and values, each with the span of the value.
    Env(Vec<(Spanned<Arc<str>>, Spanned<Sensitive>)>),
    /// `ARG`.
    Arg(Vec<BuildArg>),
    /// `LABEL`: names and values.
    Label(Vec<(Spanned<Arc<str>>, Spanned<Sensitive>)>),
    /// `USER`.
    User(Known<UserSpec>),
    /// `WORKDIR`, as written after expansion.
    Workdir(Known<Arc<str>>),
    /// `EXPOSE`.
    Expose(Vec<Spanned<Known<(PortRange, Protocol)>>>),
    /// `VOLUME`.
    Volume(Vec<Spanned<Arc<str>>>),
    /// `ENTRYPOINT`.
    Entrypoint(CommandLine),
    /// `CMD`.
    Cmd(CommandLine),
    /// `HEALTHCHECK`; `None` is `HEALTHCHECK NONE`.
    Healthcheck(Option<CommandLine>),
    /// `STOPSIGNAL`.
    StopSignal(Arc<str>),
    /// `SHELL`.
    Shell(Vec<Arc<str>>),
    /// `MAINTAINER`.
    Maintainer,
    /// A line that is no instruction.
    Unknown,
}

/// `RUN`.
#[derive(Debug, Clone)]
pub struct Run {
    /// The commands, in order of appearance, including those in substitutions and in shell heredocs.
    pub commands: Vec<ShellCommand>,
    /// `--mount=`.
    pub mounts: Vec<BuildMount>,
    /// `--network=`.
    pub network: Option<Spanned<Arc<str>>>,
    /// `--security=`.
    pub security: Option<Spanned<Arc<str>>>,
    /// Shell or exec form.
    pub exec_form: bool,
    /// Whether the commands could be read; `false` for PowerShell, cmd and text that no shell parses.
    pub understood: bool,
    /// The script after Docker's own pre-pass, for text searches that must not depend on parsing. Sensitive.
    pub script: Sensitive,
    /// The words of the shell in force (`/bin/sh -c` by default).
    pub shell: Vec<Arc<str>>,
    /// The program that reads the script: the shell's, or that of a heredoc's `#!` line.
    pub interpreter: Arc<str>,
    /// Whether the script names its interpreter itself, so that the options of the shell do not hold in it.
    pub own_interpreter: bool,
    /// What is remarkable about the script beyond its commands. Empty for the exec form.
    pub traits: ScriptTraits,
}

/// `RUN --mount=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildMount {
    /// `bind` (default), `cache`, `secret`, `ssh`, `tmpfs`.
    pub kind: Arc<str>,
    /// `target`/`dst`/`destination`.
    pub target: Option<Arc<str>>,
    /// `source`/`src`.
    pub source: Option<Arc<str>>,
    /// `from`.
    pub from: Option<Arc<str>>,
    /// `id`.
    pub id: Option<Arc<str>>,
    /// `env` of a secret mount.
    pub env: Option<Arc<str>>,
    /// The whole flag.
    pub at: Span,
}

/// `COPY` or `ADD`.
#[derive(Debug, Clone)]
pub struct Copy {
    /// `ADD` rather than `COPY`.
    pub add: bool,
    /// What is copied.
    pub sources: Vec<CopySource>,
    /// Where to, as written after expansion.
    pub destination: Spanned<Arc<str>>,
    /// `--from=`.
    pub from: CopyFrom,
    /// For an image: who publishes it, as its name tells.
    pub from_publisher: Option<Publisher>,
    /// The span of the `--from` value.
    pub from_at: Option<Span>,
    /// `--chown=`, as written.
    pub chown: Option<Spanned<Arc<str>>>,
    /// `--chmod=`, as written.
    pub chmod: Option<Spanned<Arc<str>>>,
    /// `--checksum=`.
    pub checksum: Option<Spanned<Arc<str>>>,
    /// `--exclude=`.
    pub exclude: Vec<Arc<str>>,
    /// `--link`.
    pub link: bool,
}

/// One source of a copy.
#[derive(Debug, Clone)]
pub struct CopySource {
    /// As written after expansion.
    pub path: Known<Arc<str>>,
    /// What kind of source.
    pub kind: CopySourceKind,
    /// Its bytes.
    pub at: Span,
    /// For a local source with a known context: the sensitive files that it takes into the image, with what they are.
    pub takes: Vec<ContextEntry>,
    /// For a local source with a known context: whether the ignore file keeps all of it out.
    pub ignored: bool,
}

/// The kind of a copy source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopySourceKind {
    /// A path of the context or of another stage.
    Path,
    /// `http://` or `https://`.
    Url,
    /// A git repository.
    Git,
    /// A heredoc.
    Heredoc,
}

/// Where a copy takes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyFrom {
    /// The build context.
    Context,
    /// A stage.
    Stage(usize),
    /// An image.
    Image(ImageReference),
    /// A named context, or a variable that is not known.
    Other(Arc<str>),
}

/// Which build context of a posture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContextId(pub usize);

/// A build context and what its ignore file lets through.
#[derive(Debug, Clone)]
pub struct BuildContext {
    /// The directory relative to the scanned root; `.` for the root itself.
    pub path: Arc<str>,
    /// The `.dockerignore` in force, when there is one.
    pub ignore: Option<SourceId>,
    /// Files and folders that exist, that should not be sent, and that are not ignored.
    pub lets_through: Vec<ContextEntry>,
    /// Files and folders of the usual kinds that exist, ignored or not.
    pub sensitive: Vec<ContextEntry>,
    /// Kinds that the ignore file would let through although nothing of that kind is there now.
    pub unguarded: Vec<ContextEntryKind>,
    /// Manifests and lockfiles of Node packages at its top that exist and that the ignore file keeps from the build.
    pub withheld: Vec<Arc<str>>,
    /// Whether the directory could be listed; `false` for standard input and for contexts outside the root.
    pub listed: bool,
}

impl BuildContext {
    /// The ignore file as a whole, when there is one.
    #[must_use]
    pub fn ignore_place(&self) -> Option<Provenance> {
        self.ignore.map(|ignore| Provenance::new("dockerignore", Span::whole(ignore), ""))
    }
}

/// A file or folder of a build context that does not belong in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextEntry {
    /// Path relative to the context.
    pub path: Arc<str>,
    /// What it is.
    pub kind: ContextEntryKind,
}

/// The kinds of things that do not belong in an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContextEntryKind {
    /// `.git`, `.hg`, `.svn`.
    Vcs,
    /// `.env` and its variants with values.
    EnvFile,
    /// `node_modules`.
    NodeModules,
    /// Private keys, key stores, `.npmrc` with a token, cloud credentials.
    Key,
}
