//! What a command fetches over the network, and whether anything in its script verifies what came.
//!
//! Sources: curl(1), wget(1), sha256sum(1), gpg(1). Deliberately absent: package managers, which verify by themselves.

use plimsoll_posture::{ShellCommand, ShellWord};

/// One call of curl or wget.
#[derive(Debug, Clone)]
pub(crate) struct Download<'a> {
    /// The addresses, as written.
    pub(crate) addresses: Vec<&'a ShellWord>,
    /// The file it writes, where one is named.
    pub(crate) target: Option<&'a str>,
    /// It writes a file rather than standard output.
    pub(crate) to_file: bool,
}

/// Options of curl whose value is the next word; of the short ones the letter.
const CURL_VALUES: &[&str] = &[
    "--header",
    "--proxy",
    "--referer",
    "--user-agent",
    "--data",
    "--data-raw",
    "--data-binary",
    "--data-urlencode",
    "--json",
    "--form",
    "--output",
    "--output-dir",
    "--write-out",
    "--user",
    "--cookie",
    "--cookie-jar",
    "--resolve",
    "--connect-to",
    "--request",
    "--retry",
    "--retry-delay",
    "--retry-max-time",
    "--connect-timeout",
    "--max-time",
    "--cacert",
    "--cert",
    "--key",
    "--upload-file",
    "--range",
    "--config",
    "--noproxy",
    "--proto",
    "--ciphers",
    "--limit-rate",
    "--max-redirs",
    "--dump-header",
    "--unix-socket",
    "--interface",
    "--time-cond",
    "--stderr",
    "--speed-time",
    "--speed-limit",
    "--parallel-max",
];
const CURL_LETTERS: &str = "HxeAdFowubcXmTrKCEDPQtyYz";

const WGET_VALUES: &[&str] = &[
    "--header",
    "--user-agent",
    "--referer",
    "--output-document",
    "--output-file",
    "--append-output",
    "--directory-prefix",
    "--post-data",
    "--post-file",
    "--tries",
    "--timeout",
    "--execute",
    "--user",
    "--password",
    "--input-file",
    "--progress",
    "--load-cookies",
    "--save-cookies",
    "--ca-certificate",
    "--wait",
    "--waitretry",
    "--accept",
    "--reject",
    "--level",
    "--cut-dirs",
    "--exclude-directories",
    "--secure-protocol",
    "--limit-rate",
    "--retry-on-http-error",
    "--dns-timeout",
    "--read-timeout",
    "--connect-timeout",
];
const WGET_LETTERS: &str = "OoaPUtTeiwARlXIDQBY";

/// Reads a call of curl or wget; `None` for anything else.
pub(crate) fn read(command: &ShellCommand) -> Option<Download<'_>> {
    let curl = match command.effective_program()? {
        "curl" => true,
        "wget" => false,
        _ => return None,
    };
    let (names, letters) = if curl { (CURL_VALUES, CURL_LETTERS) } else { (WGET_VALUES, WGET_LETTERS) };
    let mut found = Download { addresses: Vec::new(), target: None, to_file: !curl };
    let mut words = command.arguments().iter();
    while let Some(word) = words.next() {
        let text = &*word.text;
        if let Some(long) = text.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None if names.contains(&text) => (long, words.next().map(|word| &*word.text)),
                None => (long, None),
            };
            match name {
                "output" | "output-document" => found.writes(value),
                "remote-name" | "remote-name-all" if curl => found.to_file = true,
                _ => {}
            }
        } else if text.len() > 1 && text.starts_with('-') {
            for (at, letter) in text.char_indices().skip(1) {
                if letter == 'O' && curl {
                    found.to_file = true;
                }
                // `-nv`, `-nc`, `-nH` of wget: two letters, one option.
                if letter == 'n' && !curl {
                    break;
                }
                if letters.contains(letter) {
                    let rest = text.get(at + letter.len_utf8()..).unwrap_or("");
                    let value =
                        if rest.is_empty() { words.next().map(|word| &*word.text) } else { Some(rest) };
                    if letter == if curl { 'o' } else { 'O' } {
                        found.writes(value);
                    }
                    break;
                }
            }
        } else {
            found.addresses.push(word);
        }
    }
    if let Some(redirect) =
        command.redirects.iter().find(|redirect| matches!(&*redirect.operator, ">" | ">>"))
    {
        found.writes(Some(&redirect.target.text));
    }
    Some(found)
}

impl<'a> Download<'a> {
    fn writes(&mut self, target: Option<&'a str>) {
        self.to_file = !matches!(target, Some("-" | "/dev/stdout" | "/dev/null"));
        self.target = target.filter(|_| self.to_file);
    }
}

/// Whether a command checks a file against a checksum or a signature.
pub(crate) fn verifies(command: &ShellCommand) -> bool {
    let Some(program) = command.effective_program() else { return false };
    let has = |options: &[&str]| command.has_argument(options);
    match program {
        "busybox" | "gosu" | "su-exec" => command
            .arguments()
            .first()
            .is_some_and(|applet| applet.text.ends_with("sum") && command.has_short('c')),
        "gpg" | "gpg2" | "apt-key" => has(&["--verify", "verify"]),
        "gpgv" | "gpgv2" | "cosign" | "minisign" | "signify" | "slsa-verifier" | "sigstore"
        | "debsig-verify" => true,
        "gh" => has(&["attestation"]),
        "rpm" | "rpmkeys" => has(&["-K", "--checksig"]),
        "openssl" => has(&["-verify"]) || command.substituted,
        // A sum that is only printed verifies nothing; one whose output becomes a word is compared with something.
        _ if program == "shasum" || program.ends_with("sum") => {
            command.has_short('c') || has(&["--check"]) || command.substituted
        }
        _ => false,
    }
}

/// Whether an address is fetched over an open line from beyond the machine and its own network.
pub(crate) fn is_open(address: &str) -> bool {
    let lower = address.trim_start_matches(['"', '\'']).to_ascii_lowercase();
    let Some(rest) = ["http://", "ftp://", "git://", "git+http://", "git+git://", "svn://"]
        .iter()
        .find_map(|scheme| lower.strip_prefix(scheme))
    else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = authority.rsplit('@').next().unwrap_or("");
    let host = host.split(':').next().unwrap_or("");
    let private =
        ["127.", "10.", "192.168.", "169.254.", "0.0.0.0"].iter().any(|start| host.starts_with(start))
            || host.strip_prefix("172.").is_some_and(|rest| {
                rest.split('.')
                    .next()
                    .and_then(|part| part.parse::<u8>().ok())
                    .is_some_and(|part| (16..32).contains(&part))
            });
    let inner =
        [".local", ".internal", ".localhost", ".lan", ".test", ".svc"].iter().any(|end| host.ends_with(end));
    // A name without a dot is one of the own network; a variable may hold anything.
    host.contains('.') && !host.contains('$') && !private && !inner
}

#[cfg(test)]
mod tests {
    use super::is_open;

    #[test]
    fn an_open_line_leads_out_without_tls() {
        for open in [
            "http://example.com/x",
            "HTTP://example.com",
            "ftp://ftp.gnu.org/a.tgz",
            "git://github.com/a/b",
            "http://user:x@deb.example.org:8080/",
        ] {
            assert!(is_open(open), "{open}");
        }
        for closed in [
            "https://example.com",
            "http://localhost:3000/health",
            "http://127.0.0.1",
            "http://proxy:3128",
            "http://$HOST/x",
            "http://10.0.0.5/x",
            "http://172.20.0.1/x",
            "http://nexus.internal/repository",
            "example.com/x",
        ] {
            assert!(!is_open(closed), "{closed}");
        }
    }
}
