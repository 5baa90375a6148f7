//! The model: what every source claims, how claims stack into facts, and the posture they add up to.
//!
//! Deliberately absent: file formats, input and output, severities.

mod assemble;
mod built;
mod capability;
mod change;
mod claim;
mod command;
mod complaint;
mod dependency;
mod drift;
mod handover;
mod host;
mod image;
mod installation;
mod installed;
mod known;
mod network;
mod observed;
mod package;
mod process;
mod project;
mod proxy;
mod recipe;
mod reference;
mod registry_variable;
mod resource;
mod script;
mod searched;
mod sensitive;
mod service;
mod storage;
mod subject;
mod trust;
mod writing;

pub use assemble::{assemble, join_image, raise_image};
pub use built::{
    AccountTrait, BuiltImage, FileTrait, ImageLayer, ModuleHit, NotedAccount, NotedFile, NotedSecret,
    OperatingSystem, Program,
};
pub use capability::{Capability, CapabilityEntry, CapabilitySet};
pub use change::{Change, Level, Setting};
pub use claim::{Claim, Fact, Keyed, Layer, Plane, Provenance, Union, Via, ViaKind};
pub use command::{Joined, Redirect, ShellCommand, ShellWord, program_name};
pub use complaint::{Complaint, ComplaintKind};
pub use dependency::{
    Advisory, Completeness, Coverage, Dependencies, DependencyKind, Drift, Hit, LockedPackage, Lockfile,
    Mend, Need, NodeRequest, Origin, Rating, Request, Runtime,
};
pub use drift::{Deviation, Seen, observe};
pub use handover::{handover, handover_of, passes_on};
pub use host::{
    Component, Daemon, DaemonFile, DaemonListener, Engine, FileAccess, FileRole, GuardedFile, HeldContainer,
    HeldImage, HeldNetwork, Host, Machine, Swarm,
};
pub use image::{
    Account, Flavour, ImageChain, ImageConfig, ImageKnowledge, Pin, Publisher, ReleaseLine, Role,
};
pub use installation::{Lookalike, Registry, RegistrySettings, Resemblance, ScriptRule, ScriptsRun};
pub use installed::{
    Extent, Installed, InstalledCoverage, InstalledHit, InstalledRuntime, LeftTool, MissingUpdate,
};
pub use known::{Known, Reason};
pub use network::{
    Attachment, ExposedPort, Exposure, HostPorts, PortRange, Protocol, PublishedPort, Reach, TakenPort,
};
pub use observed::{Memory, Observed, ObservedProcess, Written};
pub use package::{Ecosystem, Package, SourcePackage};
pub use process::{
    CommandForm, CommandLine, Healthcheck, Hook, MacProfile, NamespaceMode, SeccompProfile, UserSpec,
};
pub use project::{App, Listening, Network, Posture, Project, Refusal, Tracking, UnknownKey, Volume};
pub use proxy::{
    Action, BodyLimit, Listener, Proxy, ProxySoftware, Remark, RemarkKind, ResponseHeader, Route, Said, Site,
    Upstream,
};
pub use recipe::{
    BuildArg, BuildContext, BuildMount, ContextEntry, ContextEntryKind, ContextId, Copy, CopyFrom,
    CopySource, CopySourceKind, Recipe, RecipeId, Run, Spanned, Stage, StageBase, StageId, Step, StepKind,
};
pub use reference::ImageReference;
pub use registry_variable::{is_registry_variable, reads_npmrc, reads_unasked};
pub use resource::{Logging, RestartPolicy, Ulimit};
pub use script::{LinterLevel, LinterRemark, ScriptTraits, ShellSlip, SlipKind};
pub use searched::{Past, Search, SearchedFile};
pub use sensitive::{Certainty, Place, SecretSighting, Sensitive};
pub use service::{Build, Kernel, Service};
pub use storage::{Device, Mount, MountKind, MountOrigin};
pub use subject::{Subject, SubjectKind};
pub use trust::{Attestation, Lineage, Signature, SignatureForm, Standing, Trust};
pub use writing::{Description, FromArgument, LetterCase, RecipeFault};
