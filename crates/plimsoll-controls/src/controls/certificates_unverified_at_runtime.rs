//! A service that believes any certificate because its environment says so.

use plimsoll_posture::{Known, Layer, Posture, Service};

use crate::remedy::withdraw;
use crate::{Control, Finding, Foothold, Remedy, Scope, Settings, Severity, Standing, Verdict};

pub(super) static CONTROL: Control = Control {
    id: "certificates-unverified-at-runtime",
    title: "service believes any TLS certificate",
    page: include_str!("certificates_unverified_at_runtime.md"),
    severity: Severity::High,
    foothold: Foothold::None,
    since: "0.1.0",
    peers: &[],
    covered_by: &[],
    standing: Standing::Ordinary,
    scope: Scope::Runtime(check),
};

/// Variables that switch verification off, and the values that do it.
const VARIABLES: &[(&str, &[&str])] = &[
    ("NODE_TLS_REJECT_UNAUTHORIZED", &["0"]),
    ("PYTHONHTTPSVERIFY", &["0"]),
    ("GIT_SSL_NO_VERIFY", &["1", "true", "yes", "on"]),
    ("NPM_CONFIG_STRICT_SSL", &["false"]),
    ("npm_config_strict_ssl", &["false"]),
    ("ELASTICSEARCH_SSL_VERIFICATIONMODE", &["none"]),
    ("KAFKA_SSL_REJECT_UNAUTHORIZED", &["false", "0"]),
    ("DB_SSL_REJECT_UNAUTHORIZED", &["false", "0"]),
];

fn check(service: &Service, _: &Posture, _: &Settings) -> Verdict {
    let mut findings = Vec::new();
    let mut seen = None;
    let mut open = None;
    for (name, off) in VARIABLES {
        let Some(claim) = service.env.get(name).and_then(|fact| fact.effective()) else { continue };
        // What the Dockerfile sets is told where it is set.
        if claim.layer < Layer::Compose {
            continue;
        }
        match &claim.value {
            Known::Unknown(reason) => open = open.or(Some(reason.clone())),
            Known::Value(value) if off.contains(&value.expose().trim().to_ascii_lowercase().as_str()) => {
                findings.push(Finding::at(
                    claim,
                    "any certificate is believed",
                    format!("service `{}` does not verify TLS certificates: `{name}`", service.name()),
                    "remove the variable; name the certificate of your own authority with NODE_EXTRA_CA_CERTS or \
                     SSL_CERT_FILE",
                )
.remedied(Remedy::risky(vec![withdraw(claim)], "connections to a server whose certificate nobody vouches for fail")));
            }
            Known::Value(_) => seen = seen.or(Some(Verdict::pass(claim))),
        }
    }
    let nothing = open.map_or_else(|| seen.unwrap_or_else(Verdict::absent), Verdict::Unknown);
    Verdict::from_findings(findings, nothing)
}
