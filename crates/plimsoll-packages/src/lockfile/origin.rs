//! Where a package comes from, as the address in a lockfile tells. User names and passwords in an address go no further.

use plimsoll_posture::Origin;

/// The origin that an address stands for; a registry that is not named for what is no address.
pub(super) fn of(address: &str) -> Origin {
    let address = address.trim();
    let git = ["git+", "git:", "git@", "github:", "gitlab:", "bitbucket:", "gist:"];
    if git.iter().any(|start| address.starts_with(start)) || address.split('#').next().is_some_and(is_git_url)
    {
        return Origin::Git { commit: address.split_once('#').is_some_and(|(_, commit)| is_commit(commit)) };
    }
    let local = ["file:", "link:", "portal:", "workspace:", "./", "../", "/"];
    if local.iter().any(|start| address.starts_with(start)) {
        return Origin::File;
    }
    if let Some(rest) = address.strip_prefix("https://") {
        // What package managers write for a repository that they fetch as an archive.
        if let Some(commit) = archived(rest) {
            return Origin::Git { commit: is_commit(commit) };
        }
        return Origin::Host(host(rest).into());
    }
    if let Some(rest) = address.strip_prefix("http://") {
        return Origin::PlainHost(host(rest).into());
    }
    Origin::Registry
}

fn is_git_url(address: &str) -> bool {
    address.starts_with("ssh://") || address.contains("://") && address.ends_with(".git")
}

/// A whole commit: a branch or a short one may come to mean something else. npm writes more behind an `&`.
fn is_commit(text: &str) -> bool {
    let text = text.strip_prefix("commit=").unwrap_or(text);
    let text = text.split(['&', ':', '#']).next().unwrap_or(text);
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What an archive of a repository was made of: `codeload.github.com/a/b/tar.gz/COMMIT`,
/// `gitlab.com/a/b/-/archive/COMMIT/b.tar.gz`, `gitlab.com/api/v4/projects/1/repository/archive.tar.gz?ref=COMMIT`,
/// `bitbucket.org/a/b/get/COMMIT.tar.gz`.
fn archived(rest: &str) -> Option<&str> {
    let (host, path) = rest.split_once('/')?;
    let after = |mark: &str| path.split_once(mark).map(|(_, end)| end);
    match host {
        "codeload.github.com" => after("/tar.gz/").or_else(|| after("/legacy.tar.gz/")),
        "gitlab.com" => after("/archive.tar.gz?ref=").or_else(|| after("/archive/")?.split('/').next()),
        "bitbucket.org" => after("/get/")?.strip_suffix(".tar.gz"),
        _ => None,
    }
}

fn host(rest: &str) -> String {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    authority.rsplit('@').next().unwrap_or("").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_tell_where_from() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        for (address, origin) in [
            ("https://registry.example/a/-/a-1.0.0.tgz", Origin::Host("registry.example".into())),
            ("https://user:pw@Registry.example:8443/a.tgz", Origin::Host("registry.example:8443".into())),
            ("http://registry.example/a.tgz", Origin::PlainHost("registry.example".into())),
            ("git+ssh://git@host.example/a/b.git#main", Origin::Git { commit: false }),
            ("https://host.example/a/b.git", Origin::Git { commit: false }),
            ("github:a/b", Origin::Git { commit: false }),
            ("file:../a", Origin::File),
            ("", Origin::Registry),
            ("1.2.3", Origin::Registry),
        ] {
            assert_eq!(of(address), origin, "{address}");
        }
        for address in [
            format!("https://codeload.github.com/a/b/tar.gz/{commit}"),
            format!("https://gitlab.com/api/v4/projects/a%2Fb/repository/archive.tar.gz?ref={commit}"),
            format!("https://bitbucket.org/a/b/get/{commit}.tar.gz"),
        ] {
            assert_eq!(of(&address), Origin::Git { commit: true }, "{address}");
        }
        assert_eq!(of("https://codeload.github.com/a/b/tar.gz/main"), Origin::Git { commit: false });
        assert_eq!(of(&format!("git+https://host.example/a/b.git#{commit}")), Origin::Git { commit: true });
        assert_eq!(of(&format!("git@host.example:a/b.git#commit={commit}")), Origin::Git { commit: true });
    }
}
