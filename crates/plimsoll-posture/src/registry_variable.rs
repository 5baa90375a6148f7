//! Variables that package managers read by themselves to log in to a registry, although no command names them.
//!
//! Sources: the documentation of npm (`.npmrc`), pip, uv, Poetry, Bundler, Composer and Cargo. Deliberately absent: what their values
//! are, and tokens that only a command line hands on.

/// Variables by which `.npmrc` and `.yarnrc.yml` usually name a token.
const NODE: &[&str] =
    &["NPM_TOKEN", "NPM_AUTH_TOKEN", "NODE_AUTH_TOKEN", "YARN_NPM_AUTH_TOKEN", "YARN_AUTH_TOKEN"];

/// Whether a variable is of use to a package manager only, while an image is built.
#[must_use]
pub fn is_registry_variable(name: &str) -> bool {
    managers(name).is_some()
}

/// Whether a program reads a variable that no word of its command names.
#[must_use]
pub fn reads_unasked(program: &str, name: &str) -> bool {
    managers(name).is_some_and(|managers| managers.contains(&program))
}

/// Whether a program is a package manager that replaces `${NAME}` in an `.npmrc`.
#[must_use]
pub fn reads_npmrc(program: &str) -> bool {
    NODE_MANAGERS.contains(&program)
}

const NODE_MANAGERS: &[&str] = &["npm", "npx", "pnpm", "pnpx", "yarn", "bun", "bunx"];
const PIP: &[&str] = &["pip", "pip3", "python", "python3"];

fn managers(name: &str) -> Option<&'static [&'static str]> {
    match name {
        _ if NODE.contains(&name) => Some(NODE_MANAGERS),
        "PIP_INDEX_URL" | "PIP_EXTRA_INDEX_URL" => Some(PIP),
        "COMPOSER_AUTH" => Some(&["composer"]),
        _ if name.starts_with("UV_INDEX") => Some(&["uv"]),
        _ if name.starts_with("POETRY_HTTP_BASIC_") || name.starts_with("POETRY_PYPI_TOKEN_") => {
            Some(&["poetry"])
        }
        _ if name.starts_with("BUNDLE_") && name.contains("__") => Some(&["bundle", "bundler"]),
        _ if name.starts_with("CARGO_REGISTRIES_") || name == "CARGO_REGISTRY_TOKEN" => Some(&["cargo"]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_manager_reads_its_own() {
        assert!(reads_unasked("npm", "NPM_TOKEN") && !reads_unasked("pip", "NPM_TOKEN"));
        assert!(reads_unasked("pip", "PIP_EXTRA_INDEX_URL"));
        assert!(reads_unasked("bundle", "BUNDLE_GEMS__EXAMPLE__COM") && !is_registry_variable("BUNDLE_PATH"));
        assert!(!is_registry_variable("JWT_SECRET"));
    }
}
