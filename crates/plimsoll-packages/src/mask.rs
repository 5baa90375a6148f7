//! Names and passwords in addresses, which lockfiles and manifests repeat for every package of a private registry.

use plimsoll_text::{Source, Span};

/// Where `user:password@` or `token@` stands in an address.
#[must_use]
pub fn credentials(source: &Source) -> Vec<Span> {
    let text = &*source.text;
    let mut found = Vec::new();
    for (at, mark) in text.match_indices("://") {
        let start = at + mark.len();
        let rest = text.get(start..).unwrap_or("").as_bytes();
        let end = rest.iter().position(|byte| {
            matches!(
                byte,
                b'/' | b'?' | b'#' | b'"' | b'\'' | b',' | b' ' | b'\n' | b'\r' | b'\t' | b'}' | b'\\'
            )
        });
        let authority = rest.get(..end.unwrap_or(rest.len())).unwrap_or(&[]);
        let Some(sign) = authority.iter().rposition(|byte| *byte == b'@') else { continue };
        // `git@host` is how everybody is called there.
        if !matches!(authority.get(..sign), None | Some(b"" | b"git")) {
            found.push(Span::new(source.id, start, start + sign));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use plimsoll_text::{SourceKind, Sources};

    use super::*;

    #[test]
    fn what_stands_before_the_host_is_found() {
        let mut sources = Sources::new();
        let text = "\"resolved\": \"https://me:s3cr3t@registry.example/a.tgz\", git+ssh://git@host.example/a\nhttps://t0ken@x/ https://y/@a/b";
        let id = sources.add_text("package-lock.json", SourceKind::Manifest, text);
        let found: Vec<&str> =
            credentials(sources.get(id)).into_iter().map(|span| sources.text(span)).collect();
        assert_eq!(found, ["me:s3cr3t", "t0ken"]);
    }
}
