//! The job that checks the files on every push: for GitHub or GitLab, wherever the project lives.
//!
//! plimsoll is installed from the repository that its own manifest names: there is no other place that is sure to have it.
//! Deliberately absent: registries to push to and deploying.

use std::fmt::Write as _;
use std::path::Path;

/// Where plimsoll is installed from.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");
/// The oldest Rust that builds it.
const RUST: &str = env!("CARGO_PKG_RUST_VERSION");

/// A host of repositories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Host {
    GitHub,
    GitLab,
}

impl Host {
    /// The file that the job goes to, from the repository's top. A pipeline of GitLab includes it.
    pub(super) fn file(self) -> &'static str {
        match self {
            Self::GitHub => ".github/workflows/plimsoll.yml",
            Self::GitLab => ".gitlab/plimsoll.yml",
        }
    }
}

/// Tells the host by what stands in the repository, then by its remotes.
pub(super) fn host(top: &Path) -> Option<Host> {
    if top.join(".github").is_dir() {
        return Some(Host::GitHub);
    }
    if top.join(".gitlab-ci.yml").is_file() || top.join(".gitlab").is_dir() {
        return Some(Host::GitLab);
    }
    let config = crate::disk::read_named(&top.join(".git/config"), 1024 * 1024).ok()?;
    let config = String::from_utf8_lossy(&config).into_owned();
    let url = config.lines().map(str::trim).find(|line| line.starts_with("url"))?;
    match url {
        url if url.contains("github.com") => Some(Host::GitHub),
        url if url.contains("gitlab") => Some(Host::GitLab),
        _ => None,
    }
}

/// The text. `directory` is where the compose file lies, from the repository's top; `dockerfile` from there.
pub(super) fn write(host: Host, directory: &str, dockerfile: &str, npmrc: bool) -> String {
    let place = if directory == "." { String::new() } else { format!(" {directory}") };
    let context = if directory == "." { "." } else { directory };
    let file = if directory == "." { dockerfile.to_owned() } else { format!("{directory}/{dockerfile}") };
    let secret = if npmrc {
        format!(
            " --secret id=npmrc,src={}",
            if directory == "." { ".npmrc".to_owned() } else { format!("{directory}/.npmrc") }
        )
    } else {
        String::new()
    };
    let install = format!("cargo install --locked --git {REPOSITORY} plimsoll");
    let mut out = String::new();
    match host {
        Host::GitHub => {
            let _ = write!(
                out,
                "# Made by `plimsoll init`. Pin the actions to a commit: a tag can be moved.
name: plimsoll
on:
  push:
    branches: [main, master]
  pull_request:
permissions:
  contents: read
jobs:
  container:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/cache@v4
        with:
          path: ~/.cargo/bin/plimsoll
          key: plimsoll-1
      - name: Install plimsoll
        run: command -v ~/.cargo/bin/plimsoll || {install}
      - name: Nothing high or worse is wrong
        run: ~/.cargo/bin/plimsoll scan{place} --output github=- --output markdown=\"$GITHUB_STEP_SUMMARY\"
      - name: Nothing is left that can be mended safely
        run: ~/.cargo/bin/plimsoll fix --check{place}
      - name: The image can be built
        run: docker build{secret} --file {file} {context}
"
            );
        }
        Host::GitLab => {
            let _ = write!(
                out,
                "# Made by `plimsoll init`. It runs when .gitlab-ci.yml includes it:
#
#   include:
#     - local: .gitlab/plimsoll.yml
plimsoll:
  stage: test
  image: rust:{RUST}-slim
  cache:
    key: plimsoll-1
    paths: [.plimsoll]
  before_script:
    - test -x .plimsoll/bin/plimsoll || {install} --root .plimsoll
  script:
    # Nothing high or worse is wrong, and nothing is left that can be mended safely.
    - .plimsoll/bin/plimsoll scan{place} --output gitlab=plimsoll.json --output human=-
    - .plimsoll/bin/plimsoll fix --check{place}
  artifacts:
    when: always
    reports:
      codequality: plimsoll.json

plimsoll-image:
  stage: test
  image: docker:28-cli
  services: [docker:28-dind]
  script:
    # The image can be built.
    - docker build{secret} --file {file} {context}
"
            );
        }
    }
    out
}
