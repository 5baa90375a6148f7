//! Packages that need more than JavaScript: a compiler when they are installed, a library when they run.
//!
//! Sources: the packages' own installation pages. Deliberately absent: packages that bring all they need in a package for
//! the platform (sharp, esbuild, argon2 and bcrypt of today with their prebuilt files fall back to a compiler, so they
//! are here; `@img/sharp-*` is not).

/// A package that may be compiled when it is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Native {
    pub(super) name: &'static str,
    /// Debian packages that building needs beside a compiler, Python and make.
    pub(super) build: &'static [&'static str],
    /// Debian packages that running needs.
    pub(super) run: &'static [&'static str],
}

const fn compiled(name: &'static str) -> Native {
    Native { name, build: &[], run: &[] }
}

const NATIVE: &[Native] = &[
    compiled("argon2"),
    compiled("bcrypt"),
    compiled("better-sqlite3"),
    compiled("bufferutil"),
    Native {
        name: "canvas",
        build: &[
            "libcairo2-dev",
            "libgif-dev",
            "libjpeg-dev",
            "libpango1.0-dev",
            "librsvg2-dev",
            "pkg-config",
        ],
        run: &[
            "fontconfig",
            "libcairo2",
            "libgif7",
            "libjpeg62-turbo",
            "libpango-1.0-0",
            "libpangocairo-1.0-0",
            "librsvg2-2",
        ],
    },
    compiled("cpu-features"),
    compiled("farmhash"),
    compiled("isolated-vm"),
    Native { name: "kerberos", build: &["libkrb5-dev"], run: &["libgssapi-krb5-2"] },
    compiled("leveldown"),
    Native { name: "libpq", build: &["libpq-dev"], run: &["libpq5"] },
    compiled("microtime"),
    compiled("node-rdkafka"),
    compiled("node-sass"),
    Native { name: "odbc", build: &["unixodbc-dev"], run: &["unixodbc"] },
    Native { name: "pg-native", build: &["libpq-dev"], run: &["libpq5"] },
    compiled("re2"),
    compiled("serialport"),
    compiled("sodium-native"),
    compiled("sqlite3"),
    compiled("utf-8-validate"),
    compiled("zeromq"),
];

/// What a compiler of native modules is made of on Debian.
pub(super) const TOOLCHAIN: &[&str] = &["g++", "make", "python3"];

/// The native packages among names.
pub(super) fn among<'n>(names: impl Iterator<Item = &'n str>) -> Vec<Native> {
    let mut found: Vec<Native> =
        names.filter_map(|name| NATIVE.iter().find(|native| native.name == name).copied()).collect();
    found.sort_by_key(|native| native.name);
    found.dedup();
    found
}

/// Packages that drive a browser which is not in the image.
pub(super) const BROWSERS: &[&str] = &["puppeteer", "playwright", "@playwright/test", "puppeteer-core"];
