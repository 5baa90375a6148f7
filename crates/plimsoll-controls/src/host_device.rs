//! What a device of the host is. Source: the kernel's list of allocated devices (admin-guide/devices.txt).

/// The kinds a control tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Device {
    /// Every container has it anyway.
    Harmless,
    /// A disk, memory, or everything: and what that gives.
    Raw(&'static str),
    /// Any other: and what that opens.
    Other(&'static str),
}

/// The kind of a device by its path on the host, or by its CDI name.
pub(crate) fn class(path: &str) -> Device {
    let Some(name) = path.trim_end_matches('/').strip_prefix("/dev") else {
        return Device::Other("a device that the engine looks up by name");
    };
    let name = name.strip_prefix('/').unwrap_or(name);
    match name {
        "" => return Device::Raw("every device of the host"),
        "full" | "null" | "ptmx" | "random" | "tty" | "urandom" | "zero" => return Device::Harmless,
        "kmem" | "mem" | "port" => return Device::Raw("the host's memory and I/O ports"),
        "kmsg" => return Device::Raw("the kernel's log, to read and to forge"),
        "kvm" => return Device::Other("the host's hypervisor"),
        "fuse" => return Device::Other("file systems that a program of the container provides"),
        "net/tun" => return Device::Other("network interfaces of the container's own making"),
        _ => {}
    }
    let disk = ["disk", "mapper", "md"].iter().any(|directory| name.starts_with(&format!("{directory}/")))
        || DISKS.iter().any(|prefix| numbered(name, prefix))
        || matches!(name, "disk" | "mapper");
    if disk {
        Device::Raw("a whole disk or partition of the host")
    } else {
        Device::Other("its driver in the host's kernel")
    }
}

/// Names of block devices before their letter or number.
const DISKS: &[&str] =
    &["sd", "hd", "vd", "xvd", "nvme", "mmcblk", "dm-", "md", "loop", "nbd", "rbd", "zd", "bcache", "drbd"];

/// `sda1` for `sd`, `nvme0n1` for `nvme`: letters or digits follow and nothing else.
fn numbered(name: &str, prefix: &str) -> bool {
    let Some(rest) = name.strip_prefix(prefix) else { return false };
    let lettered = matches!(prefix, "sd" | "hd" | "vd" | "xvd");
    let mut bytes = rest.bytes();
    bytes.next().is_some_and(|byte| if lettered { byte.is_ascii_lowercase() } else { byte.is_ascii_digit() })
        && bytes.all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disks_and_memory_are_raw_and_their_neighbours_are_not() {
        let raw = [
            "/dev",
            "/dev/",
            "/dev/sda",
            "/dev/sda1",
            "/dev/sdaa",
            "/dev/nvme0n1p2",
            "/dev/vdb",
            "/dev/xvda",
            "/dev/mmcblk0",
            "/dev/dm-0",
            "/dev/mapper/vg-root",
            "/dev/disk/by-id/x",
            "/dev/md0",
            "/dev/loop3",
            "/dev/mem",
            "/dev/kmsg",
            "/dev/port",
            "/dev/sdr",
        ];
        for path in raw {
            assert!(matches!(class(path), Device::Raw(_)), "{path}");
        }
        let other = [
            "/dev/dri",
            "/dev/dri/renderD128",
            "/dev/ttyUSB0",
            "/dev/snd",
            "/dev/kvm",
            "/dev/fuse",
            "/dev/net/tun",
            "/dev/nvidia0",
            "/dev/video0",
            "/dev/loop-control",
            "/dev/sr0",
            "/dev/mediated",
            "nvidia.com/gpu=all",
        ];
        for path in other {
            assert!(matches!(class(path), Device::Other(_)), "{path}");
        }
        assert_eq!(class("/dev/urandom"), Device::Harmless);
    }
}
