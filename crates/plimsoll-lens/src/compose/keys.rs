//! The keys of the Compose specification and the shapes of their values.
//!
//! From the specification's JSON schema as Compose 2.26 ships it, plus the keys that later releases added (marked
//! `newer`): those are known and never "unknown keys", whatever an older Compose says to them.

/// The shape of a value.
#[derive(Debug)]
pub(super) enum Shape {
    /// Anything.
    Any,
    /// A scalar of these types.
    Scalar(u8),
    /// One of these texts.
    Enum(&'static [&'static str]),
    /// A list; the flag forbids equal items.
    List(&'static Shape, bool),
    /// A mapping with known keys.
    Map(&'static Keys),
    /// A mapping with free keys; the flag holds them to `[a-zA-Z0-9._-]+`.
    Dict(&'static Shape, bool),
    /// The first that fits the kind of the value.
    Either(&'static [&'static Shape]),
}

/// The keys of a mapping.
#[derive(Debug)]
pub(super) struct Keys {
    /// Known keys in alphabetical order, with the shapes of their values.
    pub(super) known: &'static [(&'static str, &'static Shape)],
    /// Keys that must be there.
    pub(super) required: &'static [&'static str],
    /// Whether other keys are allowed (and mean nothing).
    pub(super) open: bool,
}

pub(super) const STRING: u8 = 1;
pub(super) const NUMBER: u8 = 2;
pub(super) const INTEGER: u8 = 4;
pub(super) const BOOLEAN: u8 = 8;
pub(super) const NULL: u8 = 16;

const fn keys(known: &'static [(&'static str, &'static Shape)]) -> Keys {
    Keys { known, required: &[], open: false }
}

const fn requiring(
    known: &'static [(&'static str, &'static Shape)],
    required: &'static [&'static str],
) -> Keys {
    Keys { known, required, open: false }
}

type S = Shape;

static ANY: S = S::Any;
static TEXT: S = S::Scalar(STRING);
static FLAG: S = S::Scalar(BOOLEAN | STRING);
static COUNT: S = S::Scalar(INTEGER | STRING);
static AMOUNT: S = S::Scalar(NUMBER | STRING);
static NUMERIC: S = S::Scalar(NUMBER);
static NOTHING: S = S::Scalar(NULL);
static TEXT_OR_NULL: S = S::Scalar(STRING | NULL);
static TEXTS: S = S::List(&TEXT, false);
static UNIQUE_TEXTS: S = S::List(&TEXT, true);
static TEXT_OR_TEXTS: S = S::Either(&[&TEXT, &UNIQUE_TEXTS]);
static TEXT_OR_ANY_TEXTS: S = S::Either(&[&TEXT, &TEXTS]);
static UNIQUE_AMOUNTS: S = S::List(&AMOUNT, true);
static VALUE: S = S::Scalar(STRING | NUMBER | BOOLEAN | NULL);
static LIST_OR_DICT: S = S::Either(&[&UNIQUE_TEXTS, &S::Dict(&VALUE, false)]);
static OPTIONS: S = S::Dict(&AMOUNT, false);
static TEXT_DICT: S = S::Dict(&TEXT, false);
static COMMAND: S = S::Either(&[&NOTHING, &TEXT, &TEXTS]);
static EXTRA_HOSTS: S =
    S::Either(&[&UNIQUE_TEXTS, &S::Dict(&S::Either(&[&S::Scalar(STRING | NULL), &TEXTS]), false)]);

/// The whole file.
pub(super) static PROJECT: S = S::Map(&keys(&[
    ("configs", &S::Dict(&CONFIG, true)),
    ("include", &S::List(&INCLUDE, false)),
    ("models", &ANY), // newer
    ("name", &TEXT),
    ("networks", &S::Dict(&NETWORK, false)),
    ("secrets", &S::Dict(&SECRET, true)),
    ("services", &S::Dict(&SERVICE, true)),
    ("version", &TEXT),
    ("volumes", &S::Dict(&VOLUME, true)),
]));

static INCLUDE: S = S::Either(&[
    &TEXT,
    &S::Map(&keys(&[("env_file", &TEXT_OR_TEXTS), ("path", &TEXT_OR_TEXTS), ("project_directory", &TEXT)])),
]);

static SERVICE: S = S::Map(&keys(&[
    ("annotations", &LIST_OR_DICT),
    ("attach", &FLAG),
    ("blkio_config", &S::Map(&BLKIO)),
    ("build", &S::Either(&[&TEXT, &S::Map(&BUILD)])),
    ("cap_add", &UNIQUE_TEXTS),
    ("cap_drop", &UNIQUE_TEXTS),
    ("cgroup", &S::Enum(&["host", "private"])),
    ("cgroup_parent", &TEXT),
    ("command", &COMMAND),
    ("configs", &GRANTS),
    ("container_name", &TEXT),
    ("cpu_count", &COUNT),
    ("cpu_percent", &AMOUNT),
    ("cpu_period", &AMOUNT),
    ("cpu_quota", &AMOUNT),
    ("cpu_rt_period", &AMOUNT),
    ("cpu_rt_runtime", &AMOUNT),
    ("cpu_shares", &AMOUNT),
    ("cpus", &AMOUNT),
    ("cpuset", &TEXT),
    ("credential_spec", &S::Map(&keys(&[("config", &TEXT), ("file", &TEXT), ("registry", &TEXT)]))),
    ("depends_on", &S::Either(&[&UNIQUE_TEXTS, &S::Dict(&S::Map(&DEPENDENCY), true)])),
    ("deploy", &S::Either(&[&NOTHING, &S::Map(&DEPLOY)])),
    ("develop", &S::Either(&[&NOTHING, &S::Map(&keys(&[("watch", &S::List(&S::Map(&WATCH), false))]))])),
    ("device_cgroup_rules", &UNIQUE_TEXTS),
    ("devices", &S::List(&S::Either(&[&TEXT, &S::Map(&DEVICE)]), false)),
    ("dns", &TEXT_OR_TEXTS),
    ("dns_opt", &UNIQUE_TEXTS),
    ("dns_search", &TEXT_OR_TEXTS),
    ("domainname", &TEXT),
    ("entrypoint", &COMMAND),
    ("env_file", &S::Either(&[&TEXT, &S::List(&S::Either(&[&TEXT, &S::Map(&ENV_FILE)]), false)])),
    ("environment", &LIST_OR_DICT),
    ("expose", &UNIQUE_AMOUNTS),
    (
        "extends",
        &S::Either(&[&TEXT, &S::Map(&requiring(&[("file", &TEXT), ("service", &TEXT)], &["service"]))]),
    ),
    ("external_links", &UNIQUE_TEXTS),
    ("extra_hosts", &EXTRA_HOSTS),
    ("gpus", &S::Either(&[&S::Enum(&["all"]), &S::List(&S::Map(&GPU), false)])),
    ("group_add", &UNIQUE_AMOUNTS),
    ("healthcheck", &S::Map(&HEALTHCHECK)),
    ("hostname", &TEXT),
    ("image", &TEXT),
    ("init", &FLAG),
    ("ipc", &TEXT),
    ("isolation", &TEXT),
    ("label_file", &TEXT_OR_ANY_TEXTS),
    ("labels", &LIST_OR_DICT),
    ("links", &UNIQUE_TEXTS),
    (
        "logging",
        &S::Map(&keys(&[
            ("driver", &TEXT),
            ("options", &S::Dict(&S::Scalar(STRING | NUMBER | NULL), false)),
        ])),
    ),
    ("mac_address", &TEXT),
    ("mem_limit", &AMOUNT),
    ("mem_reservation", &COUNT),
    ("mem_swappiness", &COUNT),
    ("memswap_limit", &AMOUNT),
    ("models", &ANY), // newer
    ("network_mode", &TEXT),
    ("networks", &S::Either(&[&UNIQUE_TEXTS, &S::Dict(&S::Either(&[&NOTHING, &S::Map(&ATTACHMENT)]), true)])),
    ("oom_kill_disable", &FLAG),
    ("oom_score_adj", &COUNT),
    ("pid", &TEXT_OR_NULL),
    ("pids_limit", &AMOUNT),
    ("platform", &TEXT),
    ("ports", &S::List(&S::Either(&[&AMOUNT, &S::Map(&PORT)]), true)),
    ("post_start", &S::List(&S::Map(&HOOK), false)),
    ("pre_start", &S::List(&S::Map(&HOOK), false)), // newer
    ("pre_stop", &S::List(&S::Map(&HOOK), false)),
    ("privileged", &FLAG),
    ("profiles", &UNIQUE_TEXTS),
    ("provider", &ANY), // newer
    ("pull_policy", &TEXT),
    ("pull_refresh_after", &TEXT), // newer
    ("read_only", &FLAG),
    ("restart", &TEXT),
    ("runtime", &TEXT),
    ("scale", &COUNT),
    ("secrets", &GRANTS),
    ("security_opt", &UNIQUE_TEXTS),
    ("shm_size", &AMOUNT),
    ("stdin_open", &FLAG),
    ("stop_grace_period", &TEXT),
    ("stop_signal", &TEXT),
    ("storage_opt", &S::Dict(&ANY, false)),
    ("sysctls", &LIST_OR_DICT),
    ("tmpfs", &TEXT_OR_TEXTS),
    ("tty", &FLAG),
    ("ulimits", &ULIMITS),
    ("use_api_socket", &FLAG), // newer
    ("user", &TEXT),
    ("userns_mode", &TEXT),
    ("uts", &TEXT),
    ("volumes", &S::List(&S::Either(&[&TEXT, &S::Map(&MOUNT)]), true)),
    ("volumes_from", &UNIQUE_TEXTS),
    ("working_dir", &TEXT),
]));

static BUILD: Keys = keys(&[
    ("additional_contexts", &LIST_OR_DICT),
    ("args", &LIST_OR_DICT),
    ("cache_from", &TEXTS),
    ("cache_to", &TEXTS),
    ("context", &TEXT),
    ("dockerfile", &TEXT),
    ("dockerfile_inline", &TEXT),
    ("entitlements", &TEXTS),
    ("extra_hosts", &EXTRA_HOSTS),
    ("isolation", &TEXT),
    ("labels", &LIST_OR_DICT),
    ("network", &TEXT),
    ("no_cache", &FLAG),
    ("no_cache_filter", &TEXT_OR_ANY_TEXTS), // newer
    ("platforms", &TEXTS),
    ("privileged", &FLAG),
    ("provenance", &FLAG), // newer
    ("pull", &FLAG),
    ("sbom", &FLAG), // newer
    ("secrets", &GRANTS),
    ("shm_size", &COUNT),
    ("ssh", &LIST_OR_DICT),
    ("tags", &TEXTS),
    ("target", &TEXT),
    ("ulimits", &ULIMITS),
]);

static BLKIO: Keys = keys(&[
    ("device_read_bps", &BLKIO_LIMITS),
    ("device_read_iops", &BLKIO_LIMITS),
    ("device_write_bps", &BLKIO_LIMITS),
    ("device_write_iops", &BLKIO_LIMITS),
    ("weight", &COUNT),
    ("weight_device", &S::List(&S::Map(&keys(&[("path", &TEXT), ("weight", &COUNT)])), false)),
]);
static BLKIO_LIMITS: S = S::List(&S::Map(&keys(&[("path", &TEXT), ("rate", &COUNT)])), false);

static GRANTS: S = S::List(
    &S::Either(&[
        &TEXT,
        &S::Map(&keys(&[
            ("gid", &TEXT),
            ("mode", &AMOUNT),
            ("source", &TEXT),
            ("target", &TEXT),
            ("uid", &TEXT),
        ])),
    ]),
    false,
);

static DEPENDENCY: Keys = requiring(
    &[
        ("condition", &S::Enum(&["service_started", "service_healthy", "service_completed_successfully"])),
        ("required", &S::Scalar(BOOLEAN)),
        ("restart", &FLAG),
    ],
    &["condition"],
);

static DEVICE: Keys = requiring(&[("permissions", &TEXT), ("source", &TEXT), ("target", &TEXT)], &["source"]);

static ENV_FILE: Keys = requiring(&[("format", &TEXT), ("path", &TEXT), ("required", &FLAG)], &["path"]);

static GPU: Keys = Keys {
    known: &[
        ("capabilities", &UNIQUE_TEXTS),
        ("count", &COUNT),
        ("device_ids", &UNIQUE_TEXTS),
        ("driver", &TEXT),
        ("options", &LIST_OR_DICT),
    ],
    required: &[],
    open: true,
};

static HEALTHCHECK: Keys = keys(&[
    ("disable", &FLAG),
    ("interval", &TEXT),
    ("retries", &AMOUNT),
    ("start_interval", &TEXT),
    ("start_period", &TEXT),
    ("test", &TEXT_OR_ANY_TEXTS),
    ("timeout", &TEXT),
]);

static HOOK: Keys = keys(&[
    ("command", &COMMAND),
    ("environment", &LIST_OR_DICT),
    ("image", &TEXT),       // newer, of pre_start
    ("per_replica", &FLAG), // newer, of pre_start
    ("privileged", &FLAG),
    ("user", &TEXT),
    ("working_dir", &TEXT),
]);

static ATTACHMENT: Keys = keys(&[
    ("aliases", &UNIQUE_TEXTS),
    ("driver_opts", &OPTIONS),
    ("gw_priority", &NUMERIC),
    ("interface_name", &TEXT), // newer
    ("ipv4_address", &TEXT),
    ("ipv6_address", &TEXT),
    ("link_local_ips", &UNIQUE_TEXTS),
    ("mac_address", &TEXT),
    ("priority", &NUMERIC),
]);

static PORT: Keys = keys(&[
    ("app_protocol", &TEXT),
    ("host_ip", &TEXT),
    ("mode", &TEXT),
    ("name", &TEXT),
    ("protocol", &TEXT),
    ("published", &COUNT),
    ("target", &COUNT),
]);

static MOUNT: Keys = requiring(
    &[
        (
            "bind",
            &S::Map(&keys(&[
                ("create_host_path", &FLAG),
                ("propagation", &TEXT),
                ("recursive", &S::Enum(&["enabled", "disabled", "writable", "readonly"])),
                ("selinux", &S::Enum(&["z", "Z"])),
            ])),
        ),
        ("consistency", &TEXT),
        ("image", &S::Map(&keys(&[("subpath", &TEXT)]))), // newer
        ("read_only", &FLAG),
        ("source", &TEXT),
        ("target", &TEXT),
        ("tmpfs", &S::Map(&keys(&[("mode", &AMOUNT), ("size", &COUNT)]))),
        ("type", &TEXT),
        // `labels` is newer.
        ("volume", &S::Map(&keys(&[("labels", &LIST_OR_DICT), ("nocopy", &FLAG), ("subpath", &TEXT)]))),
    ],
    &["type"],
);

static ULIMITS: S = S::Dict(
    &S::Either(&[&COUNT, &S::Map(&requiring(&[("hard", &COUNT), ("soft", &COUNT)], &["hard", "soft"]))]),
    false,
);

static WATCH: Keys = requiring(
    &[
        ("action", &S::Enum(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"])),
        ("exec", &S::Map(&HOOK)),
        ("ignore", &TEXT_OR_ANY_TEXTS),
        ("include", &TEXT_OR_ANY_TEXTS), // newer
        ("initial_sync", &FLAG),         // newer
        ("path", &TEXT),
        ("target", &TEXT),
    ],
    &["action", "path"],
);

static DEPLOY: Keys = keys(&[
    ("endpoint_mode", &TEXT),
    ("labels", &LIST_OR_DICT),
    ("mode", &TEXT),
    (
        "placement",
        &S::Map(&keys(&[
            ("constraints", &TEXTS),
            ("max_replicas_per_node", &COUNT),
            ("preferences", &S::List(&S::Map(&keys(&[("spread", &TEXT)])), false)),
        ])),
    ),
    ("replicas", &COUNT),
    (
        "resources",
        &S::Map(&keys(&[
            ("limits", &S::Map(&keys(&[("cpus", &AMOUNT), ("memory", &TEXT), ("pids", &COUNT)]))),
            ("reservations", &S::Map(&RESERVATIONS)),
        ])),
    ),
    (
        "restart_policy",
        &S::Map(&keys(&[
            ("condition", &TEXT),
            ("delay", &TEXT),
            ("max_attempts", &COUNT),
            ("window", &TEXT),
        ])),
    ),
    ("rollback_config", &S::Map(&ROLLOUT)),
    ("update_config", &S::Map(&ROLLOUT)),
]);

static RESERVATIONS: Keys = keys(&[
    ("cpus", &AMOUNT),
    (
        "devices",
        &S::List(
            &S::Map(&requiring(
                &[
                    ("capabilities", &UNIQUE_TEXTS),
                    ("count", &COUNT),
                    ("device_ids", &UNIQUE_TEXTS),
                    ("driver", &TEXT),
                    ("options", &LIST_OR_DICT),
                ],
                &["capabilities"],
            )),
            false,
        ),
    ),
    (
        "generic_resources",
        &S::List(
            &S::Map(&keys(&[(
                "discrete_resource_spec",
                &S::Map(&keys(&[("kind", &TEXT), ("value", &AMOUNT)])),
            )])),
            false,
        ),
    ),
    ("memory", &TEXT),
]);

static ROLLOUT: Keys = keys(&[
    ("delay", &TEXT),
    ("failure_action", &TEXT),
    ("max_failure_ratio", &AMOUNT),
    ("monitor", &TEXT),
    ("order", &S::Enum(&["start-first", "stop-first"])),
    ("parallelism", &COUNT),
]);

static EXTERNAL: S = S::Either(&[&FLAG, &S::Map(&keys(&[("name", &TEXT)]))]);
static OPEN_EXTERNAL: S =
    S::Either(&[&FLAG, &S::Map(&Keys { known: &[("name", &TEXT)], required: &[], open: true })]);

static NETWORK: S = S::Either(&[
    &NOTHING,
    &S::Map(&keys(&[
        ("attachable", &FLAG),
        ("driver", &TEXT),
        ("driver_opts", &OPTIONS),
        ("enable_ipv4", &FLAG),
        ("enable_ipv6", &FLAG),
        ("external", &EXTERNAL),
        ("internal", &FLAG),
        (
            "ipam",
            &S::Map(&keys(&[
                ("config", &S::List(&S::Map(&POOL), false)),
                ("driver", &TEXT),
                ("options", &TEXT_DICT),
            ])),
        ),
        ("labels", &LIST_OR_DICT),
        ("name", &TEXT),
    ])),
]);
static POOL: Keys =
    keys(&[("aux_addresses", &TEXT_DICT), ("gateway", &TEXT), ("ip_range", &TEXT), ("subnet", &TEXT)]);

static VOLUME: S = S::Either(&[
    &NOTHING,
    &S::Map(&keys(&[
        ("driver", &TEXT),
        ("driver_opts", &OPTIONS),
        ("external", &EXTERNAL),
        ("labels", &LIST_OR_DICT),
        ("name", &TEXT),
    ])),
]);

static SECRET: S = S::Map(&keys(&[
    ("driver", &TEXT),
    ("driver_opts", &OPTIONS),
    ("environment", &TEXT),
    ("external", &OPEN_EXTERNAL),
    ("file", &TEXT),
    ("labels", &LIST_OR_DICT),
    ("name", &TEXT),
    ("template_driver", &TEXT),
]));

static CONFIG: S = S::Map(&keys(&[
    ("content", &TEXT),
    ("environment", &TEXT),
    ("external", &OPEN_EXTERNAL),
    ("file", &TEXT),
    ("labels", &LIST_OR_DICT),
    ("name", &TEXT),
    ("template_driver", &TEXT),
]));
