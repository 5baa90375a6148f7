//! Where a distribution tells what it has mended in its own builds of the engine and its parts.

use plimsoll_posture::Reason;

/// Why a version with a distribution's suffix says nothing, and who knows.
pub(crate) fn tracker(distribution: &str) -> Reason {
    let ask = match distribution.to_ascii_lowercase().as_str() {
        "debian" => {
            "apt list --upgradable, and https://security-tracker.debian.org/tracker/source-package/docker.io"
        }
        "ubuntu" => "apt list --upgradable, and https://ubuntu.com/security/cves?package=docker.io",
        "fedora" => "dnf updateinfo list --security, and https://bodhi.fedoraproject.org",
        "red hat" | "rhel" | "centos" => {
            "dnf updateinfo list --security, and https://access.redhat.com/security/"
        }
        "suse" | "opensuse" => {
            "zypper list-patches --category security, and https://www.suse.com/security/cve/"
        }
        "amazon linux" | "amazon" => "dnf updateinfo list --security, and https://alas.aws.amazon.com",
        "alpine" => "apk version -l '<', and https://security.alpinelinux.org",
        _ => "the security tracker of its distribution, which mends without raising the version",
    };
    Reason::NeedsEngine(ask)
}
