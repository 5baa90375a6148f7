//! Secrets in the files of image layers: which files are worth a look, and what is seen in them.
//!
//! A layer holds thousands of files that somebody else published, with the keys of their tests among them; so what belongs to packages
//! is left out, and in files whose name says nothing only what is certain counts. Deliberately absent: what a secret looks like.

use plimsoll_packages::layer::{SecretSense, Sight};
use plimsoll_posture::Certainty;
use plimsoll_secrets::{Detection, scan_file, secret_file};

/// Looks at files.
pub struct Eyes;

/// Directories that packages fill.
const PUBLISHED: &[&str] = &[
    "usr/share/",
    "usr/lib/",
    "usr/lib64/",
    "usr/include/",
    "usr/local/lib/",
    "usr/local/share/",
    "usr/local/include/",
    "lib/",
    "lib64/",
    "var/lib/dpkg/",
    "var/lib/apt/",
    "var/cache/",
    "lib/apk/",
    "etc/ssl/certs/",
    "etc/pki/ca-trust/",
    "opt/yarn",
    "proc/",
    "sys/",
    "dev/",
];
/// Folders of packages that may lie anywhere.
const VENDORED: &[&str] =
    &["/node_modules/", "/site-packages/", "/dist-packages/", "/vendor/bundle/", "/.git/"];
/// Endings of settings and of what an application is written in.
const SETTINGS: &[&str] = &[
    "json",
    "yml",
    "yaml",
    "ini",
    "toml",
    "conf",
    "cfg",
    "properties",
    "env",
    "sh",
    "xml",
    "js",
    "cjs",
    "mjs",
    "ts",
    "py",
];
/// Files of settings that machines write.
const WRITTEN: &[&str] = &[
    "package.json",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "tsconfig.json",
    "pnpm-lock.yaml",
    "composer.json",
];
/// Settings are no larger.
const MAX_SETTINGS: u64 = 128 * 1024;
/// Keys and env files are no larger.
const MAX_NAMED: u64 = 1 << 20;
/// One file needs no more words than this.
const MAX_SIGHTS: usize = 20;

fn is_published(path: &str) -> bool {
    let vendored =
        |folder: &&str| path.contains(*folder) || path.starts_with(folder.get(1..).unwrap_or_default());
    PUBLISHED.iter().any(|folder| path.starts_with(folder)) || VENDORED.iter().any(vendored)
}

fn is_settings(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    // What lies in /etc is the distribution's, but for what its name already tells.
    SETTINGS.contains(&ending) && !path.starts_with("etc/") && !WRITTEN.contains(&name)
}

impl SecretSense for Eyes {
    fn wants(&self, path: &str, size: u64) -> bool {
        if size > MAX_NAMED || is_published(path) {
            return false;
        }
        secret_file(path).is_some() || (size <= MAX_SETTINGS && is_settings(path))
    }

    fn look(&self, path: &str, content: &[u8]) -> Vec<Sight> {
        let named = secret_file(path);
        let name = path.rsplit('/').next().unwrap_or(path);
        if content.iter().take(1024).any(|&byte| byte == 0) {
            // Key stores are no text; that one is there is all that can be said.
            let whole = |kind: &str| Sight {
                name: name.to_owned(),
                kind: kind.to_owned(),
                length: 0,
                certainty: Certainty::Likely,
                line: 0,
            };
            return named.filter(|kind| *kind == "key-store").map(whole).into_iter().collect();
        }
        let text = String::from_utf8_lossy(content);
        let mut lines = Lines { at: 0, line: 1 };
        let mut sights: Vec<Sight> = Vec::new();
        for found in scan_file(path, &text) {
            let detection = &found.detection;
            if named.is_none() && detection.certainty != plimsoll_secrets::Certainty::Certain {
                continue;
            }
            let line = lines.number(&text, detection.range.start);
            let name = if found.name.is_empty() { name } else { &found.name };
            // One word a line is enough.
            if sights.last().is_none_or(|last| last.line != line) {
                sights.push(sight(name, detection, &text, line));
            }
            if sights.len() >= MAX_SIGHTS {
                break;
            }
        }
        sights
    }
}

fn sight(name: &str, found: &Detection, text: &str, line: usize) -> Sight {
    Sight {
        name: name.to_owned(),
        kind: found.kind.to_owned(),
        length: text.get(found.range.clone()).map_or(0, |secret| secret.chars().count()),
        certainty: match found.certainty {
            plimsoll_secrets::Certainty::Likely => Certainty::Likely,
            plimsoll_secrets::Certainty::Certain => Certainty::Certain,
        },
        line,
    }
}

/// Counts lines up to places that only grow.
struct Lines {
    at: usize,
    line: usize,
}

impl Lines {
    fn number(&mut self, text: &str, place: usize) -> usize {
        let passed = text.as_bytes().get(self.at..place).unwrap_or_default();
        self.line += passed.iter().filter(|&&byte| byte == b'\n').count();
        self.at = self.at.max(place);
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(path: &str, text: &str) -> Vec<(String, usize)> {
        assert!(Eyes.wants(path, text.len() as u64), "{path}");
        Eyes.look(path, text.as_bytes()).into_iter().map(|sight| (sight.name, sight.line)).collect()
    }

    #[test]
    fn secrets_in_files_of_layers() {
        let env = "# settings\nPORT=3000\nDB_PASSWORD=hunter22x\nexport API_URL=https://a.example\n";
        assert_eq!(seen("app/.env", env), [("DB_PASSWORD".to_owned(), 3)]);
        // Shorter than any real key, and as long as one must be to be taken for one.
        let body = "MIIEowIBAAKCAQEAx3Rkq9v1b8Zc5mS2".repeat(3);
        let pem = |kind: &str| format!("-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n");
        let (key, certificate) = (&*pem("RSA PRIVATE KEY"), &*pem("CERTIFICATE"));
        assert_eq!(seen("root/.ssh/id_rsa", key).len(), 1);
        assert_eq!(seen("app/server.key", certificate), []);
        let source =
            "const key = 1;\nconst dbPassword = process.env.DB_PASSWORD || 'f7Qz1mWc9Lx4Rb8TnK2v';\n";
        assert_eq!(seen("app/index.js", source), [("dbPassword".to_owned(), 2)]);
        assert_eq!(seen("app/config/app.json", "{\n \"port\": 1,\n \"title\": \"password\"\n}\n"), []);
    }

    #[test]
    fn what_packages_brought_is_left_alone() {
        for path in [
            "usr/share/doc/x/key.pem",
            "app/node_modules/a/test/key.pem",
            "node_modules/a/.env",
            "etc/ssl/certs/a.pem",
            "etc/nginx/nginx.conf",
            "app/package.json",
        ] {
            assert!(!Eyes.wants(path, 100), "{path}");
        }
        assert!(Eyes.wants("etc/ssl/private/server.key", 100));
        assert!(!Eyes.wants("app/.env", 1 << 30));
    }
}
