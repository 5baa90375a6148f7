//! Instructions to stages: what each stage starts from, what holds where, and how stages inherit.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use plimsoll_posture::{
    BuildArg, Claim, Complaint, ComplaintKind, CopyFrom, Flavour, FromArgument, ImageChain, ImageReference,
    Known, Layer, LetterCase, Place, Plane, Provenance, Reason, Recipe, RecipeFault, SecretSighting,
    Sensitive, Spanned, Stage, StageBase, Subject, SubjectKind, UserSpec,
};
use plimsoll_text::{Source, Span};

use super::check;
use super::scope::{Resolved, Scope, Undeclared, Variable};
use super::sightings::Carrier;
use super::syntax::{Arguments, Document, Fault, Instruction, Keyword, Word};
use super::{Options, accounts, descriptions, inherit};

/// Reads the stages of a document.
pub(super) fn read(source: &Source, document: &Document, options: &Options) -> (Recipe, Vec<Complaint>) {
    let mut builder = Builder::new(source, document, options);
    for fault in document.faults() {
        builder.complain(fault);
    }
    for instruction in document.instructions() {
        builder.instruction(instruction);
    }
    builder.recipe.descriptions = descriptions::collect(document, source.id);
    builder.finish()
}

/// The word that stands for an empty image.
const SCRATCH: &str = "scratch";
/// What `PATH` is in an image that sets none.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub(super) struct Builder<'a> {
    pub(super) source: &'a Source,
    pub(super) options: &'a Options,
    pub(super) escape: char,
    complaints: Vec<Complaint>,
    pub(super) recipe: Recipe,
    globals: Scope,
    /// What holds at the end of each finished stage.
    ends: Vec<State>,
    pub(super) state: State,
    /// Variables of the current instruction that nothing declares.
    pub(super) undeclared: Vec<Spanned<Arc<str>>>,
}

/// What holds at a point of a stage.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// Variables that expansion sees.
    pub(super) scope: Scope,
    /// `ENV`s, which a later `FROM` of this stage inherits; an `ARG` ends with its stage.
    pub(super) env: BTreeMap<Arc<str>, Variable>,
    pub(super) user: Option<Spanned<UserSpec>>,
    pub(super) workdir: Option<Arc<str>>,
    pub(super) shell: Vec<Arc<str>>,
    pub(super) groups: accounts::Groups,
    /// A `CMD` stands in this stage.
    pub(super) cmd_set: bool,
    /// The name of the outermost base image, for reasons.
    base_name: Undeclared,
}

impl State {
    fn new(undeclared: Undeclared, windows: bool) -> Self {
        let shell: &[&str] = if windows { &["cmd", "/S", "/C"] } else { &["/bin/sh", "-c"] };
        Self {
            scope: Scope::new(undeclared.clone()),
            env: BTreeMap::new(),
            user: None,
            workdir: None,
            shell: shell.iter().map(|&word| word.into()).collect(),
            groups: accounts::Groups::default(),
            cmd_set: false,
            base_name: undeclared,
        }
    }

    /// The state of a stage that starts from this one: it sees its ARGs too.
    fn child(&self) -> Self {
        Self { cmd_set: false, ..self.clone() }
    }

    /// Why the base decides, when nothing in the file does.
    pub(super) fn base_reason(&self) -> Option<Reason> {
        match &self.base_name {
            Undeclared::FromImage(image) => Some(Reason::ImageNotInspected(image.clone())),
            _ => None,
        }
    }
}

impl<'a> Builder<'a> {
    fn new(source: &'a Source, document: &Document, options: &'a Options) -> Self {
        let mut globals = Scope::global();
        for name in ["TARGETPLATFORM", "BUILDPLATFORM", "TARGETARCH", "BUILDARCH", "TARGETOS", "BUILDOS"] {
            if let Some(value) = options.args.get(name) {
                globals.set(name, Variable::Value(value.as_str().into()));
            }
        }
        let frontend = document.directive("syntax").map(|directive| Spanned {
            value: source.text.get(directive.value.clone()).unwrap_or("").into(),
            at: Span::new(source.id, directive.value.start, directive.value.end),
        });
        Self {
            source,
            options,
            escape: document.escape,
            complaints: Vec::new(),
            recipe: Recipe {
                subject: Subject::new(SubjectKind::Image, source.name.clone(), Span::whole(source.id)),
                source: source.id,
                frontend,
                global_args: Vec::new(),
                stages: Vec::new(),
                context: None,
                built_by: Vec::new(),
                targets: Vec::new(),
                sightings: Vec::new(),
                linted: None,
                faults: Vec::new(),
                keywords: Vec::new(),
                descriptions: Vec::new(),
            },
            globals,
            ends: Vec::new(),
            state: State::new(Undeclared::Empty, false),
            undeclared: Vec::new(),
        }
    }

    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.source.id, range.start, range.end)
    }

    pub(super) fn complain(&mut self, fault: &Fault) {
        self.complaints.push(Complaint {
            kind: if fault.fatal { ComplaintKind::Invalid } else { ComplaintKind::Doubtful },
            code: fault.code,
            at: self.span(&fault.range),
            message: fault.message.clone(),
            cure: fault.cure.clone(),
        });
        self.recipe.faults.push(RecipeFault {
            code: fault.code,
            at: self.span(&fault.range),
            message: fault.message.clone(),
            cure: fault.cure.clone(),
            refused: fault.fatal,
        });
    }

    /// Notes how something is written that a build takes without a word.
    pub(super) fn note(&mut self, at: Span, code: &'static str, message: &str, cure: &str) {
        self.recipe.faults.push(RecipeFault {
            code,
            at,
            message: message.to_owned(),
            cure: Some(cure.to_owned()),
            refused: false,
        });
    }

    /// The case that a part of the text is written in.
    fn case(&self, range: &Range<usize>) -> LetterCase {
        LetterCase::of(self.source.text.get(range.clone()).unwrap_or(""))
    }

    pub(super) fn complain_at(
        &mut self,
        range: &Range<usize>,
        fatal: bool,
        code: &'static str,
        message: impl Into<String>,
        cure: &str,
    ) {
        self.complain(&Fault {
            code,
            range: range.clone(),
            message: message.into(),
            cure: Some(cure.to_owned()),
            fatal,
        });
    }

    fn instruction(&mut self, instruction: &Instruction) {
        for fault in check::check(instruction) {
            self.complain(&fault);
        }
        if instruction.keyword != Keyword::Unknown {
            let at = self.span(&instruction.keyword_range);
            self.recipe.keywords.push(Spanned { value: self.case(&instruction.keyword_range), at });
        }
        match instruction.keyword {
            Keyword::From => self.from(instruction),
            Keyword::Arg if self.recipe.stages.is_empty() => self.global_args(instruction),
            _ if self.recipe.stages.is_empty() => {
                if instruction.keyword != Keyword::Unknown {
                    self.complain_at(
                        &instruction.keyword_range,
                        true,
                        "before-from",
                        format!("{} before the first FROM", instruction.keyword.name()),
                        "only ARG may stand before FROM: move it down",
                    );
                }
            }
            _ => self.step(instruction),
        }
    }

    /// Expands a word in the given scope. What cannot be expanded is said and stays as it is written.
    pub(super) fn expand(&mut self, word: &Word) -> Resolved {
        let scope = std::mem::replace(&mut self.state.scope, Scope::new(Undeclared::Empty));
        let resolved = self.expand_in(&scope, word);
        let at = self.span(&word.range);
        for name in resolved.expanded.unset.iter().filter(|name| scope.is_undeclared(name)) {
            self.undeclared.push(Spanned { value: name.as_str().into(), at });
        }
        self.state.scope = scope;
        resolved
    }

    fn expand_in(&mut self, scope: &Scope, word: &Word) -> Resolved {
        match scope.expand(&word.text, self.escape) {
            Ok(resolved) => resolved,
            Err(reason) => {
                self.complain_at(
                    &word.range,
                    true,
                    "bad-substitution",
                    format!("the value cannot be expanded: {reason}"),
                    "close the quote or brace, or put the value in single quotes",
                );
                Resolved {
                    text: word.text.as_str().into(),
                    unknown: Some(Reason::NotUnderstood("substitution".into())),
                    expanded: super::lex::Expanded::verbatim(&word.text),
                }
            }
        }
    }

    fn global_args(&mut self, instruction: &Instruction) {
        let Arguments::Definitions(definitions) = &instruction.arguments else { return };
        for definition in definitions {
            let name = definition.name.text.as_str();
            let scope = self.globals.clone();
            let default = definition.default.as_ref().map(|word| self.expand_in(&scope, word));
            if let (Some(resolved), Some(word)) = (&default, &definition.default) {
                let carrier = Carrier { place: Place::ImageArg, name, keyword: "ARG" };
                self.sight_value(carrier, resolved, word, &instruction.map);
            }
            let given = self.options.args.get(name);
            let variable = match (given, &default) {
                (Some(given), _) => Variable::Value(given.as_str().into()),
                (None, Some(Resolved { unknown: Some(reason), .. })) => Variable::Unknown(reason.clone()),
                (None, Some(resolved)) => Variable::Value(resolved.text.clone()),
                // `ARG TARGETARCH` above FROM declares what is predefined.
                (None, None) if self.globals.text(name).is_some() => continue,
                (None, None) => Variable::Unknown(Reason::UnsetBuildArg(name.into())),
            };
            self.globals.set(name, variable);
            self.recipe.global_args.push(BuildArg {
                name: name.into(),
                default: default.map(|resolved| Sensitive::new(resolved.text)),
                at: self.span(&definition.range),
            });
        }
    }

    /// The variable that `ARG name` without a default brings into a stage.
    pub(super) fn inherited_arg(&self, name: &str) -> Option<Variable> {
        self.globals.get(name).cloned()
    }

    fn from(&mut self, instruction: &Instruction) {
        self.close_stage();
        let index = self.recipe.stages.len();
        let words = match &instruction.arguments {
            Arguments::Words(words) => words.as_slice(),
            _ => &[],
        };
        let empty = Word { text: String::new(), line: 0..0, range: instruction.keyword_range.clone() };
        let base_word = words.first().unwrap_or(&empty);
        let name = match words {
            [_, _, name, ..] => {
                Some(Spanned { value: Arc::<str>::from(name.text.as_str()), at: self.span(&name.range) })
            }
            _ => None,
        };
        self.check_stage_name(words.get(2));
        let scope = self.globals.clone();
        let resolved = self.expand_in(&scope, base_word);
        let base = self.base(&resolved, base_word, index);
        let anchor = self.span(&instruction.range);
        let label = name.as_ref().map_or_else(|| index.to_string(), |name| name.value.to_string());
        let (state, image) = self.start(&base, base_word, index, anchor);
        self.state = state;
        let platform = instruction.flags.iter().find(|flag| flag.name == "platform");
        let platform = platform.and_then(|flag| flag.value.as_ref());
        let mut open_arguments = Vec::new();
        for name in &resolved.expanded.unset {
            open_arguments.push(FromArgument {
                name: name.as_str().into(),
                at: self.span(&base_word.range),
                declared: scope.get(name).is_some(),
                dispensable: is_name(&resolved.text),
            });
        }
        if let Some(word) = platform {
            let resolved = self.expand_in(&scope, word);
            open_arguments.extend(resolved.expanded.unset.iter().map(|name| FromArgument {
                name: name.as_str().into(),
                at: self.span(&word.range),
                declared: scope.get(name).is_some(),
                dispensable: false,
            }));
        }
        let as_case =
            words.get(1).map(|word| Spanned { value: self.case(&word.range), at: self.span(&word.range) });
        let from_case = self.case(&instruction.keyword_range);
        self.recipe.stages.push(Stage {
            subject: Subject::new(SubjectKind::Stage, format!("{}#{label}", self.source.name), anchor),
            index,
            name,
            base,
            base_at: self.span(&base_word.range),
            platform: platform.map(|value| Spanned {
                value: value.text.as_str().into(),
                at: Span::new(self.source.id, value.range.start, value.range.end),
            }),
            open_arguments,
            from_case,
            as_case,
            steps: Vec::new(),
            image,
            ships: false,
            reached: false,
        });
    }

    fn check_stage_name(&mut self, name: Option<&Word>) {
        let Some(name) = name else { return };
        let taken =
            self.recipe.stages.iter().any(|stage| {
                stage.name.as_ref().is_some_and(|own| own.value.eq_ignore_ascii_case(&name.text))
            });
        if taken {
            self.complain_at(
                &name.range,
                false,
                "duplicate-stage-name",
                format!("an earlier stage is called `{}` too; later references mean this one", name.text),
                "give each stage a name of its own",
            );
        } else if name.text.eq_ignore_ascii_case(SCRATCH) || name.text.eq_ignore_ascii_case("context") {
            self.complain_at(
                &name.range,
                false,
                "reserved-stage-name",
                format!("`{}` is a reserved name, and nothing can refer to this stage", name.text),
                "rename the stage",
            );
        }
    }

    fn base(&mut self, resolved: &Resolved, word: &Word, index: usize) -> StageBase {
        if let Some(reason) = &resolved.unknown {
            return StageBase::Image(Known::Unknown(reason.clone()));
        }
        let text = resolved.text.as_ref();
        let named =
            self.recipe.stages.get(..index).unwrap_or(&[]).iter().rposition(|stage| {
                stage.name.as_ref().is_some_and(|own| own.value.eq_ignore_ascii_case(text))
            });
        if let Some(stage) = named {
            return StageBase::Stage(stage);
        }
        if text == SCRATCH {
            return StageBase::Scratch;
        }
        match ImageReference::parse(text) {
            Some(reference) if is_name(text) => StageBase::Image(Known::Value(reference)),
            Some(_) => {
                self.complain_at(
                    &word.range,
                    true,
                    "invalid-base",
                    format!(
                        "`{}` is no image name: names are in lower case and hold letters, digits, `.`, `_`, `-` and `/`",
                        word.text
                    ),
                    "name an image; a template is scanned after it was filled in",
                );
                StageBase::Image(Known::Unknown(Reason::NotUnderstood(text.into())))
            }
            None => {
                if !word.text.is_empty() {
                    self.complain_at(
                        &word.range,
                        true,
                        "blank-base",
                        "the name of the base image is empty after expansion",
                        "give the ARG a default before FROM",
                    );
                }
                StageBase::Image(Known::Unknown(Reason::NotUnderstood(word.text.as_str().into())))
            }
        }
    }

    /// State and image at the beginning of a stage.
    fn start(&mut self, base: &StageBase, word: &Word, index: usize, anchor: Span) -> (State, ImageChain) {
        match base {
            StageBase::Stage(parent) => {
                let state =
                    self.ends.get(*parent).map_or_else(|| State::new(Undeclared::Empty, false), State::child);
                let image = self.recipe.stages.get(*parent).map(|stage| inherit::image(&stage.image, anchor));
                (state, image.unwrap_or_default())
            }
            StageBase::Scratch => {
                let mut state = State::new(Undeclared::Empty, false);
                state.workdir = Some("/".into());
                state.scope.set("PATH", Variable::Value(DEFAULT_PATH.into()));
                let mut image = ImageChain::default();
                image.knowledge.flavour = Some(Flavour::Scratch);
                image.config.user.push(Claim::default(UserSpec::parse(""), anchor));
                (state, image)
            }
            StageBase::Image(Known::Unknown(reason)) => {
                let state = State::new(Undeclared::FromImage(word.text.as_str().into()), false);
                let mut image = ImageChain::default();
                image.config.user.push(Claim {
                    value: Known::Unknown(reason.clone()),
                    layer: Layer::Base,
                    plane: Plane::Assumed,
                    at: Provenance::new("dockerfile", self.span(&word.range), format!("stage {index} FROM")),
                });
                (state, image)
            }
            StageBase::Image(Known::Value(reference)) => {
                let at = Provenance::new("images", self.span(&word.range), format!("stage {index} FROM"));
                let mut image = crate::images::look_up(reference, &at);
                if is_windows(reference) {
                    // Its accounts have no numbers.
                    image.knowledge.distribution = Some("windows".into());
                    image.config.user.push(Claim {
                        value: Known::Unknown(Reason::ImageNotInspected(reference.text.clone())),
                        layer: Layer::Base,
                        plane: Plane::Assumed,
                        at: at.clone(),
                    });
                } else if image.config.user.effective().is_none() {
                    image.config.user.push(Claim::default(UserSpec::parse(""), anchor));
                }
                let mut state =
                    State::new(Undeclared::FromImage(reference.text.clone()), is_windows(reference));
                for (name, claim) in image.config.env.effective() {
                    if let Known::Value(value) = &claim.value {
                        state.scope.set(name, Variable::Value(value.expose().into()));
                        state.env.insert(name.into(), Variable::Value(value.expose().into()));
                    }
                }
                state.workdir = image.config.workdir.value().cloned();
                if let Some(shell) = image.config.shell.value() {
                    state.shell = shell.to_vec();
                }
                (state, image)
            }
        }
    }

    /// The stage that is being read; there is one whenever a step is read.
    pub(super) fn stage(&mut self) -> Option<&mut Stage> {
        self.recipe.stages.last_mut()
    }

    /// The secrets seen so far.
    pub(super) fn sightings(&mut self) -> &mut Vec<SecretSighting> {
        &mut self.recipe.sightings
    }

    /// Its number.
    pub(super) fn index(&self) -> usize {
        self.recipe.stages.len().saturating_sub(1)
    }

    /// What `--from` means.
    pub(super) fn copy_from(&self, text: &str) -> CopyFrom {
        if text.contains('$') || self.options.contexts.iter().any(|name| name.eq_ignore_ascii_case(text)) {
            return CopyFrom::Other(text.into());
        }
        match self.recipe.find_stage(text, self.index()) {
            Some(stage) => CopyFrom::Stage(stage),
            None => ImageReference::parse(text).map_or_else(|| CopyFrom::Other(text.into()), CopyFrom::Image),
        }
    }

    fn close_stage(&mut self) {
        if self.ends.len() < self.recipe.stages.len() {
            self.sight_stage();
            self.ends.push(self.state.clone());
        }
    }

    fn finish(mut self) -> (Recipe, Vec<Complaint>) {
        self.close_stage();
        self.recipe.sightings.sort_by_key(|sighting| sighting.at.at.span);
        match self.recipe.stages.last() {
            Some(last) => {
                self.recipe.subject.anchor = last.subject.anchor;
                let last = last.index;
                self.recipe.aim(vec![last]);
            }
            None => {
                let empty = self.complaints.iter().any(|complaint| complaint.code == "empty-dockerfile");
                if !empty {
                    self.complain_at(
                        &(0..0),
                        true,
                        "no-from",
                        "the file has no FROM",
                        "begin with `FROM image:tag`",
                    );
                }
            }
        }
        self.references();
        let mut complaints = self.complaints;
        complaints.sort_by_key(|complaint| (complaint.at.start, complaint.at.end, complaint.code));
        self.recipe.faults.sort_by_key(|fault| (fault.at.start, fault.at.end, fault.code));
        (self.recipe, complaints)
    }
}

/// Whether a text names an image: a tag or digest that is announced must be there.
fn is_name(text: &str) -> bool {
    !text.ends_with([':', '@', '/']) && ImageReference::parse(text).is_some_and(|base| base.is_valid())
}

fn is_windows(reference: &ImageReference) -> bool {
    let repository = reference.repository.to_ascii_lowercase();
    let tag = reference.tag.as_deref().unwrap_or("").to_ascii_lowercase();
    ["windows", "nanoserver", "servercore"].iter().any(|word| repository.contains(word) || tag.contains(word))
}
