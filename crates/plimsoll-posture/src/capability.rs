//! Linux capabilities as sets. Source: linux/capability.h (41 of them up to Linux 5.9, unchanged since).

use std::fmt;

macro_rules! capabilities {
    ($($name:ident)*) => {
        /// One capability; the names are the kernel's without `CAP_`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(non_camel_case_types, reason = "the kernel's own names")]
        #[expect(missing_docs, reason = "see capabilities(7)")]
        #[repr(u8)]
        pub enum Capability { $($name),* }

        impl Capability {
            /// Every capability, in the kernel's order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name without `CAP_`, upper case.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

capabilities! {
    CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
    NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
    SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
    MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE
}

impl Capability {
    /// Reads `NET_ADMIN`, `CAP_NET_ADMIN`, `net_admin`; `None` for `ALL` and for what no kernel knows.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.trim().to_ascii_uppercase();
        let name = upper.strip_prefix("CAP_").unwrap_or(&upper);
        Self::ALL.iter().copied().find(|capability| capability.name() == name)
    }
}

/// A set of capabilities.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CapabilitySet(u64);

impl CapabilitySet {
    /// No capability.
    pub const EMPTY: Self = Self(0);

    /// All 41.
    #[must_use]
    pub fn all() -> Self {
        Capability::ALL.iter().copied().collect()
    }

    /// The 14 that Docker leaves to a container (moby: oci/caps/defaults.go).
    #[must_use]
    pub fn docker_default() -> Self {
        use Capability as C;
        [
            C::CHOWN,
            C::DAC_OVERRIDE,
            C::FSETID,
            C::FOWNER,
            C::MKNOD,
            C::NET_RAW,
            C::SETGID,
            C::SETUID,
            C::SETFCAP,
            C::SETPCAP,
            C::NET_BIND_SERVICE,
            C::SYS_CHROOT,
            C::KILL,
            C::AUDIT_WRITE,
        ]
        .into_iter()
        .collect()
    }

    /// What the kernel writes as a number, bit by bit; bits of capabilities that are not known here are left out.
    #[must_use]
    pub fn from_bits(bits: u64) -> Self {
        Capability::ALL.iter().copied().filter(|&capability| bits & (1 << capability as u8) != 0).collect()
    }

    /// Whether the set holds it.
    #[must_use]
    pub fn contains(self, capability: Capability) -> bool {
        self.0 & (1 << capability as u8) != 0
    }

    /// Adds one.
    pub fn insert(&mut self, capability: Capability) {
        self.0 |= 1 << capability as u8;
    }

    /// What is here and not in `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in either.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the set holds nothing.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members in the kernel's order.
    pub fn iter(self) -> impl Iterator<Item = Capability> {
        Capability::ALL.iter().copied().filter(move |&capability| self.contains(capability))
    }
}

impl FromIterator<Capability> for CapabilitySet {
    fn from_iter<I: IntoIterator<Item = Capability>>(items: I) -> Self {
        let mut set = Self::EMPTY;
        for capability in items {
            set.insert(capability);
        }
        set
    }
}

impl fmt::Debug for CapabilitySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// An entry of `cap_add` or `cap_drop`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CapabilityEntry {
    /// `ALL`.
    All,
    /// One capability.
    One(Capability),
    /// A name that no kernel knows, as written.
    Unheard(std::sync::Arc<str>),
}

impl CapabilityEntry {
    /// Reads one entry the way the engine does: case and `CAP_` do not matter.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let trimmed = text.trim();
        if trimmed.eq_ignore_ascii_case("all") || trimmed.eq_ignore_ascii_case("cap_all") {
            return Self::All;
        }
        Capability::parse(trimmed).map_or_else(|| Self::Unheard(trimmed.into()), Self::One)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_set_is_the_mask_that_proc_status_shows() {
        // CapBnd of a default container, as documented widely: 00000000a80425fb.
        assert_eq!(CapabilitySet::docker_default().0, 0xa804_25fb);
        assert_eq!(CapabilitySet::all().0, 0x1ff_ffff_ffff);
    }

    #[test]
    fn names_are_read_as_the_engine_reads_them() {
        assert_eq!(Capability::parse("cap_net_admin"), Some(Capability::NET_ADMIN));
        assert_eq!(CapabilityEntry::parse("all"), CapabilityEntry::All);
        assert_eq!(CapabilityEntry::parse("NET_ADMIM"), CapabilityEntry::Unheard("NET_ADMIM".into()));
    }
}
