//! Files whose name alone says that they hold a secret.

/// Ends of names that mark a template of a file, which holds no values.
const TEMPLATES: &[&str] = &[
    "example",
    "sample",
    "template",
    "dist",
    "tpl",
    "tmpl",
    "defaults",
    "schema",
    "enc",
    "encrypted",
    "age",
    "gpg",
    "pub",
];

/// Whether a name (in lower case) marks a template of a file.
pub(crate) fn is_template(name: &str) -> bool {
    name.split(['.', '-', '_']).any(|part| TEMPLATES.contains(&part))
}

/// What kind of secret file a path names; `None` for any other file. Only the path is judged, nothing is read.
#[must_use]
pub fn secret_file(path: &str) -> Option<&'static str> {
    let path = path.trim().trim_end_matches('/').replace('\\', "/").to_ascii_lowercase();
    let mut parts = path.rsplit('/');
    let name = parts.next()?;
    let parent = parts.next().unwrap_or("");
    let last = name.rsplit('.').next().unwrap_or("");
    if TEMPLATES.contains(&last) || TEMPLATES.iter().any(|word| name.starts_with(&format!("{word}."))) {
        return None;
    }
    if name == ".env" || name == ".envrc" || name.starts_with(".env.") || name.ends_with(".env") {
        let template = name.split(['.', '-', '_']).any(|part| TEMPLATES.contains(&part));
        return (!template).then_some("env-file");
    }
    match name {
        ".npmrc" => return Some("npm-credentials"),
        ".yarnrc.yml" => return Some("yarn-credentials"),
        ".pypirc" => return Some("pypi-credentials"),
        ".netrc" | "_netrc" => return Some("netrc"),
        ".pgpass" | ".my.cnf" | ".mylogin.cnf" => return Some("database-credentials"),
        ".git-credentials" => return Some("git-credentials"),
        ".htpasswd" | "htpasswd" => return Some("password-hashes"),
        ".dockercfg" | ".dockerconfigjson" => return Some("docker-credentials"),
        "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519" | "id_ecdsa_sk" | "id_ed25519_sk" => {
            return Some("ssh-private-key");
        }
        "kubeconfig" => return Some("kubernetes-credentials"),
        ".vault-token" => return Some("vault-token"),
        "master.key" if parent == "config" => return Some("rails-master-key"),
        "credentials" if parent == ".aws" => return Some("aws-credentials"),
        "config.json" if parent == ".docker" => return Some("docker-credentials"),
        "config" if parent == ".kube" => return Some("kubernetes-credentials"),
        "credentials.json"
        | "service-account.json"
        | "service_account.json"
        | "serviceaccount.json"
        | "application_default_credentials.json" => {
            return Some("cloud-credentials");
        }
        ".aws" => return Some("aws-credentials"),
        ".ssh" => return Some("ssh-private-key"),
        ".gnupg" => return Some("gpg-private-key"),
        ".kube" => return Some("kubernetes-credentials"),
        _ => {}
    }
    let stem = name.strip_suffix(last).map_or("", |stem| stem.trim_end_matches('.'));
    match last {
        // A trust store holds certificates.
        _ if stem.is_empty() || stem.contains("truststore") || stem.contains("cacerts") => None,
        "p12" | "pfx" | "jks" | "keystore" | "bks" | "kdbx" => Some("key-store"),
        "ppk" => Some("ssh-private-key"),
        "key" if !public_by_name(stem) => Some("private-key"),
        "pem" if !public_by_name(stem) && !certificate_by_name(stem) => Some("private-key"),
        "asc" | "gpg" if stem.contains("private") || stem.contains("secret") => Some("gpg-private-key"),
        "kubeconfig" => Some("kubernetes-credentials"),
        "tfvars" => Some("terraform-variables"),
        _ => None,
    }
}

/// `public.key`, `jwt-pub.pem`, `archive-keyring.key`.
fn public_by_name(stem: &str) -> bool {
    stem.split(['.', '-', '_']).any(|part| {
        matches!(
            part,
            "public" | "pub" | "gpg" | "pgp" | "apt" | "archive" | "release" | "repo" | "rpm" | "keyring"
        )
    }) || stem.ends_with("pubkey")
        || stem.ends_with("publickey")
}

/// `cert.pem`, `fullchain.pem`, `rds-ca-2019-root.pem`, `ca-bundle.pem`: certificates are public.
fn certificate_by_name(stem: &str) -> bool {
    if stem.contains("key") {
        return false;
    }
    stem.contains("cert")
        || stem.contains("chain")
        || stem.contains("bundle")
        || stem.split(['.', '-', '_']).any(|part| {
            matches!(
                part,
                "ca" | "crt"
                    | "cer"
                    | "root"
                    | "rootca"
                    | "cacert"
                    | "ssl"
                    | "trust"
                    | "dh"
                    | "dhparam"
                    | "dhparams"
                    | "csr"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::secret_file;

    #[test]
    fn names_of_secret_files() {
        for path in [
            ".env",
            "app/.env.production",
            "prod.env",
            ".npmrc",
            "home/.ssh/id_rsa",
            "certs/server.key",
            "certs/server-key.pem",
            "privkey.pem",
            "deploy.p12",
            "release.jks",
            ".aws/credentials",
            "root/.docker/config.json",
            ".kube/config",
            ".netrc",
            ".pgpass",
            "config/master.key",
            "gcp/service-account.json",
            "C:\\keys\\site.pfx",
            "prod.tfvars",
        ] {
            assert!(secret_file(path).is_some(), "{path}");
        }
    }

    #[test]
    fn names_of_other_files() {
        for path in [
            "",
            "/",
            ".env.example",
            ".env.sample",
            ".env.production.template",
            ".env.dist",
            "example.env",
            "sample.env",
            "env",
            "src/environment.ts",
            "id_rsa.pub",
            "cert.pem",
            "fullchain.pem",
            "rds-ca-2019-root.pem",
            "ca-bundle.pem",
            "dhparam.pem",
            "jwt/public.pem",
            "nodesource.gpg.key",
            "public.key",
            "config.json",
            "credentials",
            "tls/truststore.jks",
            "src/config",
            "package.json",
            "keys.ts",
            ".key",
            "terraform.tfvars.example",
        ] {
            assert_eq!(secret_file(path), None, "{path}");
        }
    }
}
